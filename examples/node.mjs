// Trains a decoder in Node, on a GPU by the package `webgpu`, and holds it against both limits: node node.mjs
import { logOdds, marginOf, maxMargin, openGpu, train } from "next-token-bias";
import { problem } from "./counts.mjs";

const gpu = await openGpu(); // where there is no GPU: an error that says what helps
console.log("adapter:", gpu.adapter.label);

const finite = await logOdds(gpu, problem); // W*, where training stops inside F
const direction = await maxMargin(gpu, problem); // W_mm, where it points to
console.log("W*:", finite.status);
console.log("W_mm:", direction.status);

const run = train(gpu, problem, { steps: 5000, record: [0, 10, 100, 1000, 5000] });
for await (const { step, lossGap, norm } of run) console.log(`step ${step}: CE − H ${lossGap}, ‖W‖ ${norm}`);
const { trace, decoder } = await run.result();
console.log("loss gap:", trace.at(-1)?.lossGap);
console.log("margin of W/‖W‖:", marginOf(problem, decoder, "frobenius"));
console.log("largest margin:", direction.margin);
gpu.destroy();
