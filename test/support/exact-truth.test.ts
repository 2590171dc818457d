import { describe, expect, test } from "vitest";
import { createProblem, type Problem } from "../../src/index.ts";
import { RandomStream } from "../../src/support/random.ts";
import { exactTruth, leastNormDecoder, type Place } from "./exact-truth.ts";

type Row = readonly [embedding: readonly number[], support: readonly number[], probabilities?: readonly number[]];

/** Without probabilities a context has equal ones. */
function problemOf(V: number, rows: readonly Row[]): Problem {
  const offsets = [0];
  for (const [, support] of rows) offsets.push(offsets.at(-1)! + support.length);
  return createProblem({
    vocabularySize: V,
    embeddingDim: rows[0]![0].length,
    embeddings: Float64Array.from(rows.flatMap(([embedding]) => embedding)),
    offsets,
    tokens: rows.flatMap(([, support]) => support),
    probabilities: rows.flatMap(([, support, p]) => p ?? support.map(() => 1 / support.length)),
    contextLabels: rows.map((_, j) => `context ${j}`),
  });
}

describe("what supports allow", () => {
  const everyWord = (V: number, rows: readonly Row[]): Place[] =>
    rows.flatMap(([, support], j) =>
      Array.from({ length: V }, (_, v): Place => [j, v]).filter(([, v]) => !support.includes(v)),
    );

  test("a part of the words is left behind where one embedding has two supports and a third word follows neither", () => {
    // words 0 and 1 have to be level along (1, 0), and 2 may be below both there; along (0, 1) nothing is in the way
    const truth = exactTruth(
      problemOf(3, [
        [[1, 0], [0]],
        [[1, 0], [1]],
        [[0, 1], [2]],
      ]),
    );
    expect(truth).toMatchObject({ separable: false, finiteMinimiser: false });
    expect(truth.leftBehind).toEqual([
      [0, 2],
      [1, 2],
      [2, 0],
      [2, 1],
    ]);
  });

  test.each<[string, number, Row[]]>([
    // (w_0 − w_1)ᵀ(1, 0) > 0 > (w_0 − w_1)ᵀ(1, ε) by the second coordinate
    ["an angle of 1e-9", 2, [[[1, 0], [0]], [[1, 1e-9], [1]]]], // prettier-ignore
    ["an angle of a unit in the last place", 2, [[[1, 0], [0]], [[1, 2 ** -1074], [1]]]], // prettier-ignore
    ["a common offset of 2000", 2, [[[1999, 1], [0]], [[2000, 1], [1]]]], // prettier-ignore
    ["norms that differ by 1e9", 3, [[[1, 0], [0]], [[0, 1e-9], [1]]]], // prettier-ignore
    ["opposite embeddings with supports that exclude each other", 2, [[[3], [0]], [[-1], [1]]]], // prettier-ignore
    ["one-hot embeddings", 3, [[[1, 0, 0], [0]], [[0, 1, 0], [0, 2]], [[0, 0, 1], [1]]]], // prettier-ignore
    ["words of one support in two contexts", 4, [[[1, 0], [0, 1]], [[2, 0], [0, 1]], [[1, 1], [1, 2, 3]]]], // prettier-ignore
  ])("%s separates", (_, V, rows) => {
    expect(exactTruth(problemOf(V, rows))).toMatchObject({
      separable: true,
      finiteMinimiser: false,
      leftBehind: everyWord(V, rows),
    });
  });

  test.each<[string, number, Row[]]>([
    // 0 ≥ 1 and 1 ≥ 0
    ["one embedding with two supports", 2, [[[1, 0], [0]], [[1, 0], [1]]]], // prettier-ignore
    ["a third of an embedding, where a third is exact", 2, [[[3, 9], [0]], [[1, 3], [1]]]], // prettier-ignore
    // (w_0 − w_1)ᵀh ≥ 0 at both h and −h
    ["opposite embeddings with one support", 2, [[[1, 2], [0]], [[-1, -2], [0]]]], // prettier-ignore
    // x ≥ 0, y ≥ 0 and x + y ≤ 0 leave x = y = 0
    ["three supports on a plane", 2, [[[1, 0], [0]], [[0, 1], [0]], [[1, 1], [1]]]], // prettier-ignore
    ["an embedding of zero", 2, [[[0, 0], [0]]]], // prettier-ignore
    // w_0 = w_1 along both, so that neither can be above
    ["two equal words", 2, [[[1, 0], [0, 1]], [[0, 1], [0, 1]], [[1, 1], [0]]]], // prettier-ignore
  ])("%s: no word can be left behind", (_, V, rows) => {
    expect(exactTruth(problemOf(V, rows))).toMatchObject({ separable: false, finiteMinimiser: true, leftBehind: [] });
  });

  test("a third of an embedding, rounded, is another direction", () => {
    const rows: Row[] = [[[1, 0.1], [0]], [[1 / 3, 0.1 / 3], [1]]]; // prettier-ignore
    expect(exactTruth(problemOf(2, rows)).separable).toBe(true);
  });

  test("full supports leave nothing to separate", () => {
    const truth = exactTruth(problemOf(2, [[[1], [0, 1]], [[1], [0, 1], [0.25, 0.75]]])); // prettier-ignore
    expect(truth).toEqual({
      rank: 1,
      relationCount: 1,
      compatible: "no",
      separable: true,
      finiteMinimiser: true,
      leftBehind: [],
    });
  });

  test("every small whole direction was tried on 100 small whole problems", () => {
    // Extreme directions of these cones have entries of at most 2 in two coordinates: minors of order 1 of entries up to 1
    // and of sums of two. Their sum leaves all behind that can be.
    const counts = { separable: 0, mixed: 0, finite: 0 };
    for (let p = 0; p < 100; p++) {
      const stream = new RandomStream(11, p);
      const m = 2 + stream.integer(4);
      const rows = Array.from({ length: m }, (): Row => {
        const embedding = [stream.integer(3) - 1, stream.integer(3) - 1];
        return [embedding, stream.sample(3, 1 + stream.integer(2))];
      });
      const { leftBehind, separable, finiteMinimiser } = exactTruth(problemOf(3, rows));
      expect({ rows, leftBehind }).toEqual({ rows, leftBehind: triedOut(rows) });
      counts[separable ? "separable" : finiteMinimiser ? "finite" : "mixed"]++;
    }
    expect(Math.min(...Object.values(counts))).toBeGreaterThan(10);
  });

  /** Of three words in two dimensions: the last word's row of D is zero, the others are tried from −2 to 2. */
  function triedOut(rows: readonly Row[]): Place[] {
    const left = new Set<string>();
    const range = [-2, -1, 0, 1, 2];
    for (const a of range)
      for (const b of range)
        for (const c of range)
          for (const e of range) {
            const leads = rows.flatMap(([[x, y], support], j) => {
              const logits = [a * x! + b * y!, c * x! + e * y!, 0];
              return support.flatMap((z) => logits.map((logit, v) => ({ j, v, lead: logits[z]! - logit })));
            });
            if (leads.some(({ lead }) => lead < 0)) continue;
            for (const { j, v, lead } of leads) if (lead > 0) left.add(`${j} ${v}`);
          }
    return everyWord(3, rows).filter(([j, v]) => left.has(`${j} ${v}`));
  }
});

