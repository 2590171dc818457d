import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Gpu } from "../../src/gpu/device.ts";
import { PacedSubmissions, type PaceOptions } from "../../src/gpu/paced-submissions.ts";

/** Milliseconds of the clock that the pace reads. */
let clock = 0;

beforeEach(() => {
  clock = 1000;
  vi.spyOn(performance, "now").mockImplementation(() => clock);
});
afterEach(() => vi.restoreAllMocks());

/** A device that takes whatever is submitted. */
function fakeGpu(assertHealthy: () => void = () => undefined): Gpu {
  const device = { createCommandEncoder: () => ({ finish: () => undefined }), queue: { submit: () => undefined } };
  return { device, assertHealthy } as unknown as Gpu;
}

/** Units of so many submissions, of which each unit takes `unitMs`. */
async function unitsOf(options: PaceOptions, unitMs: (submission: number) => number, count: number): Promise<number[]> {
  const submissions = new PacedSubmissions(fakeGpu(), "test", options);
  const found: number[] = [];
  while (found.length < count)
    await submissions.submit({
      record: (_, most) => {
        found.push(most);
        return most;
      },
      read: () => Promise.resolve(void (clock += found.at(-1)! * unitMs(found.length))),
    });
  return found;
}

test("submissions grow by the factor allowed to 45 ms, and to no more units than the most", async () => {
  expect(await unitsOf({ first: 1 }, () => 1, 5)).toEqual([1, 4, 16, 45, 45]);
  expect(await unitsOf({ first: 3, growth: 2, most: 20 }, () => 1, 5)).toEqual([3, 6, 12, 20, 20]);
});

test("submissions shrink at once, or by the factor allowed, and hold one unit at least", async () => {
  expect(await unitsOf({ first: 400 }, () => 1, 2)).toEqual([400, 45]);
  expect(await unitsOf({ first: 400, shrinkage: 2 }, () => 1, 4)).toEqual([400, 200, 100, 50]);
  expect(await unitsOf({ first: 2 }, () => 1000, 2)).toEqual([2, 1]);
});

test("fewer units than the most are measured as what they are, and some not at all", async () => {
  const submissions = new PacedSubmissions(fakeGpu(), "test", { first: 40 });
  const submit = (units: number | undefined, ms: number): Promise<void> =>
    submissions.submit({ record: () => units, read: () => Promise.resolve(void (clock += ms)) });
  await submit(10, 10);
  expect(submissions.units).toBe(45);
  await submit(undefined, 5000);
  expect(submissions.units).toBe(45);
});

test("a submission that waited for another is measured from the end of that", async () => {
  const submissions = new PacedSubmissions(fakeGpu(), "test", { first: 40 });
  const waits: (() => void)[] = [];
  const submit = (): Promise<void> =>
    submissions.submit({ record: (_, most) => most, read: () => new Promise((resolve) => waits.push(resolve)) });
  const both = [submit(), submit()];
  for (const [i, end] of [1040, 1080].entries()) {
    clock = end;
    waits[i]!();
    await both[i];
  }
  expect(submissions.units).toBe(45);
});

test("until ends with what the judge makes of a submission, or between two when it is cancelled", async () => {
  const submissions = new PacedSubmissions(fakeGpu(), "test", { first: 1 });
  let submitted = 0;
  const record = (): number => {
    if (submitted === 5) throw new Error("goes on and on");
    return ++submitted;
  };
  const work = { record, read: () => Promise.resolve(submitted) };
  expect(await submissions.until(work, (found) => (found === 3 ? "end" : undefined))).toBe("end");
  expect(submitted).toBe(3);
  const after5 = (): boolean => submitted >= 5;
  expect(await submissions.until(work, () => undefined, after5)).toBeUndefined();
  expect(submitted).toBe(5);
});

test("nothing is submitted to a device that something went wrong on", async () => {
  const lost = new Error("lost");
  const gpu = fakeGpu(() => {
    throw lost;
  });
  const record = vi.fn(() => 1);
  const submissions = new PacedSubmissions(gpu, "test", { first: 1 });
  await expect(submissions.submit({ record, read: () => Promise.resolve() })).rejects.toBe(lost);
  expect(record).not.toHaveBeenCalled();
});
