import { isUsable, joinDecoder, requireDecoder, splitDecoder } from "../maps/decoder.ts";
import { DryWorkspace, type Workspace } from "../gpu/workspace.ts";
import { deviceProblem, type DeviceProblem } from "../maps/device-problem.ts";
import { deviceShape } from "../maps/device-shape.ts";
import { readMeasure } from "../maps/loss.ts";
import { OptionError } from "../errors.ts";
import type { LongWork } from "../support/long-work.ts";
import { describe, requireKnownOptions, requireOneOf, requireSeed } from "../support/options.ts";
import type { AdapterDescription } from "../gpu/adapter.ts";
import type { Gpu } from "../gpu/device.ts";
import type { Problem } from "../problem/problem.ts";
import { logitBound } from "../float64/logit-bounds.ts";
import { RandomStream } from "../support/random.ts";
import type { Limits } from "../figures/iterate.ts";
import { checkPoint } from "../figures/point-check.ts";
import { arraysOf, type Iteration } from "./engines/iteration.ts";
import { prepareIteration } from "./engines/prepare-iteration.ts";
import { chooseExecution, EXECUTIONS, type Execution } from "./engines/execution.ts";
import { METHOD_NAMES, type Method, type Optimizer } from "./methods/method.ts";
import type { Schedule } from "./methods/schedule.ts";
import type { LimitMeasures, TracePoint } from "../figures/figures.ts";
import { LimitMeter, type EarlierPart } from "../figures/limit-meter.ts";
import { requireSeal, requireState, sealed, type TrainState } from "./state.ts";
import { arraysAtStart, decoderOf, type Split } from "./state-arrays.ts";
import { pointsArray, type Checkpoint } from "./progress.ts";
import { Run, type RunPlan } from "./run.ts";
import { runSettings, stepProgress, type TrainStatus, type TrainProgress } from "./run-settings.ts";
import { findSafeStep } from "./step-bound.ts";
import { Towards, type Meter } from "./towards.ts";

export interface TrainOptions extends Partial<Method>, LongWork<TrainProgress> {
  /** Number of the last step; default 10,000. A continued run counts on from its state's step. */
  readonly steps?: number;
  /**
   * What a step is; the formulas are at {@link METHODS}, with g_k = ∇CE(W_{k−1}) and η_k the schedule's step size. Default
   * `"gradient-descent"`. A gradient whose squares underflow float32, below 1e-37 of what it can be at most, moves nothing where
   * steps do not shrink with the gradient. A continued run keeps its optimiser, schedule and constants.
   */
  readonly optimizer?: Optimizer;
  /** η_k = η for `"constant"` (the default), η / √k for `"inverse-sqrt"`, η / k for `"inverse"`. */
  readonly schedule?: Schedule;
  /**
   * Step size η. The default is `"safe"` where there is such a step (1/L for gradient descent, with which the loss never rises
   * under the constant schedule), and 0.01 where there is none. A continued run keeps its own unless told otherwise.
   */
  readonly stepSize?: number | "safe";
  /** Which steps are recorded: `"log"` (the default; 20 to a factor of ten, and the last), or a list; 0 is the start. */
  readonly record?: "log" | readonly number[];
  /** Where the run starts: zero (the default), LeCun's N(0, 1/d) drawn with `seed`, or a V × d decoder with max ‖W_v‖ max ‖h_j‖ ≤ 1e5. */
  readonly initial?: "zero" | "lecun" | ArrayLike<number>;
  /** Seed of a LeCun start; default 1. */
  readonly seed?: number;
  /**
   * `"one-workgroup"` leaves hundreds of steps at a time to one workgroup, the default where a problem fits into one;
   * `"stepwise"` gives every step to the whole device. A continued run keeps its own.
   */
  readonly execution?: Execution;
  /**
   * Limits that every recorded iterate is held against, read back and in float64 (see {@link LimitMeasures}); default none. Of limits
   * that are still searched for, a promise: points recorded before it is settled come without these figures and have them, with the same
   * bits, in {@link Run.measured} and in the trace of the result, which wait for the promise; so does the run after 256 MiB of decoders.
   * One that is cancelled meanwhile has its points as they are. A promise of undefined is one of no limits, and one that is rejected rejects the run.
   */
  readonly towards?: Limits | Promise<Limits | undefined>;
  /** Those of the recorded steps whose point keeps the decoder; default none. */
  readonly keep?: readonly number[];
  /** A state that an earlier run on the same problem returned: the run goes on from it with the same bits. */
  readonly from?: TrainState;
  /**
   * Told the state of the run after every second of work or so (ten where it is large), when the points up to its step were given out:
   * what to keep against being closed, and to go on from.
   */
  readonly onCheckpoint?: (state: TrainState) => void;
}

