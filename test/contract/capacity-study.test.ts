import { describe, expect, test } from "vitest";
import type { Gpu } from "../../src/gpu/device.ts";
import { bracket } from "../../src/questions/capacity/bracket.ts";
import { CAPACITY, firstContexts } from "../../src/questions/capacity/capacity.ts";
import type { CapacityResult, CapacityWork } from "../../src/questions/capacity/work.ts";
import { median, medianInterval } from "../../src/questions/median.ts";
import { runStudy, studyReport } from "../../src/questions/run-study.ts";
import { chosen, unitsOf, type Study, type StudyReport, type Unit } from "../../src/questions/study.ts";
import { theta } from "../../src/questions/threshold/theta.ts";
import { finished } from "../../src/support/host-spells.ts";

const study = CAPACITY as unknown as Study;
const NO_GPU = undefined as unknown as Gpu;

/** The bracket of a stream that is separable up to a number of contexts, with the numbers that were looked at. */
function bracketed(
  most: number,
  guess: number,
  undecided: readonly number[] = [],
): CapacityResult & { looks: number[] } {
  const looks: number[] = [];
  const result = finished(
    bracket(function* (m) {
      looks.push(m);
      yield undefined;
      return undecided.includes(m) ? undefined : m <= most;
    }, guess),
  );
  return { ...result, looks };
}

describe("a bracket", () => {
  test("is closed wherever the guess lies, and looks at no number twice", () => {
    for (let most = 0; most <= 40; most++)
      for (const guess of [1, 5, 17, 40]) {
        if (most > 15 * guess) continue;
        const { separable, inseparable, looks } = bracketed(most, guess);
        expect([separable, inseparable]).toEqual([most, most + 1]);
        expect(new Set(looks).size).toBe(looks.length);
        expect(looks.length).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(Math.abs(most - guess) + 2)) + 2);
      }
  });

  test("stays open by what is not decided", () => {
    expect(bracketed(10, 10, [10, 11])).toMatchObject({ separable: 9, inseparable: 12 });
    expect(bracketed(10, 4, [9, 10])).toMatchObject({ separable: 8, inseparable: 11 });
    expect(bracketed(10, 10, [11])).toMatchObject({ separable: 10, inseparable: 12 });
  });

  test("has no upper end where none is found", () => {
    expect(bracketed(1000, 4)).toMatchObject({ separable: 35, inseparable: null });
  });
});

test("a stream's first contexts are those of its longer problems", () => {
  const size: CapacityWork = { words: 10, support: 3, dim: 4 };
  const [short, long] = [7, 20].map((m) => firstContexts(size, 5, m)) as [
    ReturnType<typeof firstContexts>,
    ReturnType<typeof firstContexts>,
  ];
  expect(long.embeddings.subarray(0, 28)).toEqual(short.embeddings);
  expect(long.tokens.subarray(0, 21)).toEqual(short.tokens);
});

describe("two words", () => {
  async function streamsOf(dim: number, streams: number): Promise<[Unit<CapacityWork>, CapacityResult][]> {
    const found: [Unit<CapacityWork>, CapacityResult][] = [];
    for await (const { unit, result } of runStudy(NO_GPU, study, { sizes: [`2/1/${dim}`], streams }))
      found.push([unit as Unit<CapacityWork>, result as CapacityResult]);
    return found;
  }

  test("in one dimension are separable until a sign disagrees", async () => {
    for (const [{ seed, work }, result] of await streamsOf(1, 30)) {
      const { embeddings, tokens } = firstContexts(work, seed, 40);
      const sides = [...embeddings].map((h, j) => Math.sign(h) * (tokens[j] === 0 ? 1 : -1));
      const first = sides.findIndex((side) => side !== sides[0]);
      expect(result).toEqual({ separable: first, inseparable: first + 1 });
    }
  });

  // Cover 1965: 2^(1 − m) Σ_{i<d} C(m − 1, i) of sets of m points are separable; the sum of that over m is 2 d. The number of contexts
  // until one is not is that of throws until the dth head, of variance 2 d.
  test("in two dimensions are separable up to four contexts on average", async () => {
    const streams = 150;
    const found = await streamsOf(2, streams);
    const mean = found.reduce((sum, [, { separable }]) => sum + separable, 0) / streams;
    expect(found.every(([, { separable, inseparable }]) => inseparable === separable + 1)).toBe(true);
    expect(Math.abs(mean - 4)).toBeLessThan(4 * Math.sqrt(4 / streams));
  });
});

