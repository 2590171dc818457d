import { mebibytes, wholeNumber } from "../format.ts";
import type { RunView } from "../run-view.ts";
import { byId, setText } from "./dom.ts";

/** What a reader's own file was understood as, and what its run takes, before anything runs; nothing of other problems. */
export function renderUnderstood({ loaded, needs }: RunView): void {
  const isOwn = loaded.source.kind === "file";
  setText(byId("understood", HTMLElement), isOwn ? understoodText(loaded, needs) : "");
  const { length } = loaded.notes;
  const link = byId("understood-notes", HTMLAnchorElement);
  link.hidden = !isOwn || length === 0;
  setText(link, `${length} ${length === 1 ? "note" : "notes"} on the file`);
}

function understoodText({ problem }: RunView["loaded"], { totalBytes, largestBufferBytes }: RunView["needs"]): string {
  const { vocabularySize, contextCount, embeddingDim, tokens, mergedCount } = problem;
  return [
    `Read: V = ${wholeNumber(vocabularySize)} words, m = ${wholeNumber(contextCount)} contexts (${mergedText(mergedCount)})`,
    `d = ${wholeNumber(embeddingDim)} dimensions, ${wholeNumber(tokens.length)} entries in the supports`,
    `a run with ${mebibytes(totalBytes)} on the GPU, ${mebibytes(largestBufferBytes)} in its largest buffer.`,
  ].join(", ");
}

const mergedText = (count: number): string =>
  count === 0 ? "none merged" : `${wholeNumber(count)} merged into others`;
