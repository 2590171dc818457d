import { innerProduct } from "../../reference/inner-product.ts";
import { NuclearCertificate, polarFactor, SupportMatrices } from "../../float64/nuclear-certificate.ts";
import { nuclearNormBound, spectralNormBound, type Matrix } from "../../float64/matrix-norms.ts";
import { difference, norm } from "../../float64/vectors.ts";
import type { Gpu } from "../../gpu/device.ts";
import { PacedSubmissions } from "../../gpu/paced-submissions.ts";
import { readArrays } from "../../readback/read-arrays.ts";
import { withWorkspace } from "../../gpu/workspace.ts";
import { decompose, type Svd } from "../../maps/svd.ts";
import { distinctSupports } from "../../problem/distinct-supports.ts";
import type { Problem } from "../../problem/problem.ts";
import { inSpells, type Work } from "../../support/host-spells.ts";
import { prepareNuclearIteration, type NuclearIteration, type NuclearStart } from "./iteration.ts";
import type { NuclearMarginOptions, NuclearMarginProgress } from "./settings.ts";
import { nuclearStatus, type NuclearEnd, type NuclearMargin, type SupportProxy } from "./status.ts";

/** ρ times the mean singular value of the proxy; the iterations are fewest near it, on problems of very different sizes. */
const PENALTY = 0.5;
/** A singular value of the proxy counts from this part of the largest on. */
const SMALLEST_VALUE = 1e-5;
/** Iterations until the first certificate, and between two of them at least. */
const CERTIFY_EVERY = 16;
/** So many certificates in a row that take less than a tenth off the gap end the iterations. */
const STALLED_CERTIFICATES = 4;
const PROGRESS = 0.9;
/** A gap with which the proxy counts as a solution. */
const PROXY_GAP = 1e-9;
/** Multiply-adds of the first submission, whose speed is not known yet. */
const FIRST_WORK = 1e7;

/** A search for L_mm, its bounds and its status. */
export class NuclearSolve {
  readonly #gpu: Gpu;
  readonly #options: NuclearMarginOptions;
  readonly #matrices: SupportMatrices;
  readonly #certificate: NuclearCertificate;
  readonly #proxy: Matrix;
  /** Bounds on the norm of the proxy. */
  #proxyLower = 0;
  #proxyUpper: number;
  #start: NuclearStart | undefined;
  #iterations = 0;

  constructor(gpu: Gpu, problem: Problem, options: NuclearMarginOptions) {
    const matrices = new SupportMatrices(distinctSupports(problem));
    this.#gpu = gpu;
    this.#options = options;
    this.#matrices = matrices;
    this.#certificate = new NuclearCertificate(matrices);
    this.#proxy = matrices.proxy();
    this.#proxyUpper = this.#certificate.upperBound;
  }

  /** The proxy and its polar factor, which may be the solution and its multiplier, and are near them as a rule. */
  async start(gapTolerance: number): Promise<NuclearEnd | undefined> {
    const { values, rows, columns } = this.#proxy;
    const decomposed = await decompose(this.#gpu, values, rows, columns, this.#options.signal);
    if (!decomposed) return "cancelled";
    const { left } = decomposed;
    const begun = await inSpells(
      this.#certifyProxy(left, roughPolarFactor(decomposed, this.#proxy)),
      this.#options.signal,
    );
    if (!begun) return "cancelled";
    this.#start = {
      solution: this.#proxy.values,
      multiplier: begun.values,
      rotation: left,
      size: norm(this.#proxy.values),
    };
    return this.#certificate.relativeGap <= gapTolerance ? "optimal-certified" : undefined;
  }

  *#certifyProxy(rotation: Float64Array, rough: Matrix): Work<Matrix> {
    const proxy = this.#proxy;
    this.#proxyUpper = yield* nuclearNormBound(proxy, rotation);
    this.#certificate.keepSolution(proxy, this.#proxyUpper);
    const factor = yield* polarFactor(rough);
    this.#proxyLower = innerProduct(factor.values, proxy.values) / (yield* spectralNormBound(factor));
    yield* this.#certificate.offerMultiplier(factor.values);
    return factor;
  }

