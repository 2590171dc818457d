import { innerProduct } from "../../reference/inner-product.ts";

/** Steps whose curvature is remembered. */
const MEMORY = 20;
/** A step is taken whose slope is at most this part of that at its start, in size. */
const SLOPE = 0.9;
/** What float32 may have made of a value that should not have grown, in parts of it. */
const ROUNDING = 1e-5;
const MOST_TRIALS = 20;

/** A value and its gradient. */
export interface Evaluated {
  readonly value: number;
  readonly gradient: Float64Array;
}

/** A step of the limited-memory method of Broyden, Fletcher, Goldfarb and Shanno: what it has come to. */
export interface QuasiNewtonState extends Evaluated {
  readonly x: Float64Array;
}

/** A function to minimise; nothing once it is not to be evaluated any more. */
type Evaluate = (x: Float64Array) => Promise<Evaluated | undefined>;

/** Minimises a function of many variables whose gradient is costly, and good to float32. */
export class QuasiNewton {
  readonly #evaluate: Evaluate;
  #state: QuasiNewtonState;
  #steps: { readonly s: Float64Array; readonly y: Float64Array; readonly sy: number }[] = [];
  /** Gradients computed so far. */
  evaluations = 1;

  private constructor(evaluate: Evaluate, state: QuasiNewtonState) {
    this.#evaluate = evaluate;
    this.#state = state;
  }

  static async from(x: Float64Array, evaluate: Evaluate): Promise<QuasiNewton | undefined> {
    const found = await evaluate(x);
    return found && new QuasiNewton(evaluate, { x, ...found });
  }

  get state(): QuasiNewtonState {
    return this.#state;
  }

  /** Takes a step, or says that none was found that leads down; undefined where it was not to go on. */
  async step(): Promise<boolean | undefined> {
    const { x, value, gradient } = this.#state;
    const direction = this.#direction();
    const slope = innerProduct(direction, gradient);
    if (!(slope < 0)) return false;
    const isFirst = this.#steps.length === 0;
    let length = isFirst ? Math.min(1, 1 / Math.sqrt(innerProduct(gradient, gradient))) : 1;
    let [low, high] = [0, Infinity];
    for (let trial = 0; trial < MOST_TRIALS; trial++) {
      const next = x.map((from, i) => from + length * direction[i]!);
      const found = await this.#evaluate(next);
      if (!found) return undefined;
      this.evaluations++;
      const newSlope = innerProduct(direction, found.gradient);
      const isHigh = !(found.value <= value + 1e-4 * length * slope + ROUNDING * Math.abs(value));
      if (isHigh || newSlope > -SLOPE * slope) high = length;
      else if (newSlope < SLOPE * slope) low = length;
      else {
        this.#remember(next, found);
        return true;
      }
      length = high < Infinity ? (low + high) / 2 : 2 * length;
    }
    // with what was remembered forgotten there may be another direction
    this.#steps = [];
    return !isFirst;
  }

  #remember(x: Float64Array, found: Evaluated): void {
    const s = x.map((to, i) => to - this.#state.x[i]!);
    const y = found.gradient.map((to, i) => to - this.#state.gradient[i]!);
    const sy = innerProduct(s, y);
    if (sy > 0) this.#steps.push({ s, y, sy });
    if (this.#steps.length > MEMORY) this.#steps.shift();
    this.#state = { x, ...found };
  }

  /** −(approximate inverse Hessian) · gradient, by the two loops over what is remembered. */
  #direction(): Float64Array {
    const direction = this.#state.gradient.map((g) => -g);
    const parts: number[] = [];
    const add = (factor: number, other: Float64Array): void => {
      for (let i = 0; i < direction.length; i++) direction[i]! += factor * other[i]!;
    };
    for (const { s, y, sy } of [...this.#steps].reverse()) {
      const part = innerProduct(s, direction) / sy;
      parts.unshift(part);
      add(-part, y);
    }
    const last = this.#steps.at(-1);
    if (last) {
      const scale = last.sy / innerProduct(last.y, last.y);
      for (let i = 0; i < direction.length; i++) direction[i]! *= scale;
    }
    this.#steps.forEach(({ s, y, sy }, i) => add(parts[i]! - innerProduct(y, direction) / sy, s));
    return direction;
  }
}
