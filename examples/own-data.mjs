// A table of your own counts, with the columns context, next and count, and what theory says of it: node own-data.mjs [TABLE]
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { analyse, describeVerdict, openGpu, readProblem } from "next-token-bias";

const path = process.argv[2] ?? new URL("own-data.csv", import.meta.url);
const table = new File([await readFile(path)], basename(String(path)));

const { problem, notes } = await readProblem(table);
console.log(`${problem.contextCount} contexts, ${problem.vocabularySize} words`);
console.log("H:", problem.entropy);
console.log(notes.join("\n")); // among others, how the embeddings were drawn, of which a table has none

const gpu = await openGpu();
const { status, result } = await analyse(table, { gpu, steps: 2000 });
console.log("run:", status);
for (const { name, text } of result.verdict ? describeVerdict(result.verdict) : []) console.log(`${name}: ${text}`);
gpu.destroy();