describe("a median", () => {
  test("of an odd and of an even number of values", () => {
    expect([median([3]), median([9, 1, 4]), median([4, 1, 9, 2])]).toEqual([3, 4, 3]);
    expect(median([])).toBeNaN();
  });

  // P(X ≥ 9 of 10 even throws) = 11/1024 = 1.1 %, P(X ≥ 8) = 5.5 %
  test("has an interval between values that are too far out for chance", () => {
    const values = Array.from({ length: 10 }, (_, i) => i);
    expect(medianInterval(values)).toEqual([1, 8]);
    expect(medianInterval([1, 2, 3, 4, 5])).toEqual([-Infinity, Infinity]);
  });
});

describe("a report", () => {
  const CHOICES = { sizes: ["10/1/2", "10/1/4", "10/6/4"], streams: 11 };

  /** On streams whose number of separable contexts lies around a middle for each size. */
  function report(
    change: (result: CapacityResult, stream: number) => CapacityResult = (result) => result,
  ): StudyReport {
    const middles: Record<string, number> = { "10/1/2": 6, "10/1/4": 15, "10/6/4": 4 };
    const results = unitsOf(study, chosen(study, CHOICES)).map(({ number, work }) => {
      const { words, support, dim } = work as CapacityWork;
      const stream = number % 11;
      const separable = middles[`${words}/${support}/${dim}`]! + Math.sign(stream - 5);
      return [number, change({ separable, inseparable: separable + 1 }, stream)] as const;
    });
    return studyReport(study, CHOICES, new Map(results));
  }

  test("says how far m* is from d/θ", () => {
    // θ = 0.22134 of (10, 1) and 0.75092 of (10, 6): m* − d/θ = −3.036, −3.071 and −1.327; V/(2 ln V) = 2.1715
    expect(report().verdict).toBe(
      [
        "m*/d is 0.664 to 0.83 times 1/θ, and 0.7509 to 0.83 times at the largest d of each (V, |S|). m* differs from d/θ by -3.071 to -1.327 contexts, which is -0.9963 to -0.6719 dimensions.",
        "d/θ lies within the interval of the median at 0 of 3 sizes.",
        "With 10 words, one-hot, m* is 1.727 times d V/(2 ln V), and d/θ 2.081 times.",
        "33 streams, m* of 33 of them proved from both sides in float64, 0 undecided.",
      ].join("\n"),
    );
  });

  test("has a row for each size, and levels of 1/θ", () => {
    const { csv, figures } = report();
    expect(csv.capacity![0]!.join()).toBe(
      "V,support,d,streams,median_m,median_low,median_high,undecided,theta,d_over_theta,many_words,ratio,shift",
    );
    expect(csv.capacity![2]!.slice(0, 8)).toEqual([10, 1, 4, 11, 15, 14, 16, 0]);
    expect(csv.capacity![3]![10]).toBeUndefined();
    const { series } = figures.capacity!;
    expect(series.map(({ levels }) => levels)).toEqual([[1 / theta(10, 1)], [1 / theta(10, 6)]]);
    expect(series[0]!.points.map(({ x, y }) => [x, y])).toEqual([
      [2, 3],
      [4, 3.75],
    ]);
  });

  test("has no median where streams that are not decided can move it", () => {
    const few = report((result, stream) => (stream === 10 ? { ...result, inseparable: null } : result));
    expect(few.csv.capacity![1]!.slice(4, 8)).toEqual([6, 5, 7, 1]);
    expect(few.verdict).toContain("proved from both sides in float64, 3 undecided.");
    const many = report((result) => ({ ...result, inseparable: result.inseparable! + 1 }));
    expect(many.csv.capacity![1]!.slice(4, 8)).toEqual([undefined, 5, 8, 11]);
    expect(many.verdict).toMatch(/^No median of m\* is known\.\n/);
    expect(many.figures.capacity!.series[0]!.points).toEqual([]);
  });
});

test("refuses sizes that there are not", () => {
  expect(() => unitsOf(study, chosen(study, { sizes: ["4/4/2"] }))).toThrow(
    "sizes: expected fewer next words than words, found 4/4/2",
  );
});
