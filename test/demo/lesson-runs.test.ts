import { afterAll, beforeAll, expect, test } from "vitest";
import type { Answer, LessonName } from "../../demo/lessons/lesson.ts";
import type { KnownLimits } from "../../demo/limits.ts";
import { difference, norm } from "../../src/float64/vectors.ts";
import { paper1Plane, type MaxMargin, type TracePoint } from "../../src/index.ts";
import { Lab } from "../support/lab.ts";

const PAGE = "/test/demo/lessons.page.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open();
});
afterAll(() => lab?.close());

interface Measured {
  readonly trace: readonly TracePoint[];
  readonly limits: KnownLimits;
  readonly H: number;
}

const answer = (name: LessonName): Promise<Answer> => lab.call(PAGE, "answer", name);
const measured = (name: LessonName): Promise<Measured> => lab.call(PAGE, "measured", name);

test("the loss comes near to H and stays above it at every step, near to its law at the end", async () => {
  const { right, text } = await answer("entropy");
  expect(right).toBe(1);
  const { trace, H } = await measured("entropy");
  for (const { lossGap, loss } of trace) {
    expect(lossGap).toBeGreaterThan(0);
    // eight units of float32 between 1 and 2, where the loss starts
    expect(Math.abs(loss - H - lossGap)).toBeLessThan(1e-6);
  }
  // laws are expected to hold within a tenth where they hold
  const ratio = Number(/([\d.]+) times what theory said/.exec(text)![1]);
  expect(Math.abs(ratio - 1)).toBeLessThan(0.1);
});

test("the finite part settles and the rest grows, by as much for every tenfold of steps", async () => {
  expect((await answer("subspaces")).right).toBe(1);
  const { right, text } = await answer("growth");
  expect(right).toBe(1);
  const [, gained, said] = /then by ([\d.]+), where theory said ([\d.]+)\./.exec(text)!.map(Number);
  expect(Math.abs(gained! / said! - 1)).toBeLessThan(0.1);
});

test("W_mm is the same for other probabilities and frequencies, and another for another context", async () => {
  expect((await answer("margin")).right).toBe(0);
  const { margin } = (await measured("margin")).limits;
  const [sameWords, elsewhere] = await lab.call<MaxMargin[]>(PAGE, "otherMargins");
  expect(paper1Plane().offsets).toEqual(Uint32Array.of(0, 3, 6, 9));
  // each is off W_mm by at most √gap of its norm
  const bound = Math.sqrt(margin!.relativeGap) + Math.sqrt(sameWords!.relativeGap);
  expect(norm(difference(margin!.decoder!, sameWords!.decoder!))).toBeLessThanOrEqual(bound * margin!.norm);
  expect(elsewhere!.lowerBound > margin!.upperBound || elsewhere!.upperBound < margin!.lowerBound).toBe(true);
});

test("without separability the part off support stays, and without compatibility the part in support", async () => {
  const { right, text } = await answer("failing");
  expect(right).toBe(1);
  const least = Number(/below ([\d.]+):/.exec(text)![1]);
  const { trace, limits } = await measured("failing");
  expect(limits.finite!.status).toBe("compatible");
  expect(limits.margin!.decoder).toBeUndefined();
  for (const { offSupportGap } of trace) expect(offSupportGap).toBeGreaterThan(least * (1 - 1e-3));
  const [before, after] = await lab.call<TracePoint[]>(PAGE, "partsAfter", "incompatible", 1000, 10_000);
  expect(after!.inSupportGap).toBeGreaterThan(before!.inSupportGap / Math.sqrt(10));
  expect(after!.offSupportGap).toBeLessThan(before!.offSupportGap / Math.sqrt(10));
});

test("contexts with the same next words come together", async () => {
  expect((await answer("collapse")).right).toBe(0);
});

test("the strongest mode comes first, and one of half the strength after twice the time", async () => {
  const { right, text } = await answer("order");
  expect(right).toBe(1);
  const found = [...text.matchAll(/s = ([\d.]+) at step ([\d,]+)/g)].map(([, s, step]) => ({
    strength: Number(s),
    step: Number(step!.replaceAll(",", "")),
  }));
  expect(found.length).toBeGreaterThanOrEqual(3);
  const [middle, weak] = found.slice(-2);
  expect(weak!.strength / middle!.strength).toBeCloseTo(0.5, 3);
  // recorded steps are an eighth apart
  expect(Math.abs(weak!.step / middle!.step / 2 - 1)).toBeLessThan(0.25);
});
