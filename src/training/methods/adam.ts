import { OptionError } from "../../errors.ts";
import { describe } from "../../support/options.ts";
import { defineMethod, requireDecay } from "./definition.ts";

export interface AdamConstants {
  /** β1 and β2 of Adam, 0 to 0.9999; default 0.9 and 0.99, as in the paper. */
  readonly betas: readonly [number, number];
  /** ε of Adam, 0 to 1; default 1e-8. */
  readonly epsilon: number;
}

/** Adam (Kingma and Ba 2015, ε as PyTorch adds it); an entry whose gradients have all been zero stays. */
export const adam = defineMethod<AdamConstants>({
  formula:
    "entry by entry m ← β1 m + (1 − β1) g, v ← β2 v + (1 − β2) g², W ← W − η_k (m / (1 − β1^k)) / (√(v / (1 − β2^k)) + ε)",
  constants: {
    betas: {
      value: [0.9, 0.99],
      symbol: "β1, β2",
      require: (name, betas) => {
        if (betas.length !== 2) throw new OptionError(name, `expected two numbers, found ${describe(betas)}`);
        betas.forEach((beta, i) => requireDecay(`${name}[${i}]`, beta));
      },
    },
    epsilon: {
      value: 1e-8,
      symbol: "ε",
      require: (name, epsilon) => {
        if (!(Number.isFinite(epsilon) && epsilon >= 0 && epsilon <= 1))
          throw new OptionError(name, `expected a number from 0 to 1, found ${describe(epsilon)}`);
      },
    },
  },
  step: {
    kind: "entrywise",
    rule: {
      numbers: ["rate1", "log_beta1", "rate2", "log_beta2", "epsilon"],
      averages: ["first moment", "second moment"],
      once: `
let c1 = -exp_minus_one(step_number * log_beta1);
let c2 = -exp_minus_one(step_number * log_beta2);`,
      entry: `
first += rate1 * (g - first);
second += rate2 * (g * g - second);
let size = sqrt(second / c2);
let direction = select(Entry(), (first / c1) / (size + epsilon), size > Entry());`,
    },
    numbers: ({ betas: [beta1, beta2], epsilon }, scale) => [
      ...[1 - beta1, logOf(beta1)],
      ...[1 - beta2, logOf(beta2)],
      scale * epsilon,
    ],
    mirror: ({ betas: [beta1, beta2], epsilon }, scale) => {
      const whole = scale * epsilon;
      return (k) => {
        const [correction1, correction2] = [1 - beta1 ** k, 1 - beta2 ** k];
        return ([first, second], i, g, length) => {
          first![i] = beta1 * first![i]! + (1 - beta1) * g;
          second![i] = beta2 * second![i]! + (1 - beta2) * g * g;
          const size = Math.sqrt(second![i] / correction2);
          return size > 0 ? (length * (first![i] / correction1)) / (size + whole) : 0;
        };
      };
    },
  },
  norm: "max",
  stepSize: 0.01,
  beyondTheory:
    "Adam is faster, its norm need not go like log k, and with one next word for each context it is known to prefer another margin, that of the largest entry instead of the norm.",
});

/** A β of 0 has the logarithm −100, whose exponential float32 does not tell from 0. */
const logOf = (beta: number): number => Math.max(Math.log(beta), -100);
