import type { TracePoint } from "../figures/figures.ts";
import { DECODER_NORMS, type DecoderNorm } from "../float64/decoder-norms.ts";
import type { RelativeMargin } from "../float64/margin-in-norm.ts";
import { textTable } from "../results/text-table.ts";
import type { Optimizer } from "../training/methods/method.ts";

export type RelativeMargins = Readonly<Record<DecoderNorm, RelativeMargin>>;

/** In which norm a decoder has most of the best margin. */
export type Ahead = "own norm ahead" | "another norm ahead" | "not told apart";

/**
 * Whether the relative margin in an optimiser's own norm is above those in the other norms. It is not told where the decoder does not
 * separate, as its margins are then below zero, nor where certificates are wider than what is between the margins.
 */
export function whichIsAhead(own: DecoderNorm, margins: RelativeMargins): Ahead {
  const others = DECODER_NORMS.filter((norm) => norm !== own).map((norm) => margins[norm]);
  const { value, error } = margins[own];
  if (!(value > error)) return "not told apart";
  if (others.every((other) => value - error > other.value + other.error)) return "own norm ahead";
  return others.some((other) => other.value - other.error > value + error) ? "another norm ahead" : "not told apart";
}

/** The margins of a run in three norms, held against the best. */
export interface NormPanel {
  /** The norm of the optimiser. */
  readonly own: DecoderNorm;
  /** Whether every context has a single next word. */
  readonly isOneHot: boolean;
  readonly relativeMargins: RelativeMargins;
  readonly ahead: Ahead;
}

const FIGURE_OF = {
  frobenius: "relativeMargin",
  max: "relativeMarginMax",
  spectral: "relativeMarginSpectral",
} as const satisfies Record<DecoderNorm, keyof TracePoint>;

/** The panel of an iterate; undefined where the best margins were not known. */
export function normPanel(own: DecoderNorm, isOneHot: boolean, point: TracePoint): NormPanel | undefined {
  const margins = DECODER_NORMS.map((norm) => {
    const [value, error] = [point[FIGURE_OF[norm]], point.limitErrors?.[FIGURE_OF[norm]]];
    return value === undefined || error === undefined ? undefined : ([norm, { value, error }] as const);
  });
  if (margins.includes(undefined)) return undefined;
  const relativeMargins = Object.fromEntries(margins as [DecoderNorm, RelativeMargin][]) as Record<
    DecoderNorm,
    RelativeMargin
  >;
  return { own, isOneHot, relativeMargins, ahead: whichIsAhead(own, relativeMargins) };
}

/** A run with its panel. */
export interface PanelledRun {
  readonly label: string;
  readonly optimizer: Optimizer;
  readonly norms: NormPanel;
}

/** The panels of runs as a table with a verdict. */
export function describePanels(runs: readonly PanelledRun[]): string {
  const table = textTable(runs, [
    ["margin over the best", ({ label }) => label],
    ...DECODER_NORMS.map((norm) => [norm, ({ norms }: PanelledRun) => norms.relativeMargins[norm].value] as const),
    ["own norm", ({ norms }) => norms.own],
    ["", ({ norms }) => norms.ahead],
  ]);
  return `${table}\n\n${normVerdict(runs)}`;
}

/** What is known of the margin in an optimiser's own norm. */
export const NORM_THEOREM =
  "Normalised steepest descent is known to maximise the margin in its own norm where every context has one next word (arXiv 2502.04664).";

/** What the runs say of each kind of data, and for which optimisers several next words change the answer. */
export function normVerdict(runs: readonly PanelledRun[]): string {
  const [oneHot, several] = [runs.filter(({ norms }) => norms.isOneHot), runs.filter(({ norms }) => !norms.isOneHot)];
  const broken = oneHot
    .filter(({ norms, optimizer }) => norms.ahead === "own norm ahead" && endsElsewhere(optimizer, several))
    .map(({ optimizer }) => optimizer);
  return [
    NORM_THEOREM,
    ...(oneHot.length > 0 ? [`With one next word: ${outcomesOf(oneHot)}.`] : []),
    ...(several.length > 0 ? [`With several: ${outcomesOf(several)}.`] : []),
    ...(broken.length > 0 ? [`Several next words break it for ${broken.join(", ")}.`] : []),
  ].join("\n");
}

const endsElsewhere = (optimizer: Optimizer, runs: readonly PanelledRun[]): boolean =>
  runs.some((run) => run.optimizer === optimizer && run.norms.ahead === "another norm ahead");

const OUTCOMES: readonly Ahead[] = ["own norm ahead", "another norm ahead", "not told apart"];

function outcomesOf(runs: readonly PanelledRun[]): string {
  return OUTCOMES.map((outcome) => [outcome, runs.filter(({ norms }) => norms.ahead === outcome)] as const)
    .filter(([, found]) => found.length > 0)
    .map(([outcome, found]) => `${outcome} in ${found.length} of ${runs.length} (${found.map(numbersOf).join("; ")})`)
    .join(", ");
}

/** The relative margin in its own norm, and the largest of the others. */
function numbersOf({ optimizer, norms: { own, relativeMargins } }: PanelledRun): string {
  const other = DECODER_NORMS.filter((norm) => norm !== own).reduce((a, b) =>
    relativeMargins[b].value > relativeMargins[a].value ? b : a,
  );
  const share = (norm: DecoderNorm): string => `${norm} ${relativeMargins[norm].value.toFixed(3)}`;
  return `${optimizer}: ${share(own)}, ${share(other)}`;
}
