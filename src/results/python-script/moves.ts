import { POLAR_ITERATIONS, QUINTIC } from "../../float64/polar.ts";
import type { Method, Optimizer } from "../../training/methods/method.ts";

/** What is subtracted from W in step k, as the body of a Python function of the gradient g, k and a memory of two arrays like W. */
type Move = (method: Method, step: string) => string;

const POLAR = `def polar(G):
    """Σ_i f(σ_i/‖G‖) u_i v_iᵀ of G = Σ_i σ_i u_i v_iᵀ: f(s) is 1 but for small s, ${POLAR_ITERATIONS} times (15 s − 10 s³ + 3 s⁵)/8."""
    U, s, Vt = np.linalg.svd(G, full_matrices=False)
    s = s / max(np.linalg.norm(s), 1e-300)
    for _ in range(${POLAR_ITERATIONS}):
        s = s * (${QUINTIC.identity} + s**2 * (${QUINTIC.gram} + ${QUINTIC.square} * s**2))
    return (U * s) @ Vt


`;

const heavyBall = ({ momentum }: Method): string => `    memory[0] = ${momentum} * memory[0] + g`;

const MOVES: Readonly<Record<Optimizer, Move>> = {
  "gradient-descent": (_, step) => `    return ${step} * g`,
  normalised: (_, step) => `    size = np.linalg.norm(g)
    return ${step} * g / size if size > 0 else 0 * g`,
  momentum: (method, step) => `${heavyBall(method)}
    return ${step} * memory[0]`,
  adam: ({ betas: [beta1, beta2] = [NaN, NaN], epsilon }, step) => `    first, second = memory
    first[:] = ${beta1} * first + (1 - ${beta1}) * g
    second[:] = ${beta2} * second + (1 - ${beta2}) * g**2
    size = np.sqrt(second / (1 - ${beta2}**k))
    direction = first / (1 - ${beta1}**k) / np.where(size > 0, size + ${epsilon}, 1)
    return ${step} * np.where(size > 0, direction, 0)`,
  sign: (_, step) => `    return ${step} * np.sign(g)`,
  "signed-momentum": ({ momentum }, step) => `    memory[0] = ${momentum} * memory[0] + (1 - ${momentum}) * g
    return ${step} * np.sign(memory[0])`,
  "max-steepest": (_, step) => `    return ${step} * np.abs(g).sum() * np.sign(g)`,
  spectral: (_, step) => `    return ${step} * polar(g)`,
  "spectral-steepest": (_, step) => `    direction = polar(g)
    return ${step} * (g * direction).sum() * direction`,
  muon: (method, step) => `${heavyBall(method)}
    return ${step} * polar(memory[0])`,
};

const STEPS: Readonly<Record<Method["schedule"], string>> = {
  constant: "eta",
  "inverse-sqrt": "eta / np.sqrt(k)",
  inverse: "eta / k",
};

/** The step of a method as a Python function, with what it calls. */
export function moveFunction(method: Method, formula: string): string {
  const body = MOVES[method.optimizer](method, STEPS[method.schedule]);
  return `${body.includes("polar(") ? POLAR : ""}def move(g, k, memory):
    """What step k = 1, 2, … takes from W: ${formula}."""
${body}
`;
}
