import { expect, test } from "vitest";
import { memoryNeeded, synthetic } from "../../src/index.ts";

test("memory is counted where there is no WebGPU, of logits that take a block of contexts at a time too", async () => {
  expect("GPUBufferUsage" in globalThis).toBe(false);
  const words = 300_000;
  const problem = synthetic({ contextCount: 128, embeddingDim: 4, vocabularySize: words, supportSize: 2, seed: 1 });
  const plain = await memoryNeeded(problem);
  // the logits of 64 contexts fit into 128 MiB, those of 128 do not
  expect(plain.largestBufferBytes).toBe(4 * 64 * words);
  const decoder = 4 * 4 * words;
  const adam = await memoryNeeded(problem, { optimizer: "adam" });
  expect(adam.largestBufferBytes).toBe(plain.largestBufferBytes);
  expect(adam.totalBytes - plain.totalBytes).toBeGreaterThan(decoder);
});
