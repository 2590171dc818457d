import { joinDecoder } from "../../maps/decoder.ts";
import type { DeviceShape } from "../../maps/device-shape.ts";
import { LSQR_SCALAR_COUNT, LSQR_SCALARS as AT } from "../../../shaders/lib/lsqr-scalars.wgsl.ts";
import type { GpuArray } from "../../gpu/array.ts";
import type { Gpu } from "../../gpu/device.ts";
import type { Dispatch } from "../../gpu/kernel.ts";
import { PacedSubmissions } from "../../gpu/paced-submissions.ts";
import { readArrays } from "../../readback/read-arrays.ts";
import type { Workspace } from "../../gpu/workspace.ts";
import { centredUpdate } from "../../kernels/centred-update.ts";
import { prepareSupportAdjoint, prepareSupportLogits } from "../../maps/data-subspace.ts";
import { deviceProblem } from "../../maps/device-problem.ts";
import { prepareSquaredNorm } from "../../maps/norms.ts";
import { lsqrDirection } from "../../kernels/lsqr-direction.ts";
import { lsqrRotation } from "../../kernels/lsqr-rotation.ts";
import { negativeMultiple } from "../../kernels/negative-multiple.ts";
import type { Problem } from "../../problem/problem.ts";
import { norm } from "../../float64/vectors.ts";

const FIRST_PASSES = 2;
const MOST_PASSES_PER_SUBMISSION = 512;
const MOST_PASSES = 20_000;
/** ‖r‖ relative to the right-hand side at which a solve in float32 ends. */
const RESIDUAL_TOLERANCE = 1e-6;
/** ‖Aᵀr‖ / (‖A‖ ‖r‖) at which a solve ends: some ten times what float32 makes of zero in sums of a few thousand terms. */
const ANGLE_TOLERANCE = 1e-5;

export interface LsqrPacing {
  readonly signal: AbortSignal | undefined;
  /** Called after each submission with the passes of all solves so far. */
  readonly onPasses: (passes: number) => void;
}

/** Least-squares solutions of minimum norm in float32, right to about six digits times the condition number; undefined once aborted. */
export interface Lsqr {
  /** The decoder W of least norm among those that minimise ‖a − A(W)‖; a has Σ|S_j| entries, W is V × d. */
  solve(a: Float64Array): Promise<Float64Array | undefined>;
  /** The vector y of the supports of least norm among those that minimise ‖W − Aᵀ(y)‖. */
  solveAdjoint(decoder: Float64Array): Promise<Float64Array | undefined>;
  /** Passes of all solves so far. */
  readonly passes: number;
}

/** One of the two systems, as recorded work. */
interface System {
  /** One pass: both half-steps of the bidiagonalisation, the rotation, the solution's step. */
  readonly pass: readonly Dispatch[];
  readonly left: GpuArray<"f32">;
  readonly right: GpuArray<"f32">;
  readonly solution: GpuArray<"f32">;
  readonly direction: GpuArray<"f32">;
}

/**
 * LSQR (Paige and Saunders 1982) for A(W) = a and for its adjoint Aᵀ(y) = W, on the GPU. One pass takes
 * β u ← A v − α u, then α v ← Aᵀu − β v, then the rotation; the left vector is kept as β u, and the numbers of the
 * recurrence stay on the device, so that a submission holds as many passes as fit into 45 ms.
 */
export async function prepareLsqr(workspace: Workspace, problem: Problem, pacing: LsqrPacing): Promise<Lsqr> {
  const { scaled, factor: embeddingScale } = scaleEmbeddings(problem);
  const device = deviceProblem(workspace, scaled);
  const { words, contexts, entries, paddedDim } = device.shape;
  // without rounding as many passes as F has dimensions would do, and one to start
  const mostPasses = Math.min(MOST_PASSES, 4 * (Math.min(entries, words * paddedDim) + 1));
  const onWords = (label: string): GpuArray<"f32"> => workspace.array(label, "f32", [words, paddedDim]);
  const onSupports = (label: string): GpuArray<"f32"> => workspace.array(label, "f32", [entries]);
  const scalars = workspace.array("LSQR scalars", "f32", [LSQR_SCALAR_COUNT]);
  const products = workspace.array("support logits", "f32", [entries, 2]);
  const [v, vLow, zeros] = [onWords("v"), onWords("v low"), onWords("zeros")];
  const u = onSupports("u");

  /** u ← C (A v − factor u). */
  const toSupports = (factor: number): Promise<Dispatch[]> =>
    Promise.all([
      // what the accumulation of v leaves in its low part is of another scale, and below what float32 asks for
      prepareSupportLogits(workspace, device, { high: v, low: zeros }, products),
      workspace.prepare(centredUpdate, {
        arrays: { offsets: device.offsets, support_logits: products, scalars, u },
        params: { contexts, entries, factor },
      }),
    ]);
  /** v ← Aᵀu − factor v. */
  const toWords = (factor: number): Promise<Dispatch[]> =>
    Promise.all([
      workspace.prepare(negativeMultiple, {
        arrays: { scalars, high: v, low: vLow },
        params: { length: words * paddedDim, factor },
      }),
      prepareSupportAdjoint(workspace, device, u, { high: v, low: vLow }, { stepSize: -1, decay: 1 }),
    ]);
  const prepareSystem = async (
    {
      left,
      right,
      toLeft,
      toRight,
    }: Record<"left" | "right", GpuArray<"f32">> & Record<"toLeft" | "toRight", typeof toWords>,
    [solution, direction]: readonly [GpuArray<"f32">, GpuArray<"f32">],
  ): Promise<System> => {
    const pass = await Promise.all([
      toLeft(AT.leftFactor),
      prepareSquaredNorm(workspace, left, scalars, AT.leftSquared),
      // the left vector being β u, Aᵀ(β u) − β² v is β times what is wanted
      toRight(AT.leftSquared),
      prepareSquaredNorm(workspace, right, scalars, AT.rightSquared),
      Promise.all([
        workspace.prepare(lsqrRotation, {
          arrays: { scalars },
          params: {
            length: LSQR_SCALAR_COUNT,
            residual_tolerance: RESIDUAL_TOLERANCE,
            angle_tolerance: ANGLE_TOLERANCE,
            most_passes: mostPasses,
          },
        }),
        workspace.prepare(lsqrDirection, {
          arrays: { scalars, v: right, x: solution, w: direction },
          params: { length: right.length },
        }),
      ]),
    ]);
    return { pass: pass.flat(), left, right, solution, direction };
  };
  const [forward, adjoint] = await Promise.all([
    prepareSystem({ left: u, right: v, toLeft: toSupports, toRight: toWords }, [onWords("x"), onWords("w")]),
    prepareSystem({ left: v, right: u, toLeft: toWords, toRight: toSupports }, [onSupports("y"), onSupports("w of y")]),
  ]);
  const solver = new Solver(workspace.gpu, scalars, pacing);
  const run = (system: System, rhs: Float64Array): ReturnType<Solver["run"]> =>
    workspace.unlessAborted(pacing.signal, () => solver.run(system, rhs));
  return {
    solve: async (a) => {
      const solved = await run(forward, a);
      return solved && joinDecoder([solved.solution], device.shape).map((x) => x * solved.size * embeddingScale);
    },
    solveAdjoint: async (decoder) => {
      const solved = await run(adjoint, padRows(decoder, device.shape));
      return solved && Float64Array.from(solved.solution, (y) => y * solved.size * embeddingScale);
    },
    get passes() {
      return solver.passes;
    },
  };
}