/** A recorded step. */
export interface DecoderPoint extends TracePoint {
  /** W after the step, V × d row-major, where it was to be kept. */
  readonly decoder?: Float64Array;
}

export interface TrainResult extends Method {
  readonly status: TrainStatus;
  readonly trace: readonly DecoderPoint[];
  /** η in numbers. */
  readonly stepSize: number;
  readonly execution: Execution;
  /** W after the last step, V × d row-major. */
  readonly decoder: Float64Array;
  readonly state: TrainState;
  /** GPU memory that the run held: its arrays, and what they were read through. */
  readonly memoryBytes: number;
  readonly adapter: AdapterDescription;
}

const OPTION_NAMES: readonly (keyof TrainOptions)[] = [
  "steps",
  ...METHOD_NAMES,
  "stepSize",
  "record",
  "initial",
  "seed",
  "execution",
  "towards",
  "keep",
  "from",
  "onCheckpoint",
  "signal",
  "onProgress",
];

/** What secants to come may begin at, by the state that a run of this thread was in: one that goes on from it has them at once. */
const EARLIER = new WeakMap<object, readonly EarlierPart[]>();

/** Float32 has some two decimals left of such logits. */
const LARGEST_START = 1e5;

/**
 * Gradient descent on CE, W ← W − η ∇CE(W), or another optimiser, run on the GPU. The iterates are read back only at
 * recorded steps.
 * Iterate over the run for its points as they come; await `result()` for the end (it also runs what nobody iterates).
 * @throws OptionError at once for options out of range, unknown, of another optimiser, or other than the state's to go on
 * from, and from the run for a state of another problem or one that was changed; ShapeError at once for what is no state.
 */
export function train(gpu: Gpu, problem: Problem, options: TrainOptions = {}): TrainRun {
  return new Run(planOf(gpu, problem, options));
}

/** A run of {@link train} under way. */
export type TrainRun = Run<DecoderPoint, TrainResult>;

