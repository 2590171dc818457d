import { openGpu, referenceDescent, type AdapterDescription, type Gpu } from "../src/index.ts";
import type { Contestant, Entry } from "./contestant.ts";
import { jaxEntries } from "./jax.ts";
import { numpyEntries } from "./numpy.ts";
import { ownEntry } from "./own.ts";
import { FLOAT64_LOOPS, plainEntries } from "./plain-loops.ts";
import { CONSOLE, type Screen } from "./screen.ts";
import { distance, settingOf, toleranceOf } from "./setting.ts";
import { SIZES, sizesUpTo, type SizeName } from "./sizes.ts";
import { tfjsEntries } from "./tfjs.ts";
import { formatMs, formatSpread, timingOf, type Timing } from "./timing.ts";

/*
 * One iteration of gradient descent (logits, residual of softmax and sparse labels, gradient, update), ours and our peers', from
 * the same random decoder on the same problems, with the same step size. Every contestant's decoder is held to float64 before
 * anything is timed; a wrong one ends the bench.
 */

/** Steps that are checked: against the reference where that takes a moment, elsewhere one, against loops that met it at the others. */
const CHECKED_STEPS: Readonly<Record<SizeName, number>> = { tiny: 10, small: 10, medium: 1, large: 1 };

const REPETITIONS = 7;
/** A repetition makes as many iterations as take so long. */
const WINDOW_MS = 300;
/** A contestant is repeated at a size until it has taken so long. */
const BUDGET_MS = 20_000;
/** A checked step of this length is a measurement: compilation and upload are some hundredths of it. */
const LONG_MS = 15_000;
/** A form that takes so many times as long as another of the same peer is not repeated. */
const SLOWER_FORM = 1.5;
/** From this expected length of an iteration on, a peer runs in the form that was its best before. */
const ONE_FORM_MS = 3_000;
/** A contestant whose iteration is expected to take longer is left out. */
const TOO_LONG_MS = 60_000;

interface Row extends Timing {
  readonly peer: string;
  /** The fastest of its forms. */
  readonly form: string;
  /** ‖W − W_ref‖ / ‖W_ref − W_0‖ after the steps that were checked, and what rounding allows. */
  readonly error: number;
  readonly tolerance: number;
}

interface SizeResult {
  readonly size: string;
  readonly vocabularySize: number;
  readonly embeddingDim: number;
  readonly contextCount: number;
  readonly checkedSteps: number;
  readonly rows: readonly Row[];
  /** Peers without a row, and why. */
  readonly leftOut: readonly string[];
}

interface GdResult {
  readonly adapter: AdapterDescription;
  readonly sizes: readonly SizeResult[];
}

/** A contestant at a size, found right. */
interface Candidate {
  readonly entry: Entry;
  readonly contestant: Contestant;
  readonly error: number;
  readonly tolerance: number;
  readonly times: number[];
  spentMs: number;
}

export interface GdOptions {
  /** Name of the last size. */
  readonly largest: SizeName;
  /** `"none"` leaves ours and plain loops. */
  readonly peers: string;
}

export async function run({ largest, peers }: GdOptions, screen: Screen = CONSOLE): Promise<GdResult> {
  const gpu = await openGpu();
  const entries = [
    ownEntry(gpu, screen.signal),
    ...(peers === "all" ? [...tfjsEntries, ...jaxEntries] : []),
    ...plainEntries,
    ...(peers === "all" ? await numpyEntries() : []),
  ];
  /** ms of an iteration at the size before, and then as it should be at the next. */
  const earlier = new Map<Entry, number>();
  const sizes: SizeResult[] = [];
  const names = sizesUpTo(largest);
  for (const [i, size] of names.entries()) {
    // times at the first size are those of submissions, and foretell nothing
    if (i === 1) earlier.clear();
    for (const [entry, ms] of earlier) earlier.set(entry, (ms * workOf(size)) / workOf(names[i - 1]!));
    const result = await measureSize(gpu, size, entries, earlier, screen);
    sizes.push(result);
    showSize(result, screen);
  }
  sayWhatIsFaster(gpu, sizes, screen);
  gpu.destroy();
  return { adapter: gpu.adapter, sizes };
}

const workOf = (size: SizeName): number =>
  SIZES[size].vocabularySize * SIZES[size].embeddingDim * SIZES[size].contextCount;

/**
 * Checks and measures all contestants at a size.
 * @param expected ms of an iteration as far as known; what is measured here takes their place
 * @throws Error for a contestant that is wrong
 */
