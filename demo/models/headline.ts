import type { Condition, PredictionRow, Verdict } from "../../src/index.ts";
import { fourDigits } from "../format.ts";

/** What a run comes to so far, in one sentence. */
export interface Headline {
  readonly text: string;
  /** `"against"` where it contradicts what theory says. */
  readonly tone: "calm" | "open" | "against";
}

/** Laws are expected to hold within a tenth. */
const EXPECTED = 0.1;

/** A limit whose direction is known no better has no angle in the headline, which is in whole degrees. */
export const KNOWN_RADIANS = Math.PI / 180;

/** An angle by its cosine. */
export function angleWords(cosine: number): string {
  const degrees = (Math.acos(Math.min(1, Math.max(-1, cosine))) * 180) / Math.PI;
  return `about ${Math.max(1, Math.round(degrees))}°`;
}

/** Of a run of the decoder. */
export function headlineOfDecoder(
  laws: readonly PredictionRow[],
  { compatible, separable, measured, isContradicted }: Verdict,
  { alignment, hasWords }: { readonly alignment: number | undefined; readonly hasWords: boolean },
): Headline | undefined {
  const gap = measured && fourDigits(measured.lossGap);
  if (!gap) return undefined;
  if (isContradicted) return { text: `Against the theory: the loss gap rose, to ${gap}.`, tone: "against" };
  const failing = whichFails(compatible, separable);
  if (failing) return { text: `${failing} The loss gap is ${gap} now.`, tone: "open" };
  if (compatible.holds !== "yes" || separable.holds !== "yes")
    return { text: `Theory gives no answer here: the conditions are not known. The loss gap is ${gap}.`, tone: "open" };
  if (!hasWords) return { text: `On course: W tends to W*, and the loss gap to zero; it is ${gap}.`, tone: "calm" };
  const aligned =
    alignment === undefined || Number.isNaN(alignment) ? "" : `W points ${angleWords(alignment)} from W_mm, `;
  const { words, tone } = lawWords(laws);
  return {
    text: `${tone === "against" ? "Off its prediction" : "On course"}: ${aligned}loss gap ${gap}${words}.`,
    tone,
  };
}

function whichFails(compatible: Condition, separable: Condition): string | undefined {
  if (separable.holds === "no") return "Not separable: some words that never follow keep a part of the mass.";
  if (compatible.holds === "no") return "Not compatible: no decoder gives all of these probabilities.";
  return undefined;
}

/** How the loss gap stands to its law. */
export function lawWords(rows: readonly PredictionRow[]): { readonly words: string; readonly tone: Headline["tone"] } {
  const law = rows.find(({ figure }) => figure === "lossGap" || figure === "factorLossGap");
  if (law?.ratio === undefined) return { words: "", tone: "calm" };
  const isExpected = law.holdsFrom !== undefined && law.at! >= law.holdsFrom;
  if (!isExpected) return { words: ", too early for its law", tone: "calm" };
  if (Math.abs(law.ratio - 1) <= EXPECTED) return { words: `, ${law.ratio.toFixed(2)} × its law`, tone: "calm" };
  return { words: `, ${law.ratio.toFixed(2)} × its law`, tone: "against" };
}