function planOf(gpu: Gpu, problem: Problem, options: TrainOptions): RunPlan<DecoderPoint, TrainResult> {
  requireKnownOptions(options, OPTION_NAMES);
  const { initial = "zero", seed = 1, from } = options;
  requireState(from, "decoder");
  const settings = runSettings(options);
  const { method, firstStep, lastStep, recorded, kept } = settings;
  requireSeed(seed);
  if (options.execution !== undefined) requireOneOf("execution", options.execution, EXECUTIONS);
  if (from && options.execution !== undefined && options.execution !== from.execution)
    throw new OptionError(
      "execution",
      `expected ${describe(from.execution)}, as the state has that the run goes on from, found ${describe(options.execution)}`,
    );
  if (typeof initial === "string") requireOneOf("initial", initial, ["zero", "lecun"]);
  else {
    requireDecoder(initial, { words: problem.vocabularySize, dim: problem.embeddingDim });
    const logit = logitBound(problem, initial);
    if (logit > LARGEST_START)
      throw new OptionError(
        "initial",
        `expected logits of at most ${LARGEST_START.toExponential()} in size, found up to ${logit.toExponential(1)}`,
      );
  }
  if (from && options.initial !== undefined)
    throw new OptionError("initial", "expected none beside from, whose state the run goes on from");
  const { signal } = options;
  let limitMeter: LimitMeter | undefined;
  const meterOf = (limits: Limits): Meter<Float64Array, LimitMeasures> => {
    const meter = (limitMeter = new LimitMeter(problem, limits, from && EARLIER.get(from)));
    return (step, decoder) => meter.measure(step, decoder);
  };
  const { towards: limits } = options;
  const towards =
    limits && new Towards("then" in limits ? limits.then((known) => known && meterOf(known)) : meterOf(limits), signal);
  /** η in numbers and how steps are executed, once the run is prepared. */
  let prepared: Pick<TrainState, "stepSize" | "execution"> | undefined;
  const begin = async (
    workspace: Workspace,
    taken: number,
  ): Promise<{ device: DeviceProblem; iteration: Iteration }> => {
    const device = deviceProblem(workspace, problem);
    const { stepSize: asked } = settings;
    const stepSize = prepared?.stepSize ?? (asked === "safe" ? await findSafeStep(problem, method) : asked);
    const execution = chooseExecution(device.shape, method, from?.execution ?? options.execution);
    prepared = { stepSize, execution };
    return { device, iteration: await prepareIteration(workspace, device, execution, { method, stepSize, taken }) };
  };
  const stateOf = async ({ step, arrays }: Checkpoint): Promise<TrainState> => {
    const state = await sealed(problem, { model: "decoder" as const, step, ...method, ...prepared!, arrays });
    if (limitMeter) EARLIER.set(state, limitMeter.earlier);
    return state;
  };
  const { onCheckpoint } = options;
  return {
    gpu,
    signal,
    course: {
      ...{ firstStep, lastStep, recorded },
      onStep: (step) => options.onProgress?.(stepProgress(step, lastStep)),
    },
    prepare: async (workspace, checkpoint = from) => {
      if (checkpoint === from && from) await requireSeal(problem, from);
      const { iteration, device } = await begin(workspace, checkpoint?.step ?? firstStep);
      if (checkpoint) for (const array of iteration.state) array.write(checkpoint.arrays[array.label]!);
      else writeStart(iteration, startDecoder(problem, device, options));
      const decoder = arraysOf(iteration.decoder);
      const read = [...decoder, iteration.gaps];
      const points = pointsArray(workspace, iteration, read);
      return {
        iteration,
        points,
        read: (towards || kept.size > 0) && points.carried.length === 0 ? read : [],
        kept: decoder,
        point: (step, values, [high, low, gaps]) => {
          const said = readMeasure(values);
          if (!Number.isFinite(said.lossGap) || !Number.isFinite(said.norm)) return undefined;
          const found = high && low && joinDecoder([high, low], device.shape);
          const measure = found ? checkPoint(problem, found, said, { norm: found }, gaps) : said;
          const loss = problem.entropy + measure.lossGap;
          return {
            ...{ step, loss, ...measure },
            ...(found && towards?.measure(step, found, found.byteLength)),
            // a copy: limits to come are held against the other, whatever is done to this one
            ...(found && kept.has(step) && { decoder: found.slice() }),
          };
        },
      };
    },
    ...(towards && { towards }),
    start: async () => {
      if (from) await requireSeal(problem, from);
      const { device, iteration } = await begin(new DryWorkspace(), firstStep);
      const start = startDecoder(problem, device, options);
      return { step: firstStep, arrays: from?.arrays ?? arraysAtStart(iteration, iteration.start, start) };
    },
    result: async (end) => {
      const { arrays, memoryBytes, adapter } = end;
      const decoder = end.kept ? joinDecoder(end.kept, deviceShape(problem)) : decoderOf(problem, arrays);
      return {
        status: isUsable(decoder) ? end.status : "diverged",
        ...{ trace: end.trace, ...method, ...prepared!, decoder },
        state: await stateOf(end),
        ...{ memoryBytes, adapter },
      };
    },
    ...(onCheckpoint && { keep: async (checkpoint: Checkpoint) => onCheckpoint(await stateOf(checkpoint)) }),
  };
}

/** The decoder that a run starts from, unless it is zero. */
function startDecoder(problem: Problem, { shape }: DeviceProblem, options: TrainOptions): Split | undefined {
  const { initial = "zero", seed = 1 } = options;
  if (initial === "zero") return undefined;
  return splitDecoder(initial === "lecun" ? lecunDecoder(problem, seed) : initial, shape);
}

function writeStart({ start }: Iteration, given: Split | undefined): void {
  if (!given) return;
  for (const { high, low } of start) {
    high.write(given.high);
    low.write(given.low);
  }
}

/** LeCun's start: independent N(0, 1/d) entries. */
export function lecunDecoder({ vocabularySize, embeddingDim }: Problem, seed: number): Float64Array {
  const stream = new RandomStream(seed, 0);
  return Float64Array.from({ length: vocabularySize * embeddingDim }, () => stream.normal() / Math.sqrt(embeddingDim));
}
