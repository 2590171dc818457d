// npm run experiment -- NAME: an experiment of the papers, or a variation of one, headless, with its curves as files.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT, setUp } from "./setup.mjs";

await setUp({ browser: false });
const { EXIT, exitWith, OutputFolder, print, readModules, runLibrary, UsageError, wholeNumber } =
  await import("./cli.mjs");
const { FIGURES } = await import("../src/figures/figures.ts");
const { FACTOR_FIGURES, PATH_FIGURES } = await import("../src/figures/embedding-figures.ts");
const { readWholeNpz } = await import("../src/formats/npz.ts");
const { curvesCsv, spectraCsv } = await import("../src/studies/curves-csv.ts");
const { EMBEDDING_EXPERIMENTS } = await import("../src/studies/embedding-experiments.ts");
const { EXPERIMENTS } = await import("../src/studies/experiments.ts");
const { requireOneOf } = await import("../src/support/options.ts");
const { MOST_STEPS } = await import("../src/training/run-settings.ts");
const { embeddingFigures } = await import("./pictures/embedding-figures.mjs");
const { figures } = await import("./pictures/figures.mjs");

const HELP = `Usage: npm run experiment -- NAME [options]

  plane           three contexts in the plane: gradient descent, normalised steps, Adam (Paper 1, Figures 1 and 2)
  synthetic       50 contexts in 60 dimensions, the same optimisers (Paper 1, Figures 4 and 5)
  dimensions      50 contexts in 25, 44, 50, 60 and 100 dimensions
  incompatible    two contexts with one embedding and different probabilities
  zeroed          conditional probabilities set to zero, so that supports change
  nonseparable    two contexts with one embedding and no next word in common
  both-violated   neither condition holds
  three-norms     margins in the Frobenius, max and spectral norm, with one next word and with three

With words and contexts trained together:

  p2-synthetic    16 contexts, 30 words: AdamW, Adam, gradient descent (Paper 2)
  p2-stories      403 contexts, 104 words of small stories in 128, 64 and 32 dimensions (Paper 2)
  ridge-both      the ridge path of both factors, and the laws of its limit
  collapse        contexts with one support and different probabilities
  symmetric       every k of V words: the simplex and its angles
  smoothing       label smoothing of 0.1, 0.01, 0.001 and none
  emergence       a small start: the order in which modes are learned

Options
  --steps N       steps of every run (10000; 3000 for p2-stories, 4000 for emergence)
  --seed N        seed of the problems and of starts (1)
  --out DIR       where the files go (results/NAME)
  --paper         figures for a column of a paper: 3.3 inches wide, text of 8 points, no title

Writes result.json (all figures), curves.csv, verdict.txt and a figure for each curve as SVG. With trained embeddings also
singular-values.csv, and the matrices they were looked at by: maps.npz, maps/*.png, and together with labels as SVG.
`;

/** The files of every experiment; which figures there will be is known when it has run. */
const FILES = ["result.json", "curves.csv", "verdict.txt", "singular-values.csv", "maps.npz"];

await exitWith(async () => {
  const command = parse(process.argv.slice(2));
  if (!command) {
    print(HELP);
    return EXIT.done;
  }
  const { name, options, out, paper } = command;
  await setUp({ browser: true });
  const folder = new OutputFolder(out, FILES);
  process.once("exit", () => folder.discard());
  return await runLibrary(
    {
      loadModules: readModules,
      call: (half) => half.evaluate((script, asked) => script.experiment(asked), { name, options }),
      inputs: {},
      outputs: ["result.json", "maps.npz"],
    },
    ({ files, report }) => {
      const { "result.json": json, "maps.npz": maps } = files;
      if (!json) return;
      print(report);
      const text = new TextDecoder().decode(json);
      const drawn = maps ? { ...embeddingFiles(text, maps, paper), "maps.npz": maps } : decoderFiles(text, paper);
      folder.write({ "result.json": json, "verdict.txt": `${report}\n`, ...drawn });
      print(`\nwritten to ${out}`);
    },
  );
});

/**
 * @param {string} json
 * @param {boolean} paper
 */
function decoderFiles(json, paper) {
  /** @type {unknown} */
  const parsed = JSON.parse(json);
  const record = /** @type {import("../src/index.ts").ExperimentRecord} */ (parsed);
  return { "curves.csv": curvesCsv(record, FIGURES), ...figures(record, FIGURES, paper) };
}

/**
 * @param {string} json
 * @param {Uint8Array} maps
 * @param {boolean} paper
 */
function embeddingFiles(json, maps, paper) {
  /** @type {unknown} */
  const parsed = JSON.parse(json);
  const record = /** @type {import("../src/index.ts").EmbeddingExperimentRecord} */ (parsed);
  const table = [...FACTOR_FIGURES, ...PATH_FIGURES];
  return {
    "curves.csv": curvesCsv(record, table),
    "singular-values.csv": spectraCsv(record),
    ...embeddingFigures(record, readMatrices(maps), table, paper),
  };
}

/** @param {Uint8Array} maps */
function readMatrices(maps) {
  return new Map(
    [...readWholeNpz("maps.npz", maps)].map(([name, { data, shape }]) => {
      if (!(data instanceof Float64Array)) throw new Error(`maps.npz: expected float64 in ${name}`);
      return [name, { data, shape }];
    }),
  );
}

/**
 * @param {string[]} args
 * @returns {{ name: string, options: { steps?: number, seed?: number }, out: string, paper: boolean } | undefined} nothing when help is asked for
 */
function parse(args) {
  const { values, positionals } = parseOptions(args);
  if (values.help) return undefined;
  const [name, ...more] = positionals;
  if (name === undefined || more.length > 0)
    throw new UsageError(`experiment: expected one name, found ${positionals.length} (--help lists them)`);
  requireOneOf("experiment", name, [...Object.keys(EXPERIMENTS), ...Object.keys(EMBEDDING_EXPERIMENTS)]);
  const steps =
    values.steps === undefined ? undefined : wholeNumber({ least: 0, most: MOST_STEPS })("--steps", values.steps);
  const seed =
    values.seed === undefined
      ? undefined
      : wholeNumber({ least: 0, most: Number.MAX_SAFE_INTEGER })("--seed", values.seed);
  return {
    name,
    options: { ...(steps !== undefined && { steps }), ...(seed !== undefined && { seed }) },
    out: values.out ?? join(ROOT, "results", name),
    paper: values.paper === true,
  };
}

/** @param {string[]} args */
function parseOptions(args) {
  const text = /** @type {const} */ ({ type: "string" });
  const flag = /** @type {const} */ ({ type: "boolean" });
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { steps: text, seed: text, out: text, paper: flag, help: { ...flag, short: "h" } },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
