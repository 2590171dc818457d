import { definitionOf, chooseMethod, describeMethod, type Method } from "../../training/methods/method.ts";
import { divisorOf } from "../../training/methods/schedule.ts";
import { lecunDecoder } from "../../training/train.ts";
import type { Problem } from "../../problem/problem.ts";
import type { ResultArrays } from "../arrays.ts";
import type { RunRecord } from "../record.ts";
import { comparedPoints, descentText, stepsWithinReach } from "./descent.ts";
import { factorsText } from "./factors.ts";
import { finiteText, marginText } from "./limits.ts";
import { arrayLine, commentLine } from "./literals.ts";
import { ENTROPY, LOSS } from "./loss.ts";
import { moveFunction } from "./moves.ts";

/**
 * A Python script that computes a run's figures again in float64, with NumPy alone, and ends with an AssertionError at the first that is
 * not as recorded. It holds the problem exactly; a comment says where each tolerance comes from.
 *
 * Of a run of the decoder it takes the steps again, from zero or from LeCun's draw, up to the last recorded one that some ten seconds
 * reach, and holds CE_in − H, CE − CE_in, CE − H and ‖W‖ against the run's there and at powers of ten. With `limits` among the arrays it
 * solves for W* by least squares (‖W*‖, dim F, ‖P_F(W) − W*‖) and checks the constraints and the norm of a W_mm of up to 2,000 entries, and cos(W, W_mm).
 * Of a run of both factors it checks the loss gap at the factors among the arrays, of up to 4,000 entries; what is left out says so in a comment.
 * @param problem that of the run
 * @param record as {@link runRecord} makes it
 * @param arrays what the run and its limits ended with; what is not there is not checked
 */
export function pythonScript(problem: Problem, record: RunRecord, arrays: ResultArrays = {}): string {
  const { contextCount: m, vocabularySize: V } = problem;
  const isDense = stepsWithinReach(problem, chooseMethod(record)) > 0;
  const parts = [
    problemText(problem),
    CHECK,
    ENTROPY,
    `check("H", H, ${record.entropy}, 1e-12 * ${record.entropy})\n`,
    ...(isDense ? [LOSS] : [`# The ${m} × ${V} logits are too many for this script: only the entropy is checked.\n`]),
    ...(isDense ? (record.embeddings ? [factorsText(record.embeddings, arrays.embeddings)] : decoderTexts()) : []),
    'print("every figure that was compared is as recorded")\n',
  ];
  const text = parts.join("\n");
  return `${headText(record)}${text.includes("base64.") ? "import base64\n\n" : ""}import numpy as np\n\n${text}`;

  function decoderTexts(): string[] {
    const reach = stepsWithinReach(problem, chooseMethod(record));
    const points = comparedPoints(record.trace, reach);
    const last = points.at(-1);
    const { limits = {} } = arrays;
    return [
      ...runTexts(problem, record, points),
      finiteText(problem, record, limits, last),
      marginText(problem, limits, last),
    ];
  }
}

const CHECK = `
def check(name, found, expected, within):
    print(f"{name}: {found:.9g}, recorded {expected:.9g}, allowed difference {within:.1e}")
    assert abs(found - expected) <= within, f"{name}: {found!r} is not {expected!r} within {within:.1e}"

`;

function headText({ program, date, seed, source, smoothing, embeddings, ...record }: RunRecord): string {
  const method = describeMethod(chooseMethod(embeddings ?? record));
  const lines = [
    `A run of ${program}, computed again in float64: python3 FILE, with NumPy and nothing else.`,
    `Problem: ${source.name} (${source.kind})`,
    ...source.notes,
    ...(smoothing === undefined
      ? []
      : [`Smoothed labels, ε = ${smoothing}: the probabilities below are the smoothed ones.`]),
    `${embeddings ? "Both factors" : "The decoder"} by ${method}, ${record.steps} steps, seed ${seed}, recorded ${date}`,
  ];
  return `${lines.map(commentLine).join("\n")}\n`;
}

/** m contexts, V words, embeddings h_j as rows, and their distributions, sparse. */
function problemText(problem: Problem): string {
  const { contextCount: m, vocabularySize: V, embeddingDim: d, embeddings, offsets, tokens, probabilities } = problem;
  return `# m contexts, V words, and embeddings h_j of dimension d as rows
m, V, d = ${m}, ${V}, ${d}
${arrayLine("h", embeddings, "m, d")}
# the words that follow context j, and their probabilities, are those from offsets[j] up to offsets[j + 1]
${arrayLine("offsets", offsets)}
${arrayLine("tokens", tokens)}
${arrayLine("probabilities", probabilities)}
# π_j, how frequent contexts are
${arrayLine("weights", problem.weights)}
`;
}

function runTexts(problem: Problem, record: RunRecord, points: ReturnType<typeof comparedPoints>): string[] {
  const { stepSize, steps, initial, seed } = record;
  const last = points.at(-1);
  if (!last || stepSize === undefined) return ["# No recorded step of the run is within reach of this script.\n"];
  const method = chooseMethod(record);
  const start = initial === "lecun" ? arrayLine("W_0", lecunDecoder(problem, seed), "V, d") : "W_0 = np.zeros((V, d))";
  return [
    last.step === steps
      ? `# all ${steps} steps of the run`
      : `# The run came to step ${steps}; this script goes up to step ${last.step}, the last recorded one that it reaches in some seconds.`,
    `eta = ${stepSize}`,
    `${start}  # where the run began`,
    `\n\n${moveFunction(method, formulaOf(method))}\n`,
    descentText(method, points),
  ];
}

/** The formula of a step, with what η_k is. */
function formulaOf(method: Method): string {
  const divisor = divisorOf(method);
  return `${definitionOf(method).formula}, with η_k = ${divisor === "" ? "η" : `η / ${divisor}`}`;
}
