/**
 * A bench is a module `bench/NAME.ts` with `run(options, screen)`, called in a page: headless by `npm run bench -- NAME`, and by
 * whoever opens the page of `npm run bench -- page`.
 * @typedef {object} Bench
 * @property {string} title
 * @property {Record<string, number | readonly string[]>} options by name: the default of a whole number, or what a word can be, the default first
 * @property {{ offered: BenchOptions, fixed?: BenchOptions }} [onPage] the options that the page lets choose, with its defaults, and
 *   those that it does not; a bench without this is not on the page
 *
 * @typedef {Record<string, number | string>} BenchOptions
 * @typedef {{ adapter: import("../src/index.ts").AdapterDescription, [figure: string]: unknown }} BenchResult
 * @typedef {{ run: (options: BenchOptions, screen?: import("./screen.ts").Screen) => Promise<BenchResult> }} BenchModule
 */

/** @type {Record<string, Bench>} */
export const BENCHES = {
  gd: {
    title: "One iteration of gradient descent",
    options: { largest: ["large", "tiny", "small", "medium"], peers: ["all", "none"] },
    onPage: { offered: { largest: "medium" }, fixed: { peers: "none" } },
  },
  scaling: { title: "Time of an iteration by m, V and d", options: { rounds: 3 }, onPage: { offered: { rounds: 3 } } },
  margin: {
    title: "Time to a certified max-margin decoder",
    options: { largest: 2000 },
    onPage: { offered: { largest: 500 } },
  },
  anisotropic: {
    title: "Time to a certified max-margin decoder of anisotropic embeddings",
    options: { largest: 1000, words: 20, seconds: 100, seed: 1 },
    onPage: { offered: { largest: 300, seconds: 60 }, fixed: { words: 20, seed: 1 } },
  },
  large: {
    title: "Both limits of a problem of a language model's proportions",
    options: { words: 5000, contexts: 1000, dim: 256, seconds: 1800, seed: 1 },
    onPage: { offered: { words: 5000, contexts: 1000, dim: 256 }, fixed: { seconds: 1800, seed: 1 } },
  },
  norms: {
    title: "Time to a certified margin in the max and spectral norm",
    options: { largest: 100_000, seconds: 600, seed: 1 },
    onPage: { offered: { largest: 10_000, seconds: 60 }, fixed: { seed: 1 } },
  },
  products: { title: "Matrix products in all variants", options: { largest: ["large", "small", "medium"], rounds: 7 } },
  roofline: {
    title: "Every kernel of a step against what the adapter does at most",
    options: { largest: ["large", "tiny", "small", "medium"] },
    onPage: { offered: { largest: "medium" } },
  },
  vocabulary: {
    title: "An iteration whose logits do not fit into a buffer",
    options: { words: 32_768, dim: 256, contexts: 16_384 },
    onPage: { offered: { words: 32_768, dim: 256, contexts: 16_384 } },
  },
  certified: {
    title: "Accelerated ascent on the GPU and in float64 JavaScript",
    options: { repetitions: 7 },
  },
  stories: {
    title: "Both factors of the stories' shape from start to end, and its nuclear margin",
    options: { steps: 30_000, seed: 1 },
  },
  svd: { title: "Singular value decompositions beside NumPy's", options: { seed: 1 } },
  receipts: { title: "What receipts of readbacks cost, and catch", options: { corruptions: 1000, seed: 1 } },
  laws: { title: "Laws with their constants, beside what is measured", options: { steps: 100_000 } },
  many: { title: "Many problems at once", options: { problems: 100_000 } },
  claims: { title: "Statuses of the solvers near the borders", options: { problems: 2000, seed: 1 } },
};

/** What `npm run bench -- page` serves: most of the benches as a page. */
export const PAGE = "page";
export const LABORATORY = "laboratory";
export const STOP = "stop";
/**
 * Benches that are no module in a page.
 * @type {Record<string, Pick<Bench, "options">>}
 */
export const OUTSIDE = {
  [LABORATORY]: { options: { seconds: 60, cycles: 100 } },
  [STOP]: { options: { repetitions: 5 } },
};