/** Runs passes until a system is solved, submission by submission. */
class Solver {
  passes = 0;
  /** Passes of the solve before: the next one takes about as many. */
  #usual = FIRST_PASSES;
  readonly #submissions: PacedSubmissions;
  readonly #scalars: GpuArray<"f32">;
  readonly #pacing: LsqrPacing;

  constructor(gpu: Gpu, scalars: GpuArray<"f32">, pacing: LsqrPacing) {
    this.#submissions = new PacedSubmissions(gpu, "LSQR", { first: FIRST_PASSES, most: MOST_PASSES_PER_SUBMISSION });
    this.#scalars = scalars;
    this.#pacing = pacing;
  }

  /** The solution for a right-hand side divided by its norm `size`: refinement solves for ever smaller ones. */
  async run(system: System, rhs: Float64Array): Promise<{ solution: Float32Array; size: number } | undefined> {
    const size = norm(rhs);
    if (size === 0) return { solution: new Float32Array(system.solution.length), size };
    system.left.write(Float32Array.from(rhs, (value) => value / size));
    for (const array of [system.right, system.solution, system.direction]) array.write(new Float32Array(array.length));
    const start = new Float32Array(LSQR_SCALAR_COUNT);
    // the first pass makes the left vector A 0 − (−1) times itself
    start[AT.leftFactor] = -1;
    this.#scalars.write(start);
    const before = this.passes;
    // a solve begins with somewhat more than the last one took, and goes on by no more than it has: what is behind its end is for nothing
    let mostNext = Math.ceil(1.25 * this.#usual);
    const { signal, onPasses } = this.#pacing;
    const isOver = await this.#submissions.until(
      {
        record: (batch, most) => {
          const count = Math.min(most, mostNext);
          for (let i = 0; i < count; i++) batch.dispatch(...system.pass);
          return count;
        },
        read: async () => (await readArrays(this.#scalars))[0],
      },
      (found) => {
        const passes = found[AT.passes]!;
        // a device that returns no numbers must not leave a next solve without passes
        mostNext = this.#usual = passes || FIRST_PASSES;
        this.passes = before + passes;
        onPasses(this.passes);
        return found[AT.ended] === 1 || !Number.isFinite(found[AT.phiBar]) || undefined;
      },
      () => signal?.aborted ?? false,
    );
    if (!isOver) return undefined;
    const [solution] = await readArrays(system.solution);
    return { solution, size };
  }
}

const scaledProblems = new WeakMap<Problem, { scaled: Problem; factor: number }>();

/** The problem with its embeddings times a power of two that brings the largest coordinate to 1/2 … 1: squares then fit float32. */
function scaleEmbeddings(problem: Problem): { scaled: Problem; factor: number } {
  const known = scaledProblems.get(problem);
  if (known) return known;
  const largest = Float64Array.from(problem.embeddings).reduce((most, h) => Math.max(most, Math.abs(h)), 0);
  const factor = largest > 0 ? 2 ** -Math.ceil(Math.log2(largest)) : 1;
  const scaled =
    factor === 1 ? problem : { ...problem, embeddings: Float64Array.from(problem.embeddings, (h) => h * factor) };
  const made = { scaled, factor };
  scaledProblems.set(problem, made);
  return made;
}

function padRows(decoder: Float64Array, { words, dim, paddedDim }: DeviceShape): Float64Array {
  const rows = new Float64Array(words * paddedDim);
  for (let v = 0; v < words; v++) rows.set(decoder.subarray(v * dim, (v + 1) * dim), v * paddedDim);
  return rows;
}
