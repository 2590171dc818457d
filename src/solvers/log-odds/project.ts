import { OptionError } from "../../errors.ts";
import { DataSubspace } from "../../float64/data-subspace.ts";
import { difference, norm, ratio } from "../../float64/vectors.ts";
import type { Gpu } from "../../gpu/device.ts";
import type { Problem } from "../../problem/problem.ts";
import { solveLeastSquares } from "./least-squares.ts";
import { requireLogOddsOptions, type LogOddsOptions } from "./settings.ts";
import type { Projection } from "./status.ts";

/**
 * The orthogonal projection P_F of a decoder on the data subspace, as the solution X of least norm of A(X) = A(W), and the
 * rest, which changes no difference of logits within a support.
 * @param decoder V × d, row-major.
 * @throws OptionError when the decoder has another size or holds a number that is not finite, or for an option that does not
 * exist.
 */
export async function project(
  gpu: Gpu,
  problem: Problem,
  decoder: ArrayLike<number>,
  options: LogOddsOptions = {},
): Promise<Projection> {
  requireLogOddsOptions(options);
  const whole = copyDecoder(problem, decoder);
  const subspace = new DataSubspace(problem);
  const image = subspace.apply(whole);
  const solved = await solveLeastSquares(gpu, subspace, image, options);
  const inSpan = solved.decoder;
  return {
    status: solved.isCancelled ? "cancelled" : "done",
    inSpan,
    offSpan: difference(whole, inSpan),
    residual: ratio(norm(difference(image, subspace.apply(inSpan))), norm(image)),
    adapter: gpu.adapter,
  };
}

function copyDecoder({ vocabularySize, embeddingDim }: Problem, decoder: ArrayLike<number>): Float64Array {
  const expected = vocabularySize * embeddingDim;
  if (decoder.length !== expected)
    throw new OptionError(
      "decoder",
      `expected ${vocabularySize} × ${embeddingDim} = ${expected} values, found ${decoder.length}`,
    );
  const copy = Float64Array.from(decoder);
  const bad = copy.findIndex((w) => !Number.isFinite(w));
  if (bad >= 0)
    throw new OptionError(
      "decoder",
      `expected finite numbers, found ${copy[bad]} at row ${Math.floor(bad / embeddingDim)}, column ${bad % embeddingDim}`,
    );
  return copy;
}
