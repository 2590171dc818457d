import { joinDecoder, splitDecoder } from "../../maps/decoder.ts";
import { CG_SCALAR_COUNT, CG_SCALARS as AT } from "../../../shaders/lib/cg-scalars.wgsl.ts";
import type { GpuArray } from "../../gpu/array.ts";
import { Batch } from "../../gpu/batch.ts";
import type { Dispatch } from "../../gpu/kernel.ts";
import { PacedSubmissions, type PaceOptions, type PacedWork } from "../../gpu/paced-submissions.ts";
import { readArrays } from "../../readback/read-arrays.ts";
import type { Workspace } from "../../gpu/workspace.ts";
import { cgDirection } from "../../kernels/cg-direction.ts";
import { cgLength } from "../../kernels/cg-length.ts";
import { cgMove } from "../../kernels/cg-move.ts";
import { cgTurn } from "../../kernels/cg-turn.ts";
import type { DeviceProblem } from "../../maps/device-problem.ts";
import { prepareProduct } from "../../maps/product.ts";
import { partialCount } from "../../kernels/inner-product.ts";
import { softmaxCurvature } from "../../kernels/softmax-curvature.ts";
import { softmax } from "../../kernels/softmax.ts";
import { norm } from "../../float64/vectors.ts";

/** What is submitted past the end is lost: never more passes than have been done before. */
const PACE: PaceOptions = { first: 16, most: 512, growth: 2 };
const MOST_PASSES = 50_000;
/** ‖r‖ relative to the right-hand side at which a solve ends: a Newton step from it leaves about a tenth of the gradient. */
const RESIDUAL_TOLERANCE = 0.1;

/** Solves for the steps of Newton's method on CE(W) + (λ/2)‖W‖², in float32. */
export interface NewtonSystem {
  /**
   * D with (∇²CE(W) + λI) D = −g up to a tenth of ‖g‖, V × d.
   * @param isOver called after each submission (about 45 ms) with the passes of this solve so far; true ends it without a result
   */
  solve(
    decoder: Float64Array,
    gradient: Float64Array,
    ridge: number,
    isOver: (passes: number) => boolean,
  ): Promise<Float64Array | undefined>;
}

/**
 * Conjugate gradients on the GPU. ∇²CE(W) P = Σ_j t_j h_jᵀ with t_j = π_j (diag q_j − q_j q_jᵀ) P h_j, so that a pass has
 * two products and the curvature of the softmax between them. Its numbers stay on the device, and its curvature
 * ⟨P, ∇²CE P⟩ is a sum of terms that are not negative: it is right where it is 1e-7 of ‖∇²CE‖ too.
 */
export async function prepareNewtonSystem(workspace: Workspace, device: DeviceProblem): Promise<NewtonSystem> {
  const { words, contexts, dim, paddedDim, paddedContexts } = device.shape;
  const onWords = (label: string): GpuArray<"f32"> => workspace.array(label, "f32", [words, paddedDim]);
  const onContexts = (label: string): GpuArray<"f32"> => workspace.array(label, "f32", [words, paddedContexts]);
  const [decoder, p, x, r, curved] = ["decoder", "p", "x", "r", "curved"].map(onWords) as [
    GpuArray<"f32">,
    GpuArray<"f32">,
    GpuArray<"f32">,
    GpuArray<"f32">,
    GpuArray<"f32">,
  ];
  const [q, product] = [onContexts("q"), onContexts("product")];
  const energies = workspace.array("energies", "f32", [contexts]);
  const length = words * paddedDim;
  const partials = partialCount(length);
  const squares = workspace.array("partial squares", "f32", [partials]);
  const scalars = workspace.array("conjugate gradients", "f32", [CG_SCALAR_COUNT]);
  const [dim4, contexts4] = [paddedDim / 4, paddedContexts / 4];
  const onEveryContext = { contexts, words, stride: paddedContexts, zero: 0 };

  const ontoContexts = { rows: words, inner4: dim4, columns4: contexts4 };
  const ontoWords = { rows: words, inner4: contexts4, columns4: dim4 };
  const toContexts = (from: GpuArray<"f32">, to: GpuArray<"f32">): Promise<Dispatch> =>
    prepareProduct(workspace, ontoContexts, { left: from, right: device.embeddingsT, product: to });
  const start = await Promise.all([
    toContexts(decoder, q),
    workspace.prepare(softmax, { arrays: { logits: q }, params: onEveryContext }),
  ]);
  const pass = await Promise.all([
    toContexts(p, product),
    workspace.prepare(softmaxCurvature, {
      arrays: { q, weights: device.weights, product, energies },
      params: onEveryContext,
    }),
    prepareProduct(workspace, ontoWords, { left: product, right: device.embeddings, product: curved }),
    workspace.prepare(cgLength, { arrays: { energies, scalars }, params: { contexts } }),
    workspace.prepare(cgMove, {
      arrays: { scalars, p, curved, x, r, partials: squares },
      params: { length, partials },
    }),
    workspace.prepare(cgTurn, {
      arrays: { partials: squares, scalars },
      params: {
        partials,
        residual_tolerance: RESIDUAL_TOLERANCE,
        // without rounding as many passes as the gradients have dimensions would do
        most_passes: Math.min(MOST_PASSES, 8 * (words * Math.min(contexts, dim) + 1)),
      },
    }),
    workspace.prepare(cgDirection, { arrays: { scalars, r, p }, params: { length } }),
  ]);

  const passes: PacedWork<Float32Array> = {
    record: (batch, count) => {
      for (let i = 0; i < count; i++) batch.dispatch(...pass);
      return count;
    },
    read: async () => (await readArrays(scalars))[0],
  };

  return {
    solve: async (at, gradient, ridge, isOver) => {
      const size = norm(gradient);
      decoder.write(splitDecoder(at, device.shape).high);
      // a right-hand side of norm 1: gradients may be small enough for their squares to vanish
      const rhs = splitDecoder(
        gradient.map((value) => -value / size),
        device.shape,
      ).high;
      r.write(rhs);
      p.write(rhs);
      x.write(new Float32Array(length));
      const numbers = new Float32Array(CG_SCALAR_COUNT);
      numbers[AT.ridge] = ridge;
      numbers[AT.residualSquared] = numbers[AT.directionSquared] = 1;
      scalars.write(numbers);
      const first = new Batch(workspace.gpu, "softmax");
      first.dispatch(...start);
      first.submit();
      const submissions = new PacedSubmissions(workspace.gpu, "conjugate gradients", PACE);
      const end = await submissions.until(passes, (found) => {
        if (isOver(found[AT.passes]!)) return "over";
        return found[AT.ended] === 1 || !Number.isFinite(found[AT.residualSquared]) ? "solved" : undefined;
      });
      if (end === "over") return undefined;
      const [solution] = await readArrays(x);
      return joinDecoder([solution], device.shape).map((value) => value * size);
    },
  };
}
