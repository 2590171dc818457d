import { isUsable, requireDecoder, splitDecoder } from "../maps/decoder.ts";
import { deviceProblem, type DeviceProblem } from "../maps/device-problem.ts";
import { OptionError, StateError } from "../errors.ts";
import type { LongWork, WorkProgress } from "../support/long-work.ts";
import { describe, requireKnownOptions, requireOneOf, requireSeed, requireWhole } from "../support/options.ts";
import type { AdapterDescription, Gpu } from "../gpu/device.ts";
import { Workspace } from "../gpu/workspace.ts";
import type { Problem } from "../problem/problem.ts";
import { logitBound } from "../float64/logit-bounds.ts";
import { RandomStream } from "../support/random.ts";
import type { Limits } from "../figures/iterate.ts";
import { LimitMeter } from "../figures/limit-meter.ts";
import { recordedSteps } from "./recorded-steps.ts";
import { deferred, type Deferred } from "../support/deferred.ts";
import type { Iteration } from "./engines/iteration.ts";
import { prepareIteration } from "./engines/prepare-iteration.ts";
import { chooseExecution, EXECUTIONS, type Execution } from "./engines/execution.ts";
import {
  chooseMethod,
  defaultStepSize,
  METHOD_NAMES,
  requireStepSize,
  safePart,
  type Method,
  type Optimizer,
  type Schedule,
} from "./methods/method.ts";
import type { TracePoint } from "../figures/figures.ts";
import type { TrainState } from "./state.ts";
import { pointsArray, Progress } from "./progress.ts";
import { findStepBound } from "./step-bound.ts";

export interface TrainOptions extends Partial<Method>, LongWork<TrainProgress> {
  /** Number of the last step; default 10,000. A continued run counts on from its state's step. */
  readonly steps?: number;
  /**
   * What a step is; the formulas are at {@link METHODS}, with g_k = ∇CE(W_{k−1}) and η_k the schedule's step size. Default
   * `"gradient-descent"`. A gradient whose squares underflow float32, below 1e-37 of what it can be at most, moves nothing where
   * steps do not shrink with the gradient. A continued run keeps its optimiser, schedule and constants.
   */
  readonly optimizer?: Optimizer;
  /** η_k = η for `"constant"` (the default), η / √k for `"inverse-sqrt"`. */
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
  /** Limits that every recorded iterate is held against, read back and in float64 (see {@link LimitMeasures}); default none. */
  readonly towards?: Limits;
  /** A state that an earlier run on the same problem returned: the run goes on from it with the same bits. */
  readonly from?: TrainState;
}

/** How far a run has come. */
export interface TrainProgress extends WorkProgress<"training"> {
  /** Number of the step reached. */
  readonly step: number;
}

/** How a run ended: `"diverged"` means that a recorded loss or norm was not finite, or W outgrew float32 products (1e18). */
export type TrainStatus = "done" | "cancelled" | "diverged";

export interface TrainResult {
  readonly status: TrainStatus;
  readonly trace: readonly TracePoint[];
  readonly optimizer: Optimizer;
  readonly schedule: Schedule;
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
  "from",
  "signal",
  "onProgress",
];

const DEFAULT_STEPS = 10_000;
const MOST_STEPS = 1e9;
/** Float32 has some two decimals left of such logits. */
const LARGEST_START = 1e5;

/**
 * Gradient descent on CE, W ← W − η ∇CE(W), or another optimiser, run on the GPU. The iterates are read back only at
 * recorded steps.
 * Iterate over the run for its points as they come; await `result()` for the end (it also runs what nobody iterates).
 * @throws OptionError at once for options out of range, unknown, of another optimiser, or other than the state's to go on
 * from; ShapeError from the run for a state of another problem.
 */
export function train(gpu: Gpu, problem: Problem, options: TrainOptions = {}): TrainRun {
  return new TrainRun(gpu, problem, options);
}

/** A run under way; see {@link train}. It can be iterated once. */
export class TrainRun implements AsyncIterable<TracePoint> {
  readonly #gpu: Gpu;
  readonly #problem: Problem;
  readonly #options: TrainOptions;
  readonly #method: Method;
  readonly #steps: number;
  readonly #firstStep: number;
  readonly #recorded: readonly number[];
  readonly #meter: LimitMeter | undefined;
  readonly #points: AsyncGenerator<TracePoint, void, void>;
  readonly #finished = deferred<TrainResult>();
  /** Somebody has asked for the points. */
  #isTaken = false;
  #isStarted = false;
  /** The loop over the points was left before its end. */
  #isLeft = false;
  #unpaused: Deferred<void> | undefined;

