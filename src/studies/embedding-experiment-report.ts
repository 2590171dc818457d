import { FACTOR_FIGURES, PATH_FIGURES } from "../figures/embedding-figures.ts";
import { formatFigure } from "../results/format-figure.ts";
import { describeNuclear } from "../results/nuclear-facts.ts";
import { shortFigure, textTable, type Column } from "../results/text-table.ts";
import type {
  ConceptsRecord,
  EmbeddingArmPoint,
  EmbeddingArmRecord,
  EmbeddingExperimentRecord,
} from "./embedding-experiment-record.ts";

const COLUMNS = [...FACTOR_FIGURES, ...PATH_FIGURES]
  .filter(({ isReported }) => isReported)
  .map(({ key, symbol }): Column<EmbeddingArmPoint> => [symbol, (point) => point[key]]);

/** An experiment on trained embeddings in lines for people: a table of where runs ended or of the points of paths, and what is behind it. */
export function embeddingExperimentReport(record: Omit<EmbeddingExperimentRecord, "report">): string {
  const { title, question, seed, arms, axis, status } = record;
  const adapter = arms[0]?.adapter.label ?? "none";
  const facts = `Seed ${seed}; adapter: ${adapter}.${status === "done" ? "" : ` The experiment ended as ${status}.`}`;
  const rows = arms.flatMap(({ label, trace }) =>
    (axis === "step" ? trace.slice(-1) : trace).map((point) => ({ label, point })),
  );
  const table = textTable(rows, [
    ["run", ({ label }) => label],
    axis === "step"
      ? ["steps", ({ point }) => String(point.step)]
      : ["λ", ({ point }) => point.lambda?.toExponential()],
    ...COLUMNS.filter(([, value]) => rows.some(({ point }) => value(point) !== undefined)).map(
      ([name, value]): Column<(typeof rows)[number]> => [name, ({ point }) => value(point)],
    ),
  ]);
  return [title, question, facts, "", table, ...arms.map((arm) => `\n${armText(arm)}`)].join("\n");
}

function armText(arm: EmbeddingArmRecord): string {
  const { label, problem, entropy, nuclear, spectra, angles, concepts, emergence, minimiser, status } = arm;
  const lines: [string, string][] = [
    [
      "problem",
      `${problem.contextCount} contexts, ${nuclear.distinctSupports} distinct supports, ${problem.vocabularySize} words`,
    ],
    ["entropy bound", `${formatFigure(entropy)} nats`],
  ];
  if (status !== "done") lines.push(["ended as", status]);
  for (const { name, text } of describeNuclear(nuclear)) lines.push([name, text]);
  const spectrum = spectra.at(-1);
  if (spectrum)
    lines.push([
      "singular values",
      `of L ${spectrum.logits.slice(0, 6).map(shortFigure).join(", ")}${spectrum.logits.length > 6 ? ", …" : ""}; ${spectrum.rank} of ${spectrum.logits.length} above 1e-5 of the first`,
    ]);
  for (const { shared, pairs, least, mean, most, expected } of angles)
    if (expected !== undefined)
      lines.push([
        `${shared} words shared`,
        `cosines of ${pairs} pairs of contexts ${shortFigure(least)} to ${shortFigure(most)}, mean ${shortFigure(mean)}; the formula gives ${shortFigure(expected)}`,
      ]);
  if (minimiser)
    lines.push([
      "minimiser",
      `of the smoothed loss, in closed form: cos(L − L_in, S̃) ${formatFigure(minimiser.proxyAlignment)}, cos(L − L_in, L_mm) ${formatFigure(minimiser.alignmentCorrected)}`,
    ]);
  emergence?.values.forEach((value, i) => {
    const [expected, found] = [emergence.expectedSteps[i]!, emergence.foundSteps[i] ?? undefined];
    lines.push([
      `mode ${i + 1}`,
      `s = ${shortFigure(value)}: ${found === undefined ? `not yet at ${emergence.threshold}` : `at ${emergence.threshold} after step ${Math.round(found)}`}, by linear growth after step ${Math.round(expected)}`,
    ]);
  });
  for (const found of concepts) lines.push([`concepts of ${found.of}`, describeConcepts(found)]);
  const width = Math.max(...lines.map(([name]) => name.length));
  return [label, ...lines.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`)].join("\n");
}

/** How many members of an orthant are named. */
const NAMED = 6;
const ORTHANTS = 4;

function describeConcepts({ gaps, orthants }: ConceptsRecord): string {
  if (gaps.some((_, i) => orthants.every(({ signs }) => signs[i] === "0")))
    return "leading singular values are equal to what float32 tells: their vectors can be turned into each other, so that signs mean nothing";
  const list = (members: readonly (string | number)[]): string =>
    members.length === 0
      ? "none"
      : `${members.slice(0, NAMED).join(", ")}${members.length > NAMED ? ` and ${members.length - NAMED} more` : ""}`;
  const shown = orthants
    .slice(0, ORTHANTS)
    .map(({ signs, words, contexts }) => `${signs}: words ${list(words)}; contexts ${list(contexts)}`);
  return `${orthants.length} sign patterns; ${shown.join(" | ")}`;
}
