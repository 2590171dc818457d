import { describe, expect, test } from "vitest";
import { readProblem } from "../../src/formats/problem-file.ts";
import { createProblem } from "../../src/problem/problem.ts";
import { findConflict } from "../../src/float64/conflicting-contexts.ts";
import { caseBytes, CASES } from "../support/fixtures.ts";
import { dualFigures, uniformInput } from "../support/margin.ts";

type Row = readonly [embedding: readonly number[], support: readonly number[]];

const problemOf = (rows: readonly Row[]): ReturnType<typeof createProblem> =>
  createProblem(
    uniformInput(
      rows.map(([embedding]) => embedding),
      rows.map(([, support]) => support),
      4,
    ),
  );

const OTHER: Row = [[1, 0, 0], [0]];

describe("contexts that exclude each other are found, with an exact proof", () => {
  test.each<[string, Row[], [number, number]]>([
    [
      "one embedding, disjoint supports",
      [
        OTHER,
        [
          [1, 2, 3],
          [0, 1],
        ],
        [
          [1, 2, 3],
          [2, 3],
        ],
      ],
      [1, 2],
    ],
    [
      "one embedding, a support within the other",
      [
        [
          [1, 2, 3],
          [0, 1],
        ],
        OTHER,
        [[1, 2, 3], [0]],
      ],
      [0, 2],
    ],
    [
      "one embedding, the other way round",
      [
        [[1, 2, 3], [0]],
        OTHER,
        [
          [1, 2, 3],
          [0, 1],
        ],
      ],
      [0, 2],
    ],
    [
      "a multiple of two",
      [
        [
          [1, 2, 3],
          [0, 1],
        ],
        [
          [2, 4, 6],
          [1, 2],
        ],
      ],
      [0, 1],
    ],
    [
      "a multiple that rounds",
      [
        [[0.1, 0.7, 0], [0]],
        [[0.1 * 4, 0.7 * 4, 0], [1]],
      ],
      [0, 1],
    ],
    [
      "a third of",
      [
        [[3, 9, -27], [0]],
        [[1, 3, -9], [1]],
      ],
      [0, 1],
    ],
    [
      "opposite embeddings, overlapping supports",
      [
        [
          [0, 2, 3],
          [0, 1],
        ],
        OTHER,
        [
          [0, -4, -6],
          [1, 2],
        ],
      ],
      [0, 2],
    ],
    [
      "opposite embeddings, one support is everything",
      [
        [
          [0, 2, 3],
          [0, 1, 2, 3],
        ],
        [[0, -2, -3], [1]],
      ],
      [0, 1],
    ],
    [
      "one embedding, one support is everything",
      [
        [
          [0, 2, 3],
          [0, 1, 2, 3],
        ],
        [[0, 2, 3], [1]],
      ],
      [0, 1],
    ],
    [
      "an embedding of zero",
      [
        OTHER,
        [
          [0, 0, 0],
          [1, 2],
        ],
      ],
      [1, 1],
    ],
    [
      "a third context that goes with neither",
      [
        [[1, 1, 0], [0]],
        [[-1, -1, 0], [1]],
        [
          [-2, -2, 0],
          [1, 2],
        ],
      ],
      [1, 2],
    ],
  ])("%s", (_, rows, pair) => {
    const problem = problemOf(rows);
    const found = findConflict(problem)!;
    expect(found.pair).toEqual(pair);
    const { largestSum, largestOff, total, norm } = dualFigures(problem, found.certificate);
    expect(largestSum).toBe(0);
    expect(largestOff).toBeLessThanOrEqual(0);
    expect(Math.abs(total - 1)).toBeLessThan(1e-15);
    expect(norm).toBeLessThan(1e-15);
  });
});

describe("contexts that go together are not accused", () => {
  test.each<[string, Row[]]>([
    [
      "one embedding, one support",
      [
        [
          [1, 2, 3],
          [0, 1],
        ],
        [
          [2, 4, 6],
          [0, 1],
        ],
      ],
    ],
    [
      "opposite embeddings, disjoint supports",
      [
        [
          [1, 2, 3],
          [0, 1],
        ],
        [[-1, -2, -3], [2]],
      ],
    ],
    [
      "opposite embeddings, both followed by everything",
      [
        [
          [1, 2, 3],
          [0, 1, 2, 3],
        ],
        [
          [-1, -2, -3],
          [0, 1, 2, 3],
        ],
      ],
    ],
    [
      "zero, followed by everything",
      [
        OTHER,
        [
          [0, 0, 0],
          [0, 1, 2, 3],
        ],
      ],
    ],
    [
      "nearly parallel by one unit",
      [
        [[1, 2, 3], [0]],
        [[1, 2, 3 + 2 ** -51], [1]],
      ],
    ],
    [
      "equal ratios in the first coordinates alone",
      [
        [[1, 0, 0], [0]],
        [[1, 0, 1e-300], [1]],
      ],
    ],
    [
      "parallel only after rounding",
      [
        [[3, 1, 0], [0]],
        [[1, 1 / 3, 0], [1]],
      ],
    ],
    [
      "products too small to be compared",
      [
        [[1e-200, 1e-200, 0], [0]],
        [[2e-200, 2e-200, 0], [1]],
      ],
    ],
  ])("%s", (_, rows) => {
    expect(findConflict(problemOf(rows))).toBeUndefined();
  });
});

test.each(CASES)("of the solved cases only support-clash has a pair that excludes itself: %s", async (name) => {
  const file = new File([caseBytes(name) as Uint8Array<ArrayBuffer>], `${name}.npz`);
  const found = findConflict((await readProblem(file)).problem);
  expect(found?.pair).toEqual(name === "support-clash" ? [0, 1] : undefined);
});
