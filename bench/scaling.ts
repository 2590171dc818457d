import { openGpu, synthetic, type AdapterDescription, type Gpu, type Problem } from "../src/index.ts";
import { trainingMs } from "./own.ts";
import { CONSOLE, type Screen } from "./screen.ts";
import { formatMs, formatSpread, timingOf, type Timing } from "./timing.ts";

/*
 * How the time of an iteration grows: m, V and d are each varied by a factor of 16 around one size, and the slope of log time over
 * log size is fitted by least squares. An iteration has 2 V d m multiply-adds, so the exponents are 1 where nothing is wasted.
 */

const AXES = ["m", "V", "d"] as const;
type Axis = (typeof AXES)[number];
type Sizes = Readonly<Record<Axis, number>>;

/** Large enough that the work beside the products (V d of the update, V m of the softmax, m d of the supports) is small. */
const CENTRE: Sizes = { m: 1024, V: 1024, d: 1024 };
const FACTORS = [1 / 4, 1 / 2, 1, 2, 4];
const SUPPORT = 2;
/** The centre is doubled in all sizes, up to twice, until its fastest neighbours take so long: submission is then no part of it. */
const LEAST_MS = 2;
const MOST_DOUBLINGS = 2;
const WINDOW_MS = 200;
/** Given, so that none is searched for; an iteration takes the same time with any. */
const STEPPING = { stepSize: 1e-3 };
const [LEAST_EXPONENT, MOST_EXPONENT] = [0.95, 1.05];

interface Point extends Timing, Sizes {}

interface Fit {
  readonly axis: Axis;
  readonly exponent: number;
  readonly standardError: number;
  /** From 0.95 to 1.05. */
  readonly isLinear: boolean;
  readonly points: readonly Point[];
}

interface ScalingResult {
  readonly adapter: AdapterDescription;
  readonly fits: readonly Fit[];
}

/** @param options.rounds how often every size is measured; a fit is made through the least times, which other work on the machine changes least */
export async function run({ rounds }: { rounds: number }, screen: Screen = CONSOLE): Promise<ScalingResult> {
  const gpu = await openGpu();
  const centre = await centreOf(gpu, screen);
  const cells = AXES.flatMap((axis) =>
    FACTORS.map((factor) => ({ axis, sizes: { ...centre, [axis]: centre[axis] * factor } })),
  );
  const distinct = new Map(
    cells.map(({ sizes }) => [nameOf(sizes), { problem: problemOf(sizes), times: [] as number[] }]),
  );
  for (let round = 1; round <= rounds; round++) {
    for (const { problem, times } of distinct.values())
      times.push(await trainingMs(gpu, problem, STEPPING, WINDOW_MS, screen.signal));
    screen.say(`round ${round} of ${rounds} done`);
  }
  const fits = AXES.map((axis) =>
    fitOf(
      axis,
      cells
        .filter((cell) => cell.axis === axis)
        .map(({ sizes }) => ({ ...sizes, ...timingOf(distinct.get(nameOf(sizes))!.times) })),
    ),
  );
  show(centre, fits, screen);
  gpu.destroy();
  return { adapter: gpu.adapter, fits };
}

async function centreOf(gpu: Gpu, screen: Screen): Promise<Sizes> {
  for (let doublings = 0; ; doublings++) {
    const scale = 2 ** doublings;
    const centre = { m: scale * CENTRE.m, V: scale * CENTRE.V, d: scale * CENTRE.d };
    const ms = await trainingMs(gpu, problemOf({ ...centre, m: centre.m / 4 }), STEPPING, WINDOW_MS, screen.signal);
    if (ms >= LEAST_MS || doublings === MOST_DOUBLINGS) return centre;
  }
}

const nameOf = ({ m, V, d }: Sizes): string => `${m} ${V} ${d}`;

const problemOf = ({ m, V, d }: Sizes): Problem =>
  synthetic({ contextCount: m, embeddingDim: d, vocabularySize: V, supportSize: SUPPORT });

/** The line through (log size, log ms). */
function fitOf(axis: Axis, points: readonly Point[]): Fit {
  const x = points.map((point) => Math.log(point[axis]));
  const y = points.map(({ leastMs }) => Math.log(leastMs));
  const [xMean, yMean] = [mean(x), mean(y)];
  const spread = sum(x.map((value) => (value - xMean) ** 2));
  const exponent = sum(x.map((value, i) => (value - xMean) * (y[i]! - yMean))) / spread;
  const residuals = sum(y.map((value, i) => (value - yMean - exponent * (x[i]! - xMean)) ** 2));
  const standardError = Math.sqrt(residuals / (points.length - 2) / spread);
  return { axis, exponent, standardError, isLinear: LEAST_EXPONENT <= exponent && exponent <= MOST_EXPONENT, points };
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;

function show(centre: Sizes, fits: readonly Fit[], screen: Screen): void {
  for (const { axis, points } of fits)
    screen.show(`by ${axis}, others as in m = ${centre.m}, V = ${centre.V}, d = ${centre.d}; ms per iteration`, [
      [axis, "ms", "least – most", "least, ns per V d m"],
      ...points.map((point) => [
        String(point[axis]),
        formatMs(point.medianMs),
        formatSpread(point),
        ((1e6 * point.leastMs) / (point.m * point.V * point.d)).toPrecision(3),
      ]),
    ]);
  screen.show("time ∝ size^exponent", [
    ["", "exponent", "standard error", `${LEAST_EXPONENT} to ${MOST_EXPONENT}`],
    ...fits.map(({ axis, exponent, standardError, isLinear }) => [
      axis,
      exponent.toFixed(3),
      standardError.toFixed(3),
      isLinear ? "yes" : "NO",
    ]),
  ]);
}
