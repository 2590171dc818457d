import { afterAll, beforeAll, expect, test } from "vitest";
import type { PredictionRow, SyntheticOptions, TracePoint } from "../../src/index.ts";
import { requireRelative } from "../support/compare.ts";
import { Lab } from "../support/lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open();
});
afterAll(() => lab.close());

interface Found {
  readonly descent: readonly PredictionRow[];
  readonly path: readonly PredictionRow[];
  readonly last: TracePoint;
  readonly marginNorm: number;
}

/** Of a run of 2e4 steps. */
const lawsOf = (options: SyntheticOptions): Promise<Found> =>
  lab.call("/test/training/laws.page.ts", "laws", options, 20_000);

// a fifth of the steps for which `npm run bench -- laws` measures half of these distances or less
test.each([
  { vocabularySize: 5, contextCount: 4, embeddingDim: 6, supportSize: 2 },
  { vocabularySize: 4, contextCount: 6, embeddingDim: 8, supportSize: 2 },
])("laws hold with their constants: $contextCount contexts in $embeddingDim dimensions", async (options) => {
  const { descent, path, last, marginNorm } = await lawsOf(options);
  const row = (figure: string): PredictionRow => [...descent, ...path].find((each) => each.figure === figure)!;
  requireRelative("loss gap", row("lossGap").ratio!, 1, 0.03);
  requireRelative("growth of the norm", row("normGrowth").ratio!, 1, 0.05);
  requireRelative("distance in F", row("subspaceError").ratio!, 1, 0.05);
  const intercept = (row("marginProjection").measured! - row("marginProjection").predicted!) / marginNorm ** 2;
  expect(Math.abs(intercept)).toBeLessThan(0.05);
  requireRelative("R of the path", row("pathScale").ratio!, 1, 1e-3);
  requireRelative("loss gap of the path", row("pathLossGap").ratio!, 1, 1e-3);
  for (const { holdsFrom, at, figure } of descent) expect(holdsFrom, figure).toBeLessThanOrEqual(at!);
  expect(last.secantAlignment).toBeGreaterThan(0.998);
  expect(last.secantAlignment).toBeGreaterThan(
    Math.max(last.alignment!, last.alignmentPerp!, last.alignmentCorrected!),
  );
});
