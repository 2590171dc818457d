import { test } from "vitest";
import { appendFileSync } from "node:fs";
import { Lab } from "../support/lab.ts";
import { drawSupports, subsets, withSupports } from "../support/supports.ts";
test("t", async () => {
  const lab = await Lab.open();
  for (const [name, given, o] of [
    ["sym", withSupports(5, subsets([0, 1, 2, 3, 4], 2), 5), { dimension: 5, steps: 100000, stepSize: 1, scale: 0.1 }],
    ["16", withSupports(30, drawSupports(3, 30, 16, 3, true), 5), { dimension: 128, steps: 2000, stepSize: 1 }],
    [
      "16 stepwise",
      withSupports(30, drawSupports(3, 30, 16, 3, true), 5),
      { dimension: 128, steps: 2000, stepSize: 1, execution: "stepwise" },
    ],
  ] as const) {
    const t = performance.now();
    const r = await lab.call<any>("/test/training/embeddings.page.ts", "run", given as never, o as never);
    const p = r.trace.at(-1);
    appendFileSync(
      "/tmp/zz.txt",
      `${name} ${r.status} ${r.execution} ${(performance.now() - t).toFixed(0)} ms, gap ${p.lossGap} W ${p.decoderNorm} H ${p.embeddingNorm}\n`,
    );
  }
}, 200000);
