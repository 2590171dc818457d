import { ShapeError } from "../errors.ts";
import { LimitMeter, type EarlierPart } from "../figures/limit-meter.ts";
import type { Limits } from "../figures/iterate.ts";
import { isUsable } from "../maps/decoder.ts";
import type { Problem } from "../problem/problem.ts";
import { unlessAborted } from "../support/abort.ts";
import { Spells } from "../support/host-spells.ts";
import type { LongWork } from "../support/long-work.ts";
import { requireKnownOptions, requireOneOf, requireSeed } from "../support/options.ts";
import { Float64Descent, iterateAt, type Float64Iterate } from "./float64-descent.ts";
import { METHOD_NAMES, refuseSpectral, type Method } from "./methods/method.ts";
import { runSettings, stepProgress, type TrainProgress, type TrainStatus } from "./run-settings.ts";
import { findSafeStep } from "./step-bound.ts";
import { lecunDecoder, type DecoderPoint, type TrainOptions } from "./train.ts";

/** What {@link trainInFloat64} takes: that of `train` which needs no device. */
export interface Float64Options
  extends
    Pick<TrainOptions, keyof Method | "steps" | "stepSize" | "record" | "seed" | "keep">,
    LongWork<TrainProgress> {
  /** Where the run starts: zero (the default) or LeCun's N(0, 1/d) drawn with `seed`. */
  readonly initial?: "zero" | "lecun";
  /** Limits that every recorded iterate is held against; default none. */
  readonly towards?: Limits;
  /** A state that an earlier run on the same problem returned: the run goes on from it with the same bits. */
  readonly from?: Float64State;
  /** Told of each recorded step at once. */
  readonly onPoint?: (point: DecoderPoint) => void;
  /** Waited for between two spells of some milliseconds: what it gives while the run is to be paused. */
  readonly ready?: () => Promise<void> | undefined;
}

/** A run in float64 between two steps, as structured clones can carry it. */
export interface Float64State extends Method, Float64Iterate {
  /** η in numbers. */
  readonly stepSize: number;
  /** What secants to come may begin at, of a run with limits. */
  readonly earlier: readonly EarlierPart[];
}

export interface Float64Result extends Method {
  readonly status: TrainStatus;
  readonly trace: readonly DecoderPoint[];
  /** η in numbers. */
  readonly stepSize: number;
  /** W after the last step, V × d row-major. */
  readonly decoder: Float64Array;
  readonly state: Float64State;
}

const OPTION_NAMES: readonly (keyof Float64Options)[] = [
  ...METHOD_NAMES,
  ...(["steps", "stepSize", "record", "seed", "keep", "initial", "towards", "from"] as const),
  ...(["onPoint", "ready", "signal", "onProgress"] as const),
];

/**
 * A run of `train` in float64 on the host, where there is no GPU: for small problems, in spells of some milliseconds between which the
 * thread may do other work. Not by optimisers whose steps go along a polar factor.
 * @throws OptionError for options out of range, unknown, of another optimiser, or other than the state's to go on from; ShapeError for
 * a state of a problem of another size
 */
export async function trainInFloat64(problem: Problem, options: Float64Options = {}): Promise<Float64Result> {
  requireKnownOptions(options, OPTION_NAMES);
  const { initial = "zero", seed = 1, from, signal, towards, onPoint, onProgress } = options;
  const { method, stepSize: asked, lastStep, recorded, kept } = runSettings(options);
  refuseSpectral(method, "a run in float64 on the host");
  requireOneOf("initial", initial, ["zero", "lecun"]);
  requireSeed(seed);
  if (from) requireSizes(problem, from);
  const stepSize = asked === "safe" ? await findSafeStep(problem, method) : asked;
  const start = initial === "lecun" ? lecunDecoder(problem, seed) : undefined;
  const descent = new Float64Descent(problem, method, stepSize, from ? copyOf(from) : iterateAt(problem, start));
  const meter = towards && new LimitMeter(problem, towards, from?.earlier);
  const trace: DecoderPoint[] = [];
  const end = (status: TrainStatus): Float64Result => {
    const iterate = copyOf(descent.iterate);
    const state = { ...method, stepSize, ...iterate, earlier: meter?.earlier ?? [] };
    return { status, trace, ...method, stepSize, decoder: iterate.decoder.slice(), state };
  };
  const spells = new Spells();
  const report = (): void => onProgress?.(stepProgress(descent.iterate.step, lastStep));
  const isRecorded = new Set(recorded);
  for (const target of new Set([...recorded, lastStep])) {
    while (descent.iterate.step < target) {
      if (await spells.restIfTired(report)) await unlessAborted(signal, async () => options.ready?.());
      if (signal?.aborted) return end("cancelled");
      descent.advance();
    }
    const { step, decoder } = descent.iterate;
    if (!isRecorded.has(step)) continue;
    const { norm, ...gaps } = descent.measure();
    if (!Number.isFinite(gaps.lossGap) || !isUsable(decoder)) return end("diverged");
    const point = { step, loss: problem.entropy + gaps.lossGap, ...gaps, norm, ...meter?.measure(step, decoder) };
    trace.push({ ...point, ...(kept.has(step) && { decoder: decoder.slice() }) });
    onPoint?.(trace.at(-1)!);
  }
  report();
  return end("done");
}

const copyOf = ({ step, decoder, direction, averages }: Float64Iterate): Float64Iterate => ({
  ...{ step, decoder: decoder.slice(), direction: direction.slice() },
  averages: averages.map((average) => average.slice()),
});

function requireSizes({ vocabularySize: V, embeddingDim: d }: Problem, { decoder, direction, averages }: Float64State) {
  for (const { length } of [decoder, direction, ...averages])
    if (length !== V * d)
      throw new ShapeError(`from: expected a state of ${V} × ${d} = ${V * d} numbers, found one of ${length}`);
}
