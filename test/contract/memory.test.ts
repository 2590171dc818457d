import { expect, test } from "vitest";
import { memoryNeeded, synthetic, type RunChoice } from "../../src/index.ts";

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

test("memory of both factors is counted by their dimension, which the problem's embeddings give where a run starts from them", async () => {
  const problem = synthetic({ contextCount: 9, embeddingDim: 48, vocabularySize: 20, supportSize: 2, seed: 1 });
  const choice = { model: "embeddings", execution: "stepwise" } as const;
  // 20 words and 9 contexts, padded, of 65,536 numbers each
  const wide = await memoryNeeded(problem, { ...choice, dimension: 65_536 });
  expect(wide.largestBufferBytes).toBe(4 * (32 + 12) * 65_536);
  // what the decoder is trained with has nothing of that size
  expect((await memoryNeeded(problem)).largestBufferBytes).toBeLessThan(wide.largestBufferBytes / 10);
  const given = await memoryNeeded(problem, { ...choice, initial: "given" });
  expect(given).toEqual(await memoryNeeded(problem, { ...choice, dimension: 48 }));
  expect(given).not.toEqual(await memoryNeeded(problem, choice));
  const adam = await memoryNeeded(problem, { ...choice, dimension: 48, optimizer: "adam" });
  expect(adam.totalBytes - given.totalBytes).toBeGreaterThan(4 * (32 + 12) * 48);
});

test.each<[RunChoice, string]>([
  [{ model: "embeddings", dimension: 0 }, "dimension: expected a whole number from 1 to 65536, found 0"],
  [{ model: "embeddings", initial: "given", dimension: 3 }, "dimension: expected 4, that of the problem's embeddings"],
  [{ model: "embeddings", initial: "zero" as never }, 'initial: expected "given", found "zero"'],
  [{ model: "both" as never }, 'model: expected "decoder" or "embeddings", found "both"'],
])("memory of %j is refused in a sentence", async (choice, message) => {
  const problem = synthetic({ contextCount: 3, embeddingDim: 4, vocabularySize: 5, supportSize: 2, seed: 1 });
  await expect(memoryNeeded(problem, choice)).rejects.toThrow(message);
});
