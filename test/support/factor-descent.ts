import type { ProblemInput } from "../../src/index.ts";
import { residentStepOf, type Method } from "../../src/training/methods/method.ts";

/** Both factors, row-major. */
export interface Both {
  readonly decoder: Float64Array;
  readonly embeddings: Float64Array;
}

/** CE − H and its gradient with respect to the logits, m × V, in float64 and in the plainest order. */
export function logitGradient(given: ProblemInput, logits: ArrayLike<number>): { gap: number; gradient: Float64Array } {
  const { vocabularySize: V, offsets, tokens, probabilities } = given;
  const m = offsets.length - 1;
  const weights = Array.from(given.weights ?? new Array<number>(m).fill(1));
  const total = weights.reduce((a, b) => a + b, 0);
  const gradient = new Float64Array(m * V);
  let gap = 0;
  for (let j = 0; j < m; j++) {
    const row = Array.from({ length: V }, (_, v) => logits[j * V + v]!);
    const peak = Math.max(...row);
    const sum = row.reduce((all, l) => all + Math.exp(l - peak), 0);
    const weight = weights[j]! / total;
    row.forEach((l, v) => (gradient[j * V + v] = (weight * Math.exp(l - peak)) / sum));
    for (let k = offsets[j]!; k < offsets[j + 1]!; k++) {
      const [z, p] = [tokens[k]!, probabilities[k]!];
      gradient[j * V + z]! -= weight * p;
      gap += weight * p * (Math.log(p) - (row[z]! - peak - Math.log(sum)));
    }
  }
  return { gap, gradient };
}

/** H Wᵀ, m × V. */
export function logitsOf({ decoder, embeddings }: Both, d: number): Float64Array {
  const [V, m] = [decoder.length / d, embeddings.length / d];
  const logits = new Float64Array(m * V);
  for (let j = 0; j < m; j++)
    for (let v = 0; v < V; v++)
      for (let i = 0; i < d; i++) logits[j * V + v]! += embeddings[j * d + i]! * decoder[v * d + i]!;
  return logits;
}

interface Options {
  readonly dimension: number;
  readonly method: Method;
  readonly stepSize: number;
  readonly ridge: number;
  readonly decay: "coupled" | "decoupled";
  readonly steps: number;
}

/** The steps of `trainEmbeddings` in float64. */
export function descendFactors(given: ProblemInput, start: Both, options: Options): Both & { readonly gap: number } {
  const { dimension: d, method, stepSize, ridge, decay, steps } = options;
  const V = given.vocabularySize;
  const m = given.offsets.length - 1;
  const all = Float64Array.from([...start.decoder, ...start.embeddings]);
  const both = (): Both => ({ decoder: all.subarray(0, V * d), embeddings: all.subarray(V * d) });
  const { along, decay: momentum } = residentStepOf(method);
  const direction = new Float64Array(all.length);
  const averages = [new Float64Array(all.length), new Float64Array(all.length)];
  for (let k = 1; k <= steps; k++) {
    const { decoder, embeddings } = both();
    const { gradient: residual } = logitGradient(given, logitsOf({ decoder, embeddings }, d));
    const gradient = new Float64Array(all.length);
    for (let j = 0; j < m; j++)
      for (let v = 0; v < V; v++)
        for (let i = 0; i < d; i++) {
          gradient[v * d + i]! += residual[j * V + v]! * embeddings[j * d + i]!;
          gradient[V * d + j * d + i]! += residual[j * V + v]! * decoder[v * d + i]!;
        }
    const length = stepSize / { constant: 1, "inverse-sqrt": Math.sqrt(k), inverse: k }[method.schedule];
    if (decay === "coupled") gradient.forEach((_, i) => (gradient[i]! += ridge * all[i]!));
    const size = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0));
    const total = gradient.reduce((sum, g) => sum + Math.abs(g), 0);
    const entry = typeof along === "string" ? undefined : along.mirror(1)(k);
    for (let i = 0; i < all.length; i++) {
      const before = all[i]!;
      direction[i] = momentum * direction[i]! + gradient[i]!;
      if (entry) all[i]! -= entry(averages, i, gradient[i]!, length);
      else if (along === "max") all[i]! -= length * total * Math.sign(gradient[i]!);
      else all[i]! -= length * (along === "unit" ? gradient[i]! / size : direction[i]!);
      if (decay === "decoupled") all[i]! -= length * ridge * before;
    }
  }
  const { decoder, embeddings } = both();
  return { decoder, embeddings, gap: logitGradient(given, logitsOf({ decoder, embeddings }, d)).gap };
}
