// npm run study -- NAME: a question that many small pieces of work answer together, headless, in one process or in many.
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT, setUp } from "./setup.mjs";

await setUp({ browser: false });
const { EXIT, exitWith, OutputFolder, print, readModules, runLibrary, UsageError, wholeNumber } =
  await import("./cli.mjs");
const { mergeUnits, UnitFile } = await import("../src/cli/unit-file.ts");
const { writeNpz } = await import("../src/formats/write-npz.ts");
const { studyReport } = await import("../src/questions/run-study.ts");
const { STUDIES } = await import("../src/questions/studies.ts");
const { chosen, unitsOf } = await import("../src/questions/study.ts");
const { csvText } = await import("../src/results/csv.ts");
const { requireOneOf } = await import("../src/support/options.ts");
const { paperStudy, studyFigure } = await import("./pictures/study.mjs");

/**
 * @typedef {import("../src/index.ts").Study} Study
 * @typedef {import("../src/index.ts").Choices} Choices
 * @typedef {{ readonly index: number, readonly count: number }} Shard
 * @typedef {object} Command
 * @property {Study} study
 * @property {Choices} choices
 * @property {string} out
 * @property {Shard | undefined} shard
 * @property {number} processes
 * @property {readonly string[]} merge
 * @property {boolean} paper whether figures fit a column of a paper
 */

const HELP = `Usage: npm run study -- NAME [options]

${Object.values(STUDIES).map(describeStudy).join("\n\n")}

Options
  --out DIR       where the files go (results/NAME)
  --processes N   pages of Chrome that share the work (as many as there are processors: ${availableParallelism()})
  --shard I/N     only every N-th unit of work, from the I-th on; the report is left to --merge
  --merge DIR     the report of the units that shards have left in DIR, and in more folders after it
  --paper         figures for a column of a paper: 3.3 inches wide, text of 8 points, no title

Results are kept unit by unit in NAME.units.jsonl: the same command again goes on where one was stopped or killed. At the end
it writes NAME.csv, NAME.npz, NAME.svg, result.json and verdict.txt.
`;

/** @param {Study} study */
function describeStudy({ name, question, choices }) {
  const lines = Object.entries(choices).map(
    ([key, { help, default: value }]) => `  --${key}`.padEnd(18) + `${help} (${String(value)})`,
  );
  return [`${name}: ${question}`, ...lines].join("\n");
}

const VERSION = readVersion();

function readVersion() {
  /** @type {unknown} */
  const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  return /** @type {{ version: string }} */ (manifest).version;
}

await exitWith(async () => {
  const command = parse(process.argv.slice(2));
  if (!command) {
    print(HELP);
    return EXIT.done;
  }
  return command.merge.length > 0 ? merge(command) : await solve(command);
});

/** @param {Command} command */
function merge({ study, out, merge: folders, paper }) {
  const { head, results } = mergeUnits(folders, study.name);
  if (head.study !== study.name || head.version !== VERSION)
    throw new UsageError(
      `--merge: expected results of ${study.name} ${VERSION}, found those of ${head.study} ${head.version}`,
    );
  const choices = chosen(study, head.choices);
  const missing = unitsOf(study, choices).filter(({ number }) => !results.has(number));
  if (missing.length > 0) {
    const [some, more] = [missing.slice(0, 8).map(({ number }) => number), missing.length - 8];
    throw new UsageError(
      `${folders.join(", ")}: expected a result of every unit, found none of ${some.join(", ")}${more > 0 ? ` and ${more} more` : ""}`,
    );
  }
  writeReport({ study, choices, out, paper }, results);
  return EXIT.done;
}

/** @param {Command} command */
async function solve({ study, choices, out, shard, processes, paper }) {
  const { name } = study;
  const units = unitsOf(study, choices)
    .map(({ number }) => number)
    .filter((number) => !shard || number % shard.count === shard.index - 1);
  const fileName = `${name}${shard ? `.${shard.index}-of-${shard.count}` : ""}.units.jsonl`;
  const folder = new OutputFolder(out, [fileName]);
  process.once("exit", () => folder.discard());
  const file = new UnitFile(join(out, fileName), { study: name, version: VERSION, choices });
  const open = units.filter((number) => !file.results.has(number));
  const request = { name, choices, units: open };
  const exitCode =
    open.length === 0
      ? EXIT.done
      : await compute(request, Math.min(processes, open.length), (part) => file.add(part.unit, part.result));
  const isWhole = units.every((number) => file.results.has(number));
  file.close();
  if (!isWhole)
    print(`${file.results.size} of ${units.length} units are kept in ${join(out, fileName)}; the same command goes on`);
  else if (shard) print(`all ${units.length} units of the shard are in ${join(out, fileName)}`);
  else writeReport({ study, choices, out, paper }, file.results);
  return exitCode;
}

