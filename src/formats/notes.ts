import type { Corpus } from "../problem/corpus/settings.ts";
import type { CountedProblem } from "../problem/corpus/counts.ts";
import type { Problem } from "../problem/problem.ts";
import { quote } from "./content.ts";

export function corpusNotes({
  problem,
  wasNormalised,
  droppedContexts,
  contextTotal,
  keptShare,
  droppedWords,
  unknownShare,
  vocabularyTotal,
}: Corpus): string[] {
  const notes: string[] = [];
  if (wasNormalised)
    notes.push("The text was brought to Unicode's form NFC, in which a letter with its accents is written in one way.");
  if (droppedContexts > 0)
    notes.push(
      `${counted(problem.contextCount, "context")} of ${contextTotal} kept, the most frequent, with ${percent(keptShare)} of the text's positions.`,
    );
  if (droppedWords > 0)
    notes.push(
      `${counted(vocabularyTotal - droppedWords, "word")} of ${vocabularyTotal} kept; the other ${droppedWords}, ${percent(unknownShare)} of the text, became <unk>.`,
    );
  return [...notes, ...problemNotes(problem)];
}

/** A sum that is nearer to 1 is that of probabilities rounded to float64. */
const SAID_SUM_ERROR = 1e-12;

export function problemNotes({ mergedCount, sumError }: Problem): string[] {
  const notes: string[] = [];
  if (sumError > SAID_SUM_ERROR)
    notes.push(`Probabilities were normalised: the sum of a context's was up to ${sumError.toExponential(1)} from 1.`);
  if (mergedCount > 0) notes.push(`${counted(mergedCount, "row")} merged into earlier rows of the same context.`);
  return notes;
}

/** How embeddings were drawn. */
export const drawnNote = ({ law, dim, seed }: { law: string; dim: number; seed: number }): string =>
  `The embeddings were drawn: ${law}, dimension ${dim}, seed ${seed}.`;

export function countNotes({ problem, droppedContexts, drawn }: CountedProblem): string[] {
  const notes = drawn ? [drawnNote(drawn)] : [];
  if (droppedContexts > 0)
    notes.push(`${counted(droppedContexts, "context")} left out, of which no next word is counted.`);
  return [...notes, ...problemNotes(problem)];
}

const MOST_NAMED = 5;

/** What a file has beside what was asked for, in a note or in none. */
export function unreadNotes(noun: string, names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`${counted(names.length, noun)} left unread: ${namesOf(names)}.`];
}

/** The first names, quoted. */
export function namesOf(names: readonly string[]): string {
  const rest = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : "";
  return `${names.slice(0, MOST_NAMED).map(quote).join(", ")}${rest}`;
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}
