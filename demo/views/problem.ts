import { wholeNumber } from "../format.ts";
import type { LoadedProblem } from "../sources.ts";
import { byId, make, setText } from "./dom.ts";

/** What the problem is and what was done to the data. */
export function renderProblem({ problem, name, sentence, notes }: LoadedProblem): void {
  const { contextCount, vocabularySize, embeddingDim, tokens } = problem;
  setText(byId("running-problem", HTMLElement), name);
  setText(byId("problem-title", HTMLElement), `The problem: ${name}`);
  setText(byId("problem-sentence", HTMLElement), sentence);
  setText(
    byId("problem-size", HTMLElement),
    `m = ${wholeNumber(contextCount)} contexts · V = ${wholeNumber(vocabularySize)} words · d = ${wholeNumber(embeddingDim)} dimensions · ${wholeNumber(tokens.length)} pairs of a context and a word that follows it`,
  );
  byId("problem-notes", HTMLElement).replaceChildren(...notes.map((note) => make("li", {}, note)));
}
