import { innerProduct } from "../reference/inner-product.ts";
import type { Problem } from "../problem/problem.ts";
import type { Work } from "../support/host-spells.ts";
import { dualDecoder, supportMask, wordMargins } from "./margin-certificate.ts";
import { addTo } from "./row-basis.ts";
import { SupportSpan } from "./support-span.ts";
import { norm } from "./vectors.ts";

/** What words off the supports keep of the mass where a ridge λ holds W back, and the part of W off F that they make. */
export interface OffSpanMinimiser {
  /** U, V × d. */
  readonly decoder: Float64Array;
  /** Σ_j π_j Σ_{v∉S_j} q_jv, to first order in q. */
  readonly mass: number;
}

/** ‖gradient‖ over ‖U‖ at which U is taken: the Hessian is at least the identity, so that U is off by no more. */
const TOLERANCE = 1e-6;
const MOST_NEWTON_STEPS = 60;
const MOST_HALVINGS = 40;
/** Of the residual of a Newton step, relative. */
const STEP_TOLERANCE = 1e-2;
const MOST_CONJUGATE_STEPS = 400;

/**
 * The part of the minimiser of CE + λ/2 ‖W‖² off F, where W is W* in F and every q_jv off the supports is small: of
 *
 *   λ/2 ‖U‖² + Σ_j π_j Σ_{v∉S_j} exp(mean over S_j of log p_j − μ_jv(W*) − μ_jv(U)),  U ∈ F⊥,
 *
 * μ_jv(W) being how far the mean logit of the support leads over v. All words count here, also those that hardly miss the margin. By
 * Newton's method, with conjugate gradients for its steps.
 */
export class OffSpan {
  readonly #problem: Problem;
  readonly #mask: Uint8Array;
  readonly #span: SupportSpan;
  /** log π_j + mean over S_j of log p_j − μ_jv(W*), m × V. */
  readonly #logWeights: Float64Array;

  private constructor(problem: Problem, span: SupportSpan, finite: Float64Array) {
    const { vocabularySize: V, offsets, probabilities, weights } = problem;
    this.#problem = problem;
    this.#span = span;
    this.#mask = supportMask(problem);
    this.#logWeights = wordMargins(problem, this.#mask, finite).map((lead, i) => {
      const j = Math.floor(i / V);
      const row = probabilities.subarray(offsets[j], offsets[j + 1]);
      return Math.log(weights[j]!) + row.reduce((sum, p) => sum + Math.log(p), 0) / row.length - lead;
    });
  }

  /** @param finite W*; undefined for a problem too large for an orthonormal basis of F */
  static *of(problem: Problem, finite: Float64Array): Work<OffSpan | undefined> {
    if (!SupportSpan.isFor(problem)) return undefined;
    return new OffSpan(problem, yield* SupportSpan.of(problem), finite);
  }

  /**
   * @param start where Newton's method begins, V × d in F⊥
   * @returns undefined where it does not converge
   */
  *minimise(lambda: number, start: Float64Array): Work<OffSpanMinimiser | undefined> {
    let decoder = start;
    let masses = this.#massesAt(decoder, lambda);
    for (let step = 0; step < MOST_NEWTON_STEPS; step++) {
      const gradient = this.#apply(masses.map((mass) => -mass));
      addTo(gradient, 1, decoder);
      const total = masses.reduce((sum, mass) => sum + mass, 0);
      if (!(norm(gradient) < Infinity)) return undefined;
      if (norm(gradient) <= TOLERANCE * norm(decoder)) return { decoder, mass: lambda * total };
      const direction = yield* this.#newtonStep(masses, gradient);
      const slope = innerProduct(direction, gradient);
      const valueAt = (point: Float64Array, at: Float64Array): number =>
        innerProduct(point, point) / 2 + at.reduce((sum, mass) => sum + mass, 0);
      const value = valueAt(decoder, masses);
      let share = 1;
      for (let halving = 0; ; halving++) {
        if (halving === MOST_HALVINGS) return undefined;
        const next = decoder.slice();
        addTo(next, share, direction);
        const nextMasses = this.#massesAt(next, lambda);
        // near the end the decrease is below rounding
        if (valueAt(next, nextMasses) <= value + share * 1e-4 * slope + 1e-13 * Math.abs(value)) {
          [decoder, masses] = [next, nextMasses];
          break;
        }
        share /= 2;
      }
    }
    return undefined;
  }

  /** π_j q_jv / λ off the supports, m × V. */
  #massesAt(decoder: Float64Array, lambda: number): Float64Array {
    const leads = wordMargins(this.#problem, this.#mask, decoder);
    return leads.map((lead, i) => (this.#mask[i] ? 0 : Math.exp(this.#logWeights[i]! - lead) / lambda));
  }

  /** The part in F⊥ of Σ_jv y_jv (mean of e_z over S_j − e_v) h_jᵀ, which is what μ_jv is the inner product with. */
  #apply(values: Float64Array): Float64Array {
    const { contextCount: m, vocabularySize: V, offsets, tokens } = this.#problem;
    const dual = values.map((y) => -y);
    for (let j = 0; j < m; j++) {
      const sum = dual.subarray(j * V, (j + 1) * V).reduce((total, b) => total + b, 0);
      const support = tokens.subarray(offsets[j], offsets[j + 1]);
      for (const z of support) dual[j * V + z]! -= sum / support.length;
    }
    return this.#span.removeFrom(dualDecoder(this.#problem, dual));
  }

  /** −(I + Σ q x xᵀ)⁻¹ gradient. */
  *#newtonStep(masses: Float64Array, gradient: Float64Array): Work<Float64Array> {
    const solution = new Float64Array(gradient.length);
    const residual = gradient.map((g) => -g);
    const direction = residual.slice();
    const enough = (STEP_TOLERANCE * norm(residual)) ** 2;
    let square = innerProduct(residual, residual);
    for (let i = 0; i < MOST_CONJUGATE_STEPS && square > enough; i++) {
      const leads = wordMargins(this.#problem, this.#mask, direction);
      const curved = this.#apply(leads.map((lead, k) => masses[k]! * lead));
      addTo(curved, 1, direction);
      const alpha = square / innerProduct(direction, curved);
      addTo(solution, alpha, direction);
      addTo(residual, -alpha, curved);
      const next = innerProduct(residual, residual);
      for (let k = 0; k < direction.length; k++) direction[k] = residual[k]! + (next / square) * direction[k]!;
      square = next;
      yield { done: i + 1, total: undefined };
    }
    return solution;
  }
}
