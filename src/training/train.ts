import { OptionError, StateError } from "../errors.ts";
import { requireKnownOptions, requireOneOf, requireSeed, requireWhole } from "../options.ts";
import type { GpuArray } from "../gpu/array.ts";
import { Batch } from "../gpu/batch.ts";
import type { AdapterDescription, Gpu } from "../gpu/context.ts";
import { readArrays } from "../gpu/readback.ts";
import { Workspace } from "../gpu/workspace.ts";
import type { Problem } from "../problem/problem.ts";
import { RandomStream } from "../problem/random.ts";
import {
  MEASURE_LENGTH,
  pairArray,
  prepareDescent,
  readMeasure,
  type Descent,
  type Measure,
  type PairArray,
} from "../kernels/descent.ts";
import {
  isUsable,
  joinDecoder,
  requireDecoder,
  splitDecoder,
  uploadProblem,
  type DeviceProblem,
} from "../kernels/device-problem.ts";
import { recordedSteps } from "./recorded-steps.ts";
import { deferred, type Deferred } from "./deferred.ts";
import { findStepBound } from "./step-bound.ts";

export interface TrainOptions {
  /** Number of the last step; default 10,000. A continued run counts on from its state's step. */
  readonly steps?: number;
  /** Step size η, or `"safe"` (the default) for 1/L. A continued run keeps its own unless told otherwise. */
  readonly stepSize?: number | "safe";
  /** Which steps are recorded: `"log"` (the default; 20 to a factor of ten, and the last), or a list; 0 is the start. */
  readonly record?: "log" | readonly number[];
  /** Where the run starts: zero (the default), LeCun's N(0, 1/d) drawn with `seed`, or a V × d decoder. */
  readonly initial?: "zero" | "lecun" | ArrayLike<number>;
  /** Seed of a LeCun start; default 1. */
  readonly seed?: number;
  /** A state that an earlier run on the same problem returned: the run goes on from it with the same bits. */
  readonly from?: TrainState;
  /** Stops the run: its iteration ends within a moment, its result has the status `"cancelled"` and everything done so far. */
  readonly signal?: AbortSignal;
  /** Called after each submission (about 50 ms) with the number of the step reached. */
  readonly onProgress?: (step: number) => void;
}

/** One recorded iterate, after `step` steps. */
export interface TracePoint extends Measure {
  readonly step: number;
  /** CE(W) in nats. */
  readonly loss: number;
}

/** Float32 arrays [V, d rounded up to a multiple of four] whose sum is a matrix to about 48 bits. */
export interface PairState {
  readonly high: Float32Array;
  readonly low: Float32Array;
}

/** All that a run needs to go on with the same bits. */
export interface TrainState {
  readonly step: number;
  readonly stepSize: number;
  readonly decoderInSpan: PairState;
  readonly decoderOffSpan: PairState;
  readonly decoder: PairState;
}

/** How a run ended: `"diverged"` means that a recorded loss or norm was not finite, or W outgrew float32 products (1e18). */
export type TrainStatus = "done" | "cancelled" | "diverged";

export interface TrainResult {
  readonly status: TrainStatus;
  readonly trace: readonly TracePoint[];
  readonly stepSize: number;
  /** W after the last step, V × d row-major. */
  readonly decoder: Float64Array;
  readonly state: TrainState;
  readonly adapter: AdapterDescription;
}

const OPTION_NAMES: readonly (keyof TrainOptions)[] = [
  "steps",
  "stepSize",
  "record",
  "initial",
  "seed",
  "from",
  "signal",
  "onProgress",
];

const DEFAULT_STEPS = 10_000;
const MOST_STEPS = 1e9;
/** Work of one submission: short enough that a page stays smooth and no watchdog wakes. */
const SUBMISSION_MS = 50;
const MOST_ITERATIONS_PER_SUBMISSION = 2048;
/** Recorded points that one submission can hold. */
const POINTS_PER_SUBMISSION = 256;

/**
 * Gradient descent on CE, run on the GPU: W ← W − η ∇CE(W). The iterates are read back only at recorded steps.
 * Iterate over the run for its points as they come; await `result()` for the end (it also runs what nobody iterates).
 * @throws OptionError at once for options out of range or unknown; ShapeError from the run for a state of another problem.
 */