  /** Iterations on the GPU until the bounds are certified. */
  iterate(gapTolerance: number, maxIterations: number): Promise<NuclearEnd> {
    return withWorkspace(this.#gpu, async (workspace) => {
      // on another device than before it begins anew
      this.#iterations = 0;
      const penalty = (PENALTY * this.#matrices.rows) / this.#proxyUpper;
      const iteration = await workspace.unlessAborted(this.#options.signal, () =>
        prepareNuclearIteration(workspace, this.#matrices, penalty, this.#start!),
      );
      if (!iteration) return "cancelled";
      const first = Math.max(Math.floor(FIRST_WORK / iteration.work), 1);
      const submissions = new PacedSubmissions(workspace.gpu, "nuclear margin", { first });
      let [best, withoutProgress] = [1, 0];
      for (;;) {
        const next = this.#iterations + Math.max(CERTIFY_EVERY, Math.floor(this.#iterations / 3));
        const read = await workspace.unlessAborted(this.#options.signal, () =>
          this.#iterateUntil(workspace.gpu, iteration, submissions, Math.min(next, maxIterations)),
        );
        if (!read) return "cancelled";
        if (!read.every((array) => array.every(Number.isFinite))) return "numerical-error";
        const [moved, clipped, multiplier, rotation] = read;
        const certified = await inSpells(
          this.#certify(
            difference(iteration.unpad(moved), iteration.unpad(clipped)),
            iteration.unpad(multiplier).map((y) => y * penalty),
            iteration.unpadRotation(rotation),
          ),
          this.#options.signal,
        );
        this.#options.onProgress?.(this.#progress());
        const { lowerBound, upperBound, relativeGap } = this.#certificate;
        if (lowerBound > upperBound) return "numerical-error";
        if (relativeGap <= gapTolerance) return "optimal-certified";
        if (!certified) return "cancelled";
        if (this.#iterations >= maxIterations) return "max-iterations";
        withoutProgress = relativeGap < PROGRESS * best ? 0 : withoutProgress + 1;
        best = Math.min(best, relativeGap);
        if (withoutProgress === STALLED_CERTIFICATES) return "stalled";
      }
    });
  }

  *#certify(solution: Float64Array, multiplier: Float64Array, rotation: Float64Array): Work<true> {
    yield* this.#certificate.offerMultiplier(multiplier);
    yield* this.#certificate.offerSolution(solution, rotation);
    return true;
  }

  /** Iterations in submissions sized from measured time; what the last one leaves is read back at once, or nothing after an abort. */
  #iterateUntil(
    gpu: Gpu,
    { dispatches, moved, clipped, multiplier, rotation }: NuclearIteration,
    submissions: PacedSubmissions,
    last: number,
  ): Promise<readonly [Float32Array, Float32Array, Float32Array, Float32Array] | undefined> {
    return submissions.until(
      {
        record: (batch, most) => {
          const count = Math.min(most, last - this.#iterations);
          for (let k = 0; k < count; k++) batch.dispatch(...dispatches);
          this.#iterations += count;
          return count;
        },
        read: async () =>
          this.#iterations < last ? void (await gpu.idle()) : readArrays(moved, clipped, multiplier, rotation),
      },
      (read) => {
        if (!read) this.#options.onProgress?.(this.#progress());
        return read;
      },
      () => this.#options.signal?.aborted ?? false,
    );
  }

  #progress(): NuclearMarginProgress {
    const { lowerBound, upperBound, relativeGap } = this.#certificate;
    const message = `${this.#iterations} iterations, gap ${relativeGap.toExponential(1)}`;
    return {
      ...{ phase: "nuclear margin", fraction: 0, message, iterations: this.#iterations },
      ...{ lowerBound, upperBound, relativeGap },
    };
  }

  result(end: NuclearEnd, gapTolerance: number): NuclearMargin {
    const { lowerBound, upperBound, relativeGap, solution, multiplier } = this.#certificate;
    const logits = this.#matrices.toContexts(solution);
    return {
      status: nuclearStatus(end, relativeGap, gapTolerance),
      ...{ logits, lowerBound, upperBound, relativeGap },
      dual: this.#matrices.toContexts(multiplier),
      supports: this.#matrices.supports,
      proxy: this.#judgeProxy(logits),
      iterations: this.#iterations,
      adapter: this.#gpu.adapter,
    };
  }

  #judgeProxy(logits: Float64Array): SupportProxy {
    const { lowerBound, upperBound } = this.#certificate;
    const [least, most] = [this.#proxyLower, this.#proxyUpper];
    const own = this.#matrices.toContexts(this.#proxy);
    const isOptimal = 1 - lowerBound / most <= PROXY_GAP ? true : least > upperBound ? false : undefined;
    return {
      logits: own,
      lowerBound: least,
      upperBound: most,
      isOptimal,
      leastExcess: Math.max(least / upperBound - 1, 0),
      mostExcess: lowerBound > 0 ? most / lowerBound - 1 : Infinity,
      cosine: innerProduct(own, logits) / norm(own) / norm(logits),
    };
  }
}

/** Σ_i u_i v_iᵀ over the values that are not rounding. */
function roughPolarFactor(
  { left, right, values }: Pick<Svd, "left" | "right" | "values">,
  { rows, columns }: Matrix,
): Matrix {
  const factor = new Float64Array(rows * columns);
  values.forEach((value, term) => {
    if (!(value > SMALLEST_VALUE * values[0]!)) return;
    for (let i = 0; i < rows; i++)
      for (let c = 0; c < columns; c++) factor[i * columns + c]! += left[term * rows + i]! * right[term * columns + c]!;
  });
  return { values: factor, rows, columns };
}
