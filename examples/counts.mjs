// A problem from counts: how often each word came after each context, and a vector for each context.
import { createProblem } from "next-token-bias";

const words = ["cat", "dog", "sat", "ran", "slept"];
const contexts = [
  { label: "the", embedding: [1, 0, 0, 0], counts: [3, 1, 0, 0, 0] },
  { label: "the cat", embedding: [0.5, 1, 0, 0], counts: [0, 0, 2, 1, 1] },
  { label: "the dog", embedding: [0.5, -1, 0.5, 0], counts: [0, 0, 1, 3, 0] },
  { label: "then she", embedding: [0, 0, 0.5, 1], counts: [0, 0, 2, 2, 0] },
];

const sum = (/** @type {number[]} */ counts) => counts.reduce((total, count) => total + count, 0);
/** The words that do follow each context, by number. */
const supports = contexts.map(({ counts }) => [...counts.keys()].filter((word) => counts[word] !== 0));

let entries = 0;
export const problem = createProblem({
  vocabularySize: words.length,
  embeddingDim: 4,
  words,
  contextLabels: contexts.map(({ label }) => label),
  embeddings: contexts.flatMap(({ embedding }) => embedding),
  weights: contexts.map(({ counts }) => sum(counts)), // any scale will do
  offsets: [0, ...supports.map((support) => (entries += support.length))], // where the entries of each context begin
  tokens: supports.flat(),
  probabilities: contexts.flatMap(({ counts }, j) =>
    (supports[j] ?? []).map((word) => (counts[word] ?? 0) / sum(counts)),
  ),
});