async function measureSize(
  gpu: Gpu,
  size: SizeName,
  entries: readonly Entry[],
  expected: Map<Entry, number>,
  screen: Screen,
): Promise<SizeResult> {
  const setting = await settingOf(gpu, SIZES[size]);
  const steps = CHECKED_STEPS[size];
  const { chosen, leftOut } = chooseEntries(entries, expected);
  expected.clear();
  const candidates: Candidate[] = [];
  // the float64 loops first: at the sizes that are too large for the reference they take its place, having met it at the others
  let reference: ArrayLike<number> | undefined =
    steps > 1
      ? referenceDescent(setting.problem, { ...setting, initial: setting.start, recorded: [steps] }).decoder
      : undefined;
  for (const entry of [FLOAT64_LOOPS, ...chosen.filter((other) => other !== FLOAT64_LOOPS)]) {
    screen.signal?.throwIfAborted();
    const contestant = await entry.open(setting);
    const begin = performance.now();
    const decoder = await contestant.decoderAfter(steps);
    const spentMs = performance.now() - begin;
    reference ??= decoder;
    const tolerance = toleranceOf(setting, steps, reference, entry.roundoff);
    const error = distance(decoder, reference) / distance(reference, setting.start);
    if (!(error <= tolerance))
      throw new Error(
        `${size}: ${entry.peer} (${entry.form}) is wrong: after ${steps} steps it is ${error.toExponential(1)} of the way off, and rounding explains ${tolerance.toExponential(1)}`,
      );
    const times = steps === 1 && spentMs > LONG_MS ? [spentMs] : [];
    candidates.push({ entry, contestant, error, tolerance, times, spentMs });
    screen.say(`${size}: ${entry.peer} (${entry.form}) is right to ${error.toExponential(1)}`);
  }
  candidates.sort((a, b) => entries.indexOf(a.entry) - entries.indexOf(b.entry));

  let running: readonly Candidate[] = candidates;
  for (let repetition = 0; repetition < REPETITIONS; repetition++) {
    for (const candidate of running) {
      screen.signal?.throwIfAborted();
      if (candidate.times.length > 0 && candidate.spentMs > BUDGET_MS) continue;
      const begin = performance.now();
      candidate.times.push(await candidate.contestant.measure(WINDOW_MS));
      candidate.spentMs += performance.now() - begin;
    }
    running = formsWithin(SLOWER_FORM, running);
  }
  const best = formsWithin(1, running);
  for (const { entry, times } of candidates) expected.set(entry, timingOf(times).medianMs);
  for (const { contestant } of candidates) contestant.close();
  return {
    size,
    vocabularySize: setting.problem.vocabularySize,
    embeddingDim: setting.problem.embeddingDim,
    contextCount: setting.problem.contextCount,
    checkedSteps: steps,
    rows: best.map(({ entry, error, tolerance, times }) => ({
      peer: entry.peer,
      form: entry.form,
      error,
      tolerance,
      ...timingOf(times),
    })),
    leftOut,
  };
}

function chooseEntries(
  entries: readonly Entry[],
  expected: ReadonlyMap<Entry, number>,
): { chosen: Entry[]; leftOut: string[] } {
  const leftOut: string[] = [];
  const chosen = entries.filter((entry) => {
    const forms = entries.filter(({ peer }) => peer === entry.peer);
    const best = Math.min(...forms.map((form) => expected.get(form) ?? Infinity));
    if (expected.size === 0 || best === Infinity) return expected.size === 0;
    const ms = expected.get(entry) ?? Infinity;
    if (best <= TOO_LONG_MS || entry === FLOAT64_LOOPS) return ms === best || ms <= ONE_FORM_MS;
    if (ms === best) leftOut.push(`${entry.peer} (an iteration would take some ${Math.round(ms / 1000)} s)`);
    return false;
  });
  return { chosen, leftOut };
}

/** Of each peer the forms that take at most `factor` times as long as its fastest. */
function formsWithin(factor: number, candidates: readonly Candidate[]): Candidate[] {
  const ms = ({ times }: Candidate): number => timingOf(times).medianMs;
  return candidates.filter((one) =>
    candidates.every((other) => other.entry.peer !== one.entry.peer || ms(one) <= factor * ms(other)),
  );
}

function showSize(
  { size, vocabularySize, embeddingDim, contextCount, rows, leftOut }: SizeResult,
  screen: Screen,
): void {
  const own = rows[0]!;
  screen.show(`${size}: V = ${vocabularySize}, d = ${embeddingDim}, m = ${contextCount}; ms per iteration`, [
    ["", "form", "ms", "least – most", "repetitions", "peer/own", "error"],
    ...rows.map((row) => [
      row.peer,
      row.form,
      formatMs(row.medianMs),
      formatSpread(row),
      String(row.repetitions),
      (row.medianMs / own.medianMs).toPrecision(2),
      row.error === 0 ? "reference" : row.error.toExponential(1),
    ]),
  ]);
  if (leftOut.length > 0) screen.say(`left out: ${leftOut.join(", ")}`);
}

/** A software adapter is a processor that plays a GPU, and pays for it. */
function sayWhatIsFaster(gpu: Gpu, sizes: readonly SizeResult[], screen: Screen): void {
  const faster = sizes.map(({ size, rows }) => {
    const [own, ...others] = rows;
    const names = others.filter(({ medianMs }) => medianMs < own!.medianMs).map(({ peer }) => peer);
    return `${size}: ${names.join(", ") || "none"}`;
  });
  screen.say(`faster than next-token-bias on this machine: ${faster.join("; ")}`);
  if (gpu.adapter.isSoftware)
    screen.say(
      "There is no GPU here: a processor plays one, and code written for the processor itself (plain loops, wasm, NumPy) can be faster.",
    );
}
