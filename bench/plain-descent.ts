import type { Contestant, Setting } from "./contestant.ts";
import { msPerIteration } from "./timing.ts";

type Floats = Float32Array | Float64Array;

/** Contexts whose logits are held at once: few enough for the cache. */
const BLOCK = 32;
/** The page is let in so often; a timer costs up to 4 ms. */
const BREATH_MS = 500;

/** How the two products of a block of contexts are looped over. */
interface Loops {
  /** Logits (rows × V). */
  readonly multiply: (decoder: Floats, embeddings: Floats, logits: Floats, block: Block) => void;
  /** gradient (V × d) += residualᵀ · scaled. */
  readonly addGradient: (gradient: Floats, scaled: Floats, residual: Floats, block: Block) => void;
}

export type LoopsName = "plain" | "blocked";

/**
 * Gradient descent in loops. Contexts go in blocks, each through logits, softmax, residual and gradient. Both products read along
 * rows: `plain` ones as they are written down, `blocked` ones with eight sums in registers. Sizes are padded with zeros so that no
 * loop has a rest.
 * @param Floats what decoder, embeddings and logits are held in; the arithmetic between is float64, as JavaScript has it
 */
export function plainDescent(
  { problem, start, stepSize }: Setting,
  Floats: Float32ArrayConstructor | Float64ArrayConstructor,
  name: LoopsName,
): Contestant {
  const { multiply, addGradient } = LOOPS[name];
  const { contextCount, vocabularySize: words, embeddingDim, offsets, tokens, probabilities, weights } = problem;
  const [V, d] = [padded(words, 4), padded(embeddingDim, 2)];
  const m = padded(contextCount, 2);
  const embeddings: Floats = new Floats(m * d);
  const scaled: Floats = new Floats(m * d);
  for (let j = 0; j < contextCount; j++)
    for (let i = 0; i < embeddingDim; i++) {
      embeddings[j * d + i] = problem.embeddings[j * embeddingDim + i]!;
      scaled[j * d + i] = stepSize * weights[j]! * embeddings[j * d + i]!;
    }
  const decoder: Floats = new Floats(V * d);
  const gradient: Floats = new Floats(V * d);
  const logits: Floats = new Floats(BLOCK * V);

  const restart = (): void => {
    for (let v = 0; v < words; v++)
      for (let i = 0; i < embeddingDim; i++) decoder[v * d + i] = start[v * embeddingDim + i]!;
  };
  const iterate = async (count: number): Promise<void> => {
    let breath = performance.now();
    for (let k = 0; k < count; k++) {
      gradient.fill(0);
      for (let first = 0; first < m; first += BLOCK) {
        const rows = Math.min(BLOCK, m - first);
        multiply(decoder, embeddings, logits, { first, rows, V, d });
        for (let j = 0; j < rows && first + j < contextCount; j++) {
          softmax(logits, j * V, words);
          for (let e = offsets[first + j]!; e < offsets[first + j + 1]!; e++)
            logits[j * V + tokens[e]!]! -= probabilities[e]!;
        }
        addGradient(gradient, scaled, logits, { first, rows, V, d });
        if (performance.now() - breath > BREATH_MS) {
          await new Promise((resolve) => setTimeout(resolve));
          breath = performance.now();
        }
      }
      for (let i = 0; i < decoder.length; i++) decoder[i]! -= gradient[i]!;
    }
  };
  restart();
  return {
    decoderAfter: async (steps) => {
      restart();
      await iterate(steps);
      return Float64Array.from(
        { length: words * embeddingDim },
        (_, e) => decoder[Math.floor(e / embeddingDim) * d + (e % embeddingDim)]!,
      );
    },
    measure: (windowMs) => msPerIteration(iterate, windowMs),
    close: () => undefined,
  };
}

const padded = (length: number, multiple: number): number => Math.ceil(length / multiple) * multiple;

interface Block {
  /** First context. */
  readonly first: number;
  /** Contexts, even. */
  readonly rows: number;
  readonly V: number;
  readonly d: number;
}

