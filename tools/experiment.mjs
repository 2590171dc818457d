// npm run experiment -- NAME: an experiment of the papers, or a variation of one, headless, with its curves as files.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT, setUp } from "./setup.mjs";

await setUp({ browser: false });
const { EXIT, exitWith, OutputFolder, readModules, runLibrary, UsageError } = await import("./cli.mjs");
const { EXPERIMENTS } = await import("../src/studies/experiments.ts");
const { requireOneOf } = await import("../src/support/options.ts");

const HELP = `Usage: npm run experiment -- NAME [options]

  plane           three contexts in the plane: gradient descent, normalised steps, Adam (Paper 1, Figures 1 and 2)
  synthetic       50 contexts in 60 dimensions, the same optimisers (Paper 1, Figures 4 and 5)
  dimensions      50 contexts in 25, 44, 50, 60 and 100 dimensions
  incompatible    two contexts with one embedding and different probabilities
  zeroed          conditional probabilities set to zero, so that supports change
  nonseparable    two contexts with one embedding and no next word in common
  both-violated   neither condition holds

Options
  --steps N       steps of every run (10000)
  --seed N        seed of the problems and of a LeCun start (1)
  --out DIR       where the files go (results/NAME)

Writes result.json (all figures), curves.csv, verdict.txt and a figure for each curve as SVG.
`;

/** The files of every experiment; which figures there will be is known when it has run. */
const FILES = ["result.json", "curves.csv", "verdict.txt"];

await exitWith(async () => {
  const command = parse(process.argv.slice(2));
  if (!command) {
    process.stdout.write(HELP);
    return EXIT.done;
  }
  const { name, options, out } = command;
  await setUp({ browser: true });
  const { figures } = await import("./figures.mjs");
  const { FIGURES } = await import("../src/figures/figures.ts");
  const { curvesCsv } = await import("../src/studies/curves-csv.ts");
  const folder = new OutputFolder(out, FILES);
  process.once("exit", () => folder.discard());
  return await runLibrary(
    {
      loadModules: readModules,
      call: (half) => half.evaluate((script, asked) => script.experiment(asked), { name, options }),
      inputs: {},
      outputs: ["result.json"],
    },
    ({ files, report }) => {
      const json = files["result.json"];
      if (!json) return;
      /** @type {unknown} */
      const parsed = JSON.parse(new TextDecoder().decode(json));
      const record = /** @type {import("../src/index.ts").ExperimentRecord} */ (parsed);
      folder.write({
        "result.json": json,
        "curves.csv": curvesCsv(record),
        "verdict.txt": `${report}\n`,
        ...figures(record, FIGURES),
      });
      console.log(`${report}\n\nwritten to ${out}`);
    },
  );
});

/**
 * @param {string[]} args
 * @returns {{ name: string, options: { steps?: number, seed?: number }, out: string } | undefined} nothing when help is asked for
 */
function parse(args) {
  const { values, positionals } = parseOptions(args);
  if (values.help) return undefined;
  const [name, ...more] = positionals;
  if (name === undefined || more.length > 0)
    throw new UsageError(`experiment: expected one name, found ${positionals.length} (--help lists them)`);
  requireOneOf("experiment", name, Object.keys(EXPERIMENTS));
  const steps = wholeNumber("--steps", values.steps);
  const seed = wholeNumber("--seed", values.seed);
  return {
    name,
    options: { ...(steps !== undefined && { steps }), ...(seed !== undefined && { seed }) },
    out: values.out ?? join(ROOT, "results", name),
  };
}

/** @param {string[]} args */
function parseOptions(args) {
  const text = /** @type {const} */ ({ type: "string" });
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { steps: text, seed: text, out: text, help: { type: "boolean", short: "h" } },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/**
 * @param {string} name
 * @param {string | undefined} text
 */
function wholeNumber(name, text) {
  if (text === undefined || /^\d+$/.test(text)) return text === undefined ? undefined : Number(text);
  throw new UsageError(`${name}: expected a whole number, found ${text}`);
}
