import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DecoderPoint, TracePoint, TrainEmbeddingsResult, TrainResult } from "../../src/index.ts";
import { caseBytes } from "../support/fixtures.ts";
import { Lab } from "../support/lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open();
});
afterAll(() => lab.close());

const call = <T>(name: string, ...args: unknown[]): Promise<T> =>
  lab.call<T>("/test/training/late-limits.page.ts", name, ...args);

const isMeasured = ({ alignment, subspaceError }: TracePoint): boolean =>
  alignment !== undefined || subspaceError !== undefined;

describe("a run towards limits that are still searched for", () => {
  // of one F is spanned by few enough rows for the host; of the other each projection begins where the last one ended
  test.each([
    ["plane", 1],
    ["plane", 20],
    ["plane", Infinity],
    ["medium", 15],
  ])("has the bits of one that knew them: %s, known after %s points", async (name, points) => {
    type Both = { atOnce: TrainResult; late: TrainResult; seen: DecoderPoint[] };
    const { atOnce, late, seen } = await call<Both>("runBoth", caseBytes(name), points, true);
    expect(late.status).toBe("done");
    expect(late.trace).toStrictEqual(atOnce.trace);
    expect(late.trace.every(isMeasured)).toBe(true);
    expect(seen.map(({ decoder }) => decoder)).toStrictEqual(atOnce.trace.map(({ decoder }) => decoder));
    expect(seen.filter(({ decoder }) => decoder).map(({ step }) => step)).toEqual([1, 10, 50, 300]);
    expect(seen.map(({ lossGap }) => lossGap)).toEqual(atOnce.trace.map(({ lossGap }) => lossGap));
    expect(seen.filter((point) => !isMeasured(point)).length).toBeGreaterThanOrEqual(Math.min(points, seen.length));
    expect(seen.some(isMeasured)).toBe(points < seen.length);
  });

  test("has their figures whatever is done meanwhile to the decoders that its points keep", async () => {
    const { atOnce, late } = await call<Record<string, TrainResult>>("runBoth", caseBytes("plane"), 20, true, true);
    const figures = ({ trace }: TrainResult): TracePoint[] => trace.map(({ decoder: _, ...point }) => point);
    expect(figures(late!)).toStrictEqual(figures(atOnce!));
  });

  test("has them in what is measured of it while it is paused", async () => {
    const { paused, whole } = await call<Record<string, DecoderPoint[]>>("measurePaused", caseBytes("plane"), 10);
    expect(paused!.length).toBeGreaterThanOrEqual(10);
    expect(paused!.length).toBeLessThan(whole!.length);
    expect(paused).toStrictEqual(whole!.slice(0, paused!.length));
    expect(whole!.every(isMeasured)).toBe(true);
  });

  test("has the bits of one that knew them: both factors", async () => {
    type Both = { atOnce: TrainEmbeddingsResult; late: TrainEmbeddingsResult; unmeasured: number };
    const { atOnce, late, unmeasured } = await call<Both>("trainBoth", caseBytes("plane"), 20);
    const figures = ({ trace }: TrainEmbeddingsResult): object[] => trace.map(({ factors: _, ...point }) => point);
    expect(unmeasured).toBeGreaterThanOrEqual(20);
    expect(figures(late)).toStrictEqual(figures(atOnce));
    expect(late.trace.every(({ alignment, modes }) => alignment !== undefined && modes)).toBe(true);
    expect(late.decoder).toStrictEqual(atOnce.decoder);
  });

  test("has none of their figures where there are none in the end", async () => {
    const { atOnce, late } = await call<Record<string, TrainResult>>("runBoth", caseBytes("plane"), 5, false);
    expect(late!.trace).toStrictEqual(atOnce!.trace);
  });

  test("fails with the search, on the way and at its end", async () => {
    expect(await call("failSearch", caseBytes("plane"), 5, "no luck")).toEqual(["no luck", "no luck"]);
    expect(await call("failSearch", caseBytes("plane"), Infinity, "no luck")).toEqual(["all there", "no luck"]);
    const refusal = "towards.finite: expected a decoder of 5 × 2 = 10 values, found 7";
    expect(await call("failSearch", caseBytes("plane"), 5)).toEqual([refusal, refusal]);
  });

  test("ends with its points as they are when it is cancelled", async () => {
    const result = await call<TrainResult>("cancelWaiting", caseBytes("plane"));
    expect([result.status, result.state.step, result.trace.at(-1)!.step]).toEqual(["cancelled", 300, 300]);
    expect(result.trace.some(isMeasured)).toBe(false);
  });

  test("waits for them where 256 MiB of decoders are kept", async () => {
    const [words, dim] = [4096, 1024];
    const embedding = Array.from({ length: dim }, (_, i) => (i === 0 ? 1 : 0));
    const row = { offsets: [0, 1], tokens: [0], probabilities: [1] };
    const given = { vocabularySize: words, embeddingDim: dim, embeddings: embedding, ...row };
    expect(await call("fillMemory", given, 8, 11)).toEqual([8, 11]);
  });
});
