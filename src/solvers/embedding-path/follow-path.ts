import { logitsOf, lossOfLogits } from "../../float64/logit-loss.ts";
import { spectralNormBound } from "../../float64/matrix-norms.ts";
import { norm } from "../../float64/vectors.ts";
import { Batch } from "../../gpu/batch.ts";
import type { Gpu } from "../../gpu/device.ts";
import { readArrays } from "../../readback/read-arrays.ts";
import { withWorkspace, type Workspace } from "../../gpu/workspace.ts";
import { pairArray } from "../../maps/decoder.ts";
import { deviceProblem } from "../../maps/device-problem.ts";
import {
  factorShape,
  joinFactors,
  prepareFactorLoss,
  readFactorMeasure,
  splitFactors,
  type Factors,
} from "../../maps/factors.ts";
import type { Problem } from "../../problem/problem.ts";
import { innerProduct } from "../../reference/inner-product.ts";
import { transpose } from "../../reference/transpose.ts";
import { finished } from "../../support/host-spells.ts";
import { RandomStream } from "../../support/random.ts";
import { QuasiNewton, type Evaluated } from "./quasi-newton.ts";
import type { EmbeddingPathOptions, settingsOf } from "./settings.ts";
import type { EmbeddingPath, EmbeddingPathPoint, EmbeddingPathStatus } from "./status.ts";

/** Size of the entries that the first point starts from, times √d. */
const START_SCALE = 0.5;
/** Factors that are smaller than the start by this have gone to zero. */
const VANISHED = 1e-2;
/** Steps between two certificates. */
const CERTIFY_EVERY = 25;

/** The points of an embedding path, one after another. */
export async function followPath(
  gpu: Gpu,
  problem: Problem,
  options: EmbeddingPathOptions,
  settings: ReturnType<typeof settingsOf>,
): Promise<EmbeddingPath> {
  const { lambdas, dimension, tolerance, maxIterations, seed } = settings;
  return withWorkspace(gpu, async (workspace) => {
    const unlessAborted = <T>(work: () => Promise<T>): Promise<T | undefined> =>
      workspace.unlessAborted(options.signal, work);
    const gradientAt = await unlessAborted(() => prepareGradients(workspace, problem, dimension));
    const stream = new RandomStream(seed, 0);
    const length = (problem.vocabularySize + problem.contextCount) * dimension;
    const drawn = Float64Array.from({ length }, () => (START_SCALE * stream.normal()) / Math.sqrt(dimension));
    let x: Float64Array = drawn;
    const points: EmbeddingPathPoint[] = [];
    for (const [number, lambda] of lambdas.entries()) {
      // in units of λ, in which the objective keeps its size
      const minimiser = await QuasiNewton.from(x, async (at): Promise<Evaluated | undefined> => {
        const found = gradientAt && (await unlessAborted(() => gradientAt(at)));
        if (!found) return undefined;
        const { lossGap, gradient } = found;
        return {
          value: lossGap / lambda + innerProduct(at, at) / 2,
          gradient: gradient.map((g, i) => g / lambda + at[i]!),
        };
      });
      const certify = (): Certified => certified(problem, split(minimiser?.state.x ?? x, problem, dimension), lambda);
      let status: EmbeddingPathStatus = minimiser ? "max-iterations" : "cancelled";
      for (let steps = 1; minimiser && minimiser.evaluations < maxIterations; steps++) {
        const isStepped = options.signal?.aborted ? undefined : await minimiser.step();
        if (isStepped === undefined) {
          status = "cancelled";
          break;
        }
        if (steps % CERTIFY_EVERY === 0 || !isStepped) {
          if (certify().relativeError <= tolerance) {
            status = "solved";
            break;
          }
          const relativeGradient = norm(minimiser.state.gradient) / norm(minimiser.state.x);
          const fraction = number / lambdas.length;
          const message = `λ = ${lambda.toExponential(0)}, gradient ${relativeGradient.toExponential(1)}`;
          options.onProgress?.({
            ...{ phase: "embedding path", fraction, message, point: number, lambda },
            ...{ iterations: minimiser.evaluations, relativeGradient },
          });
        }
        if (!isStepped) {
          status = "stalled";
          break;
        }
      }
      const found = minimiser?.state.x ?? x;
      // zero, the minimiser for large λ, is a saddle for smaller ones
      x = norm(found) < VANISHED * norm(drawn) ? drawn : found;
      points.push({
        status,
        lambda,
        ...split(found, problem, dimension),
        ...certify(),
        iterations: minimiser?.evaluations ?? 0,
      });
      if (status === "cancelled") break;
    }
    return { points, adapter: gpu.adapter };
  });
}