describe("log-odds", () => {
  test.each<[string, string, number, Row[]]>([
    ["yes", "independent embeddings", 0, [[[1, 0], [0, 1], [0.3, 0.7]], [[0, 1], [0, 1], [0.6, 0.4]]]], // prettier-ignore
    ["yes", "one embedding with one distribution", 1, [[[1, 0], [0, 1], [0.3, 0.7]], [[1, 0], [0, 1], [0.3, 0.7]]]], // prettier-ignore
    ["yes", "nearly parallel embeddings", 0, [[[1, 0], [0, 1], [0.3, 0.7]], [[1, 1e-300], [0, 1], [0.6, 0.4]]]], // prettier-ignore
    ["no", "one embedding with two distributions", 1, [[[1, 0], [0, 1], [0.3, 0.7]], [[1, 0], [0, 1], [0.6, 0.4]]]], // prettier-ignore
    // log-odds of 0 and 1, 1 and 2, and 0 and 2 at one embedding: the third is the sum of the others, 2 · 3 ≠ 4
    ["no", "a cycle", 1, [[[1], [0, 1], [2 / 3, 1 / 3]], [[1], [1, 2], [3 / 4, 1 / 4]], [[1], [0, 2], [4 / 5, 1 / 5]]]], // prettier-ignore
    ["undecided", "a cycle that closes up to rounding", 1, [[[1], [0, 1], [2 / 3, 1 / 3]], [[1], [1, 2], [3 / 4, 1 / 4]], [[1], [0, 2], [6 / 7, 1 / 7]]]], // prettier-ignore
    // twice the embedding has twice the log-odds: 2 log 2 = log 4
    ["undecided", "twice the log-odds, up to rounding", 1, [[[1], [0, 1], [2 / 3, 1 / 3]], [[2], [0, 1], [4 / 5, 1 / 5]]]], // prettier-ignore
    ["no", "twice the log-odds but for 1e-12", 1, [[[1], [0, 1], [2 / 3, 1 / 3]], [[2], [0, 1], [4 / 5 + 1e-12, 1 / 5 - 1e-12]]]], // prettier-ignore
    ["yes", "supports of one word", 0, [[[1], [0]], [[1], [1]]]], // prettier-ignore
  ])("%s: %s", (compatible, _, relationCount, rows) => {
    expect(exactTruth(problemOf(3, rows))).toMatchObject({ compatible, relationCount });
  });

  test("those that were made from a decoder are compatible where rounding alone contradicts", () => {
    const rows: Row[] = [[[1], [0, 1], [2 / 3, 1 / 3]], [[2], [0, 1], [4 / 5, 1 / 5]]]; // prettier-ignore
    expect(exactTruth(problemOf(2, rows), true).compatible).toBe("yes");
  });

  test("W* of two orthogonal contexts is half of each log-odds over the squared norm", () => {
    // ⟨e_0 − e_1, W h⟩ = log 3 at h = (2, 0), −log 4 at (0, 1/2): W_0 = −W_1 = ½ (log 3 / 2, −2 log 4), and a third word at 0
    const problem = problemOf(3, [
      [
        [2, 0],
        [0, 1],
        [0.75, 0.25],
      ],
      [
        [0, 0.5],
        [0, 1],
        [0.2, 0.8],
      ],
    ]);
    const { decoder, uncertainty } = leastNormDecoder(problem)!;
    expect(uncertainty).toBe(0);
    const [x, y] = [Math.log(3) / 4, -Math.log(4)];
    [x, y, -x, -y, 0, 0].forEach((w, i) =>
      expect(Math.abs(decoder[i]! - w)).toBeLessThanOrEqual(8 * 2 ** -52 * Math.abs(w)),
    );
  });

  test("W* at an angle of 1e-9 has the digits that float64 elimination loses", () => {
    // h = (1, 0) and (1, t): W_0 − W_1 = (a, (b − a) / t), for the log-odds a = log(1/2 ÷ 1/2) = 0 and b = log 3
    const t = 2 ** -30;
    const problem = problemOf(2, [
      [
        [1, 0],
        [0, 1],
      ],
      [
        [1, t],
        [0, 1],
        [0.75, 0.25],
      ],
    ]);
    const { decoder } = leastNormDecoder(problem)!;
    const w = Math.log(3) / t / 2;
    [0, w, 0, -w].forEach((value, i) => expect(Math.abs(decoder[i]! - value)).toBeLessThanOrEqual(8 * 2 ** -52 * w));
  });
});