function plainMultiply(decoder: Floats, embeddings: Floats, logits: Floats, { first, rows, V, d }: Block): void {
  for (let j = 0; j < rows; j++)
    for (let v = 0; v < V; v++) {
      let sum = 0;
      for (let i = 0; i < d; i++) sum += embeddings[(first + j) * d + i]! * decoder[v * d + i]!;
      logits[j * V + v] = sum;
    }
}

function plainAddGradient(gradient: Floats, scaled: Floats, residual: Floats, { first, rows, V, d }: Block): void {
  for (let j = 0; j < rows; j++)
    for (let v = 0; v < V; v++) {
      const r = residual[j * V + v]!;
      for (let i = 0; i < d; i++) gradient[v * d + i]! += r * scaled[(first + j) * d + i]!;
    }
}

/** Two contexts by four words at a time. */
function blockedMultiply(decoder: Floats, embeddings: Floats, logits: Floats, { first, rows, V, d }: Block): void {
  for (let j = 0; j < rows; j += 2) {
    const h0 = (first + j) * d;
    const h1 = h0 + d;
    for (let v = 0; v < V; v += 4) {
      let [a0, a1, a2, a3, b0, b1, b2, b3] = [0, 0, 0, 0, 0, 0, 0, 0];
      const w0 = v * d;
      const w1 = w0 + d;
      const w2 = w1 + d;
      const w3 = w2 + d;
      for (let i = 0; i < d; i++) {
        const a = embeddings[h0 + i]!;
        const b = embeddings[h1 + i]!;
        const c0 = decoder[w0 + i]!;
        const c1 = decoder[w1 + i]!;
        const c2 = decoder[w2 + i]!;
        const c3 = decoder[w3 + i]!;
        a0 += a * c0;
        a1 += a * c1;
        a2 += a * c2;
        a3 += a * c3;
        b0 += b * c0;
        b1 += b * c1;
        b2 += b * c2;
        b3 += b * c3;
      }
      const out = j * V + v;
      logits[out] = a0;
      logits[out + 1] = a1;
      logits[out + 2] = a2;
      logits[out + 3] = a3;
      logits[out + V] = b0;
      logits[out + V + 1] = b1;
      logits[out + V + 2] = b2;
      logits[out + V + 3] = b3;
    }
  }
}

function softmax(logits: Floats, start: number, length: number): void {
  let most = -Infinity;
  for (let v = start; v < start + length; v++) most = Math.max(most, logits[v]!);
  let total = 0;
  for (let v = start; v < start + length; v++) {
    const power = Math.exp(logits[v]! - most);
    logits[v] = power;
    total += power;
  }
  const factor = 1 / total;
  for (let v = start; v < start + length; v++) logits[v]! *= factor;
}

/** Four words by two dimensions at a time. */
function blockedAddGradient(gradient: Floats, scaled: Floats, residual: Floats, { first, rows, V, d }: Block): void {
  for (let v = 0; v < V; v += 4)
    for (let i = 0; i < d; i += 2) {
      let [a0, a1, a2, a3, b0, b1, b2, b3] = [0, 0, 0, 0, 0, 0, 0, 0];
      let r = v;
      let h = first * d + i;
      for (let j = 0; j < rows; j++) {
        const a = scaled[h]!;
        const b = scaled[h + 1]!;
        const c0 = residual[r]!;
        const c1 = residual[r + 1]!;
        const c2 = residual[r + 2]!;
        const c3 = residual[r + 3]!;
        a0 += a * c0;
        a1 += a * c1;
        a2 += a * c2;
        a3 += a * c3;
        b0 += b * c0;
        b1 += b * c1;
        b2 += b * c2;
        b3 += b * c3;
        r += V;
        h += d;
      }
      const out = v * d + i;
      gradient[out]! += a0;
      gradient[out + 1]! += b0;
      gradient[out + d]! += a1;
      gradient[out + d + 1]! += b1;
      gradient[out + 2 * d]! += a2;
      gradient[out + 2 * d + 1]! += b2;
      gradient[out + 3 * d]! += a3;
      gradient[out + 3 * d + 1]! += b3;
    }
}

const LOOPS: Readonly<Record<LoopsName, Loops>> = {
  plain: { multiply: plainMultiply, addGradient: plainAddGradient },
  blocked: { multiply: blockedMultiply, addGradient: blockedAddGradient },
};