const split = (x: Float64Array, { vocabularySize }: Problem, d: number): Factors => ({
  decoder: x.slice(0, vocabularySize * d),
  embeddings: x.slice(vocabularySize * d),
});

/** CE − H and its gradient at W above H, V + m rows of d, computed on the device. */
async function prepareGradients(
  workspace: Workspace,
  problem: Problem,
  d: number,
): Promise<(x: Float64Array) => Promise<{ lossGap: number; gradient: Float64Array }>> {
  const shape = factorShape(problem.vocabularySize, problem.contextCount, d);
  const rows = shape.paddedWords + shape.paddedContexts;
  const factors = pairArray(workspace, "factors", { words: rows, paddedDim: shape.paddedDim });
  const loss = await prepareFactorLoss(workspace, deviceProblem(workspace, problem), shape, factors);
  return async (x) => {
    const { high, low } = splitFactors(split(x, problem, d), shape);
    factors.high.write(high);
    factors.low.write(low);
    const batch = new Batch(workspace.gpu, "gradient of both factors");
    loss.gradient(batch);
    loss.measure(batch);
    batch.submit();
    const [measures, gradients] = await readArrays(loss.measures, loss.gradients);
    const { decoder, embeddings } = joinFactors([gradients], shape);
    const gradient = new Float64Array(x.length);
    gradient.set(decoder);
    gradient.set(embeddings, decoder.length);
    return { lossGap: readFactorMeasure(measures).lossGap, gradient };
  };
}

type Certified = Omit<EmbeddingPathPoint, "status" | "lambda" | "iterations" | keyof Factors>;

/**
 * Figures of the factors in float64, and how far the objective can be from its minimum: with G = ∇_L CE,
 * CE(L') + λ‖L'‖_* ≥ CE(L) − ⟨G, L⟩ + (λ − ‖G‖_2) ‖L'‖_*, where ‖L'‖_* is at most the objective over λ.
 */
function certified(problem: Problem, { decoder, embeddings }: Factors, lambda: number): Certified {
  const d = decoder.length / problem.vocabularySize;
  const logits = logitsOf(decoder, embeddings, d);
  const { gradient, ...gaps } = lossOfLogits(problem, logits);
  const [decoderNorm, embeddingNorm] = [norm(decoder), norm(embeddings)];
  const nuclearNormBound = (decoderNorm ** 2 + embeddingNorm ** 2) / 2;
  const objective = gaps.lossGap + lambda * nuclearNormBound;
  const excess = finished(spectralNormBound(asFewRows(gradient, problem))) / lambda - 1;
  const error = lambda * nuclearNormBound + innerProduct(gradient, logits) + Math.max(excess, 0) * objective;
  return { ...gaps, decoderNorm, embeddingNorm, nuclearNormBound, relativeError: error / objective };
}

/** A matrix m × V, or its transpose, whichever has fewer rows. */
function asFewRows(
  values: Float64Array,
  { contextCount: m, vocabularySize: V }: Problem,
): { values: Float64Array; rows: number; columns: number } {
  if (m <= V) return { values, rows: m, columns: V };
  return { values: transpose(values, { rows: m, columns: V }), rows: V, columns: m };
}