export function train(gpu: Gpu, problem: Problem, options: TrainOptions = {}): TrainRun {
  return new TrainRun(gpu, problem, options);
}

/** A run under way; see {@link train}. It can be iterated once. */
export class TrainRun implements AsyncIterable<TracePoint> {
  readonly #gpu: Gpu;
  readonly #problem: Problem;
  readonly #options: TrainOptions;
  readonly #steps: number;
  readonly #firstStep: number;
  readonly #recorded: readonly number[];
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
    requireStepSize("stepSize", stepSize ?? "safe");
    requireStepSize("from.stepSize", from?.stepSize ?? "safe");
    requireSeed(seed);
    if (typeof initial === "string") requireOneOf("initial", initial, ["zero", "lecun"]);
    else requireDecoder(initial, { words: problem.vocabularySize, dim: problem.embeddingDim });
    if (from && options.initial !== undefined)
      throw new OptionError("initial: expected none beside from, whose state the run goes on from");
    this.#recorded = recordedSteps(record, this.#firstStep, steps);
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
    const device = uploadProblem(workspace, this.#problem);
    const { from, stepSize = from?.stepSize ?? "safe" } = this.#options;
    const chosen = stepSize === "safe" ? (await findStepBound(device)).safeStep : stepSize;
    const inSpan = pairArray(workspace, "decoder in span", device);
    const offSpan = pairArray(workspace, "decoder off span", device);
    const decoder = pairArray(workspace, "decoder", device);
    const start = from ?? startState(this.#problem, device, this.#options);
    writePair(inSpan, start.decoderInSpan);
    writePair(offSpan, start.decoderOffSpan);
    writePair(decoder, start.decoder);
    const descent = await prepareDescent(workspace, device, { inSpan, offSpan, decoder }, chosen);
    const points = workspace.array("points", "f32", [POINTS_PER_SUBMISSION, MEASURE_LENGTH]);
    return new Progress({
      device,
      descent,
      points,
      arrays: { inSpan, offSpan, decoder },
      firstStep: this.#firstStep,
      lastStep: this.#steps,
      recorded: this.#recorded,
      stepSize: chosen,
      onProgress: this.#options.onProgress,
    });
  }

  async #finish(workspace: Workspace, progress: Progress): Promise<void> {
    try {
      const state = await progress.readState();
      const decoder = joinDecoder([state.decoder.high, state.decoder.low], progress.shape);
      const diverged = progress.diverged || !isUsable(decoder);
      const status = diverged ? "diverged" : progress.isOver ? "done" : "cancelled";
      this.#finished.resolve({
        status,
        trace: progress.trace,
        stepSize: state.stepSize,
        decoder,
        state,
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

interface ProgressSetup {
  readonly device: DeviceProblem;
  readonly descent: Descent;
  readonly points: GpuArray<"f32">;
  readonly arrays: Record<"inSpan" | "offSpan" | "decoder", PairArray>;
  readonly firstStep: number;
  readonly lastStep: number;
  readonly recorded: readonly number[];
  readonly stepSize: number;
  readonly onProgress: ((step: number) => void) | undefined;
}

/** Advances a run submission by submission, sized from measured time, and keeps what was recorded. */
class Progress {
  readonly trace: TracePoint[] = [];
  diverged = false;
  readonly #setup: ProgressSetup;
  #step: number;
  #nextRecorded = 0;
  #iterations = 1;
  #underWay: Promise<unknown> = Promise.resolve();

  constructor(setup: ProgressSetup) {
    this.#setup = setup;
    this.#step = setup.firstStep;
  }

  get shape(): DeviceProblem["shape"] {
    return this.#setup.device.shape;
  }

  get isOver(): boolean {
    const { lastStep, recorded } = this.#setup;
    return this.diverged || (this.#step === lastStep && this.#nextRecorded === recorded.length);
  }

  /** One submission: some iterations, and the points recorded in them. */
  advance(): Promise<TracePoint[]> {
    const advanced = this.#advance();
    this.#underWay = advanced.catch(() => undefined);
    return advanced;
  }

  async #advance(): Promise<TracePoint[]> {
    const { device, descent, points, lastStep, recorded, onProgress } = this.#setup;
    const { gpu } = device;
    gpu.assertHealthy();
    const batch = new Batch(gpu, "gradient descent");
    const steps: number[] = [];
    let taken = 0;
    for (; taken < this.#iterations && steps.length < POINTS_PER_SUBMISSION; taken++) {
      descent.loss(batch);
      if (recorded[this.#nextRecorded] === this.#step) {
        descent.measure(batch);
        batch.copy(descent.measures, points, steps.length * MEASURE_LENGTH, MEASURE_LENGTH);
        steps.push(this.#step);
        this.#nextRecorded++;
      }
      if (this.#step === lastStep) break;
      descent.step(batch);
      this.#step++;
    }
    const begin = performance.now();
    batch.submit();
    const measured = steps.length ? await this.#readPoints(steps) : (await gpu.idle(), []);
    this.#paceFor(taken, performance.now() - begin);
    onProgress?.(this.#step);
    return measured;
  }

  async #readPoints(steps: readonly number[]): Promise<TracePoint[]> {
    const [values] = await readArrays(this.#setup.points);
    const { entropy } = this.#setup.device.problem;
    const measured: TracePoint[] = [];
    for (const [i, step] of steps.entries()) {
      const measure = readMeasure(values.subarray(i * MEASURE_LENGTH, (i + 1) * MEASURE_LENGTH));
      if (!Number.isFinite(measure.lossGap) || !Number.isFinite(measure.norm)) {
        this.diverged = true;
        break;
      }
      measured.push({ step, loss: entropy + measure.lossGap, ...measure });
    }
    this.trace.push(...measured);
    return measured;
  }

  #paceFor(iterations: number, elapsedMs: number): void {
    const fitting = Math.floor((SUBMISSION_MS * Math.max(iterations, 1)) / Math.max(elapsedMs, 0.1));
    this.#iterations = Math.min(Math.max(fitting, 1), 4 * this.#iterations, MOST_ITERATIONS_PER_SUBMISSION);
  }

  /** The state after everything submitted. */
  async readState(): Promise<TrainState> {
    await this.#underWay;
    const { inSpan, offSpan, decoder } = this.#setup.arrays;
    const [inHigh, inLow, offHigh, offLow, high, low] = await readArrays(
      inSpan.high,
      inSpan.low,
      offSpan.high,
      offSpan.low,
      decoder.high,
      decoder.low,
    );
    return {
      step: this.#step,
      stepSize: this.#setup.stepSize,
      decoderInSpan: { high: inHigh, low: inLow },
      decoderOffSpan: { high: offHigh, low: offLow },
      decoder: { high, low },
    };
  }
}

function requireStepSize(name: string, stepSize: number | "safe"): void {
  if (stepSize !== "safe" && !(stepSize >= 1e-37 && stepSize <= 1e18))
    throw new OptionError(`${name}: expected "safe" or a number from 1e-37 to 1e18, found ${String(stepSize)}`);
}

function startState(
  problem: Problem,
  device: DeviceProblem,
  options: TrainOptions,
): Pick<TrainState, "decoderInSpan" | "decoderOffSpan" | "decoder"> {
  const { words, paddedDim } = device.shape;
  const zero = { high: new Float32Array(words * paddedDim), low: new Float32Array(words * paddedDim) };
  const { initial = "zero", seed = 1 } = options;
  if (initial === "zero") return { decoderInSpan: zero, decoderOffSpan: zero, decoder: zero };
  const given = splitDecoder(initial === "lecun" ? lecunDecoder(problem, seed) : initial, device.shape);
  return { decoderInSpan: zero, decoderOffSpan: given, decoder: given };
}

/** LeCun's start: independent N(0, 1/d) entries. */
function lecunDecoder({ vocabularySize, embeddingDim }: Problem, seed: number): Float64Array {
  const stream = new RandomStream(seed, 0);
  return Float64Array.from({ length: vocabularySize * embeddingDim }, () => stream.normal() / Math.sqrt(embeddingDim));
}

function writePair(array: PairArray, state: PairState): void {
  array.high.write(state.high);
  array.low.write(state.low);
}