/**
 * @param {import("../src/cli/in-page.ts").StudyRequest} request
 * @param {number} pages
 * @param {(part: import("../src/cli/in-page.ts").StudyPart) => void} keep
 */
async function compute(request, pages, keep) {
  await setUp({ browser: true });
  return await runLibrary(
    {
      loadModules: readModules,
      pages,
      call: (half, page) => {
        const units = request.units.filter((_, i) => i % pages === page);
        return half.evaluate((script, asked) => script.study(asked), { ...request, units });
      },
      inputs: {},
      outputs: [],
      onPart: (part) => keep(/** @type {import("../src/cli/in-page.ts").StudyPart} */ (part)),
    },
    () => {},
  );
}

/**
 * @param {Pick<Command, "study" | "choices" | "out" | "paper">} command
 * @param {import("../src/cli/unit-file.ts").UnitResults} results
 */
function writeReport({ study, choices, out, paper }, results) {
  const { name, question } = study;
  const { csv, table, verdict, figures, arrays } = studyReport(study, choices, results);
  const rows = Object.fromEntries(
    Object.entries(csv).map(([file, [heads = [], ...lines]]) => [
      file,
      lines.map((line) => Object.fromEntries(line.map((cell, c) => [String(heads[c]), cell]))),
    ]),
  );
  const record = { study: name, question, version: VERSION, choices, units: results.size, verdict, rows };
  const folder = new OutputFolder(out, [`${name}.csv`]);
  /** @type {Record<string, string | Uint8Array>} */
  const files = {
    [`${name}.npz`]: writeNpz(arrays),
    "result.json": `${JSON.stringify(record, null, 2)}\n`,
    "verdict.txt": `${table}\n\n${verdict}\n`,
  };
  for (const [file, lines] of Object.entries(csv)) files[`${file}.csv`] = csvText(lines);
  for (const [file, figure] of Object.entries(figures))
    files[`${file}.svg`] = (paper ? paperStudy : studyFigure)(figure);
  folder.write(files);
  print(`${table}\n\n${verdict}\n\nwritten to ${out}`);
}

/**
 * @param {string[]} args
 * @returns {Command | undefined} nothing when help is asked for
 */
function parse(args) {
  const text = /** @type {const} */ ({ type: "string" });
  const keys = [...new Set(Object.values(STUDIES).flatMap(({ choices }) => Object.keys(choices)))];
  const { values, positionals } = parseOptions(args, {
    ...Object.fromEntries(keys.map((key) => [key, text])),
    out: text,
    shard: text,
    processes: text,
    merge: text,
    paper: { type: "boolean" },
    help: { type: "boolean", short: "h" },
  });
  if (values.help) return undefined;
  const [name, ...more] = positionals;
  if (name === undefined) throw new UsageError("study: expected a name, found none (--help lists them)");
  requireOneOf("study", name, Object.keys(STUDIES));
  const study = /** @type {Study} */ (STUDIES[name]);
  const { out, shard, processes, merge, paper, help: _, ...given } = values;
  /** @type {Record<string, import("../src/index.ts").ChoiceValue>} */
  const own = {};
  for (const [key, value] of Object.entries(given)) own[key] = readChoice(study, key, String(value));
  if (merge === undefined && more.length > 0)
    throw new UsageError(`study: expected one name, found ${positionals.length} (--help lists them)`);
  if (merge !== undefined && (Object.keys(own).length > 0 || shard !== undefined))
    throw new UsageError("--merge: expected no choices and no --shard, which the files of the shards have, found some");
  return {
    study,
    choices: chosen(study, own),
    out: typeof out === "string" ? out : join(ROOT, "results", name),
    shard: typeof shard === "string" ? readShard(shard) : undefined,
    processes:
      typeof processes === "string"
        ? wholeNumber({ least: 1, most: 256 })("--processes", processes)
        : availableParallelism(),
    merge: typeof merge === "string" ? [merge, ...more] : [],
    paper: paper === true,
  };
}

/**
 * @param {Study} study
 * @param {string} key
 * @param {string} text
 */
function readChoice({ name, choices }, key, text) {
  const range = choices[key]?.range;
  if (!range) throw new UsageError(`--${key}: no choice of ${name}, which has --${Object.keys(choices).join(", --")}`);
  return "least" in range ? wholeNumber(range)(`--${key}`, text) : text.split(",");
}

/** @param {string} text */
function readShard(text) {
  const [, index, count] = (/^([1-9]\d{0,6})\/([1-9]\d{0,6})$/.exec(text) ?? []).map(Number);
  if (index === undefined || count === undefined || index > count)
    throw new UsageError(`--shard: expected I/N with I from 1 to N such as 2/4, found ${text}`);
  return { index, count };
}

/**
 * @param {string[]} args
 * @param {Record<string, { type: "string" | "boolean", short?: string }>} options
 */
function parseOptions(args, options) {
  try {
    return parseArgs({ args, allowPositionals: true, options });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