  /** @internal */
  constructor(gpu: Gpu, problem: Problem, options: TrainOptions) {
    requireKnownOptions(options, OPTION_NAMES);
    const { steps = DEFAULT_STEPS, stepSize, record = "log", initial = "zero", seed = 1, from } = options;
    this.#gpu = gpu;
    this.#problem = problem;
    this.#options = options;
    this.#firstStep = from?.step ?? 0;
    this.#steps = steps;
    requireWhole("steps", steps, this.#firstStep, MOST_STEPS);
    this.#method = chooseMethod(options, from);
    requireStepSize("stepSize", stepSize ?? defaultStepSize(this.#method), this.#method);
    requireStepSize("from.stepSize", from?.stepSize ?? defaultStepSize(this.#method), this.#method);
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
    this.#recorded = recordedSteps(record, this.#firstStep, steps);
    this.#meter = options.towards && new LimitMeter(problem, options.towards);
    this.#points = this.#execute();
    this.#finished.promise.catch(() => undefined);
  }

  /** Stops after the submission under way, until `resume`. */
  pause(): void {
    this.#unpaused ??= deferred();
  }

  resume(): void {
    this.#unpaused?.resolve();
    this.#unpaused = undefined;
  }

  get isPaused(): boolean {
    return this.#unpaused !== undefined;
  }

  /** @throws StateError the second time, and after `result()` has begun to run what nobody iterated over. */
  [Symbol.asyncIterator](): AsyncIterator<TracePoint, void, void> {
    if (this.#isTaken) throw new StateError("a run is iterated over once; its result has the whole trace");
    this.#isTaken = true;
    return {
      next: () => this.#points.next(),
      return: async () => {
        this.#isLeft = true;
        while (!(await this.#points.next()).done);
        return { done: true, value: undefined };
      },
    };
  }

  /** The end of the run, whichever way it ends. Runs it if nobody has begun to iterate over it. */
  async result(): Promise<TrainResult> {
    if (!this.#isStarted) {
      this.#isTaken = true;
      while (!(await this.#points.next()).done);
    }
    return this.#finished.promise;
  }

  async *#execute(): AsyncGenerator<TracePoint, void, void> {
    this.#isStarted = true;
    const workspace = new Workspace(this.#gpu);
    let progress: Progress | undefined;
    let failed = false;
    try {
      progress = await this.#prepare(workspace);
      while (!progress.isOver && !this.#isAborted()) {
        while (this.#unpaused && !this.#isAborted())
          await this.#orAborted(Promise.race([this.#unpaused.promise, this.#gpu.lost]));
        if (this.#isAborted()) break;
        const points = await this.#orAborted(progress.advance());
        if (points) yield* points;
      }
    } catch (error) {
      failed = true;
      workspace.destroy();
      this.#finished.reject(error);
      throw error;
    } finally {
      // not awaited: a cancelled run lets go of its iteration before the submission under way has ended
      if (progress && !failed) void this.#finish(workspace, progress);
    }
  }

  async #prepare(workspace: Workspace): Promise<Progress> {
    const device = deviceProblem(workspace, this.#problem);
    const method = this.#method;
    const { from, stepSize = from?.stepSize ?? defaultStepSize(method) } = this.#options;
    const chosen = stepSize === "safe" ? (await findStepBound(this.#problem)).safeStep * safePart(method) : stepSize;
    const execution = chooseExecution(device.shape, method, from?.execution ?? this.#options.execution);
    const stepping = { method, stepSize: chosen, taken: this.#firstStep };
    const iteration = await prepareIteration(workspace, device, execution, stepping);
    if (from) for (const array of iteration.state) array.write(from.arrays[array.label]!);
    else writeStart(iteration, this.#problem, device, this.#options);
    return new Progress({
      device,
      iteration,
      points: pointsArray(workspace),
      firstStep: this.#firstStep,
      lastStep: this.#steps,
      recorded: this.#recorded,
      meter: this.#meter,
      method,
      stepSize: chosen,
      execution,
      onStep: (step) => {
        const message = `step ${step} of ${this.#steps}`;
        this.#options.onProgress?.({ phase: "training", fraction: step / Math.max(this.#steps, 1), message, step });
      },
    });
  }

  async #finish(workspace: Workspace, progress: Progress): Promise<void> {
    try {
      const { state, decoder, stagingBytes } = await progress.finish();
      const diverged = progress.diverged || !isUsable(decoder);
      const status = diverged ? "diverged" : progress.isOver ? "done" : "cancelled";
      this.#finished.resolve({
        status,
        trace: progress.trace,
        optimizer: state.optimizer,
        schedule: state.schedule,
        stepSize: state.stepSize,
        execution: state.execution,
        decoder,
        state,
        memoryBytes: workspace.bytes + stagingBytes,
        adapter: this.#gpu.adapter,
      });
    } catch (error) {
      this.#finished.reject(error);
    } finally {
      workspace.destroy();
    }
  }

  #isAborted(): boolean {
    return this.#isLeft || (this.#options.signal?.aborted ?? false);
  }

  /** What `work` gives, or undefined as soon as the run is aborted. */
  async #orAborted<T>(work: Promise<T>): Promise<T | undefined> {
    const { signal } = this.#options;
    if (!signal) return work;
    const aborted = deferred<undefined>();
    const stop = (): void => aborted.resolve(undefined);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    try {
      return await Promise.race([work, aborted.promise]);
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }
}

function writeStart(iteration: Iteration, problem: Problem, device: DeviceProblem, options: TrainOptions): void {
  const { initial = "zero", seed = 1 } = options;
  if (initial === "zero") return;
  const given = splitDecoder(initial === "lecun" ? lecunDecoder(problem, seed) : initial, device.shape);
  for (const { high, low } of iteration.start) {
    high.write(given.high);
    low.write(given.low);
  }
}

/** LeCun's start: independent N(0, 1/d) entries. */
function lecunDecoder({ vocabularySize, embeddingDim }: Problem, seed: number): Float64Array {
  const stream = new RandomStream(seed, 0);
  return Float64Array.from({ length: vocabularySize * embeddingDim }, () => stream.normal() / Math.sqrt(embeddingDim));
}
