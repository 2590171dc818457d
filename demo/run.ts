import {
  checkInFloat64,
  estimateRun,
  logSpacedSteps,
  memoryNeeded,
  minimiserAt,
  openGpu,
  NextTokenBiasError,
  train,
  type AdapterDescription,
  type Float64Check,
  type Gpu,
  type HeldBack,
  type Problem,
  type RunEstimate,
  type TracePoint,
  type TrainResult,
  type TrainRun,
  type TrainState,
} from "../src/index.ts";
import { plainFigure } from "./format.ts";
import { knownLimits, type KnownLimits } from "./limits.ts";
import type { LoadedProblem } from "./sources.ts";
import type { Settings } from "./state.ts";

/** Where a run stands; "checking" is the float64 check after the last step. */
export type Phase = "starting" | "running" | "paused" | "ready" | "checking" | "done" | "diverged" | "failed";

/** The check runs on the page's own thread: what takes longer than a moment is left to the command line. */
const CHECK = { mostOperations: 2e8 };

/** All that the page shows of a run. */
export interface RunView {
  readonly loaded: LoadedProblem;
  readonly settings: Settings;
  readonly phase: Phase;
  /** Steps taken; the last recorded point can be some steps behind. */
  readonly step: number;
  readonly trace: readonly TracePoint[];
  readonly stepSize: number | undefined;
  readonly adapter: AdapterDescription | undefined;
  /** What the run costs, as measured before it began. */
  readonly estimate: RunEstimate | undefined;
  /** Variants of the matrix product that were chosen on this device, distinct. */
  readonly products: readonly string[];
  readonly check: Float64Check | undefined;
  /** What the last decoder proves of a minimiser. */
  readonly heldBack: HeldBack | undefined;
  /** Undefined until they were looked for. */
  readonly limits: KnownLimits | undefined;
  /** What is being computed while they are, in words. */
  readonly search: string | undefined;
  /** The last step's decoder, while no run is under way. */
  readonly result: Pick<TrainResult, "decoder" | "stepSize" | "execution" | "memoryBytes"> | undefined;
  /** Time in training, without pauses. */
  readonly trainingMs: number;
}

export interface RunnerListener {
  /** Something of the view has changed; what it was before is never changed in place. */
  onChange(view: RunView): void;
  onFailure(error: unknown): void;
}

interface Pending {
  readonly loaded: LoadedProblem;
  readonly settings: Settings;
  /** A device opened for it, where the present one is too small. */
  readonly larger: Gpu | undefined;
}

/** Makes runs, one at a time: whatever starts one first stops the one before, and waits until it has let go of the GPU. */
export class Runner {
  readonly #listener: RunnerListener;
  #view: RunView | undefined;
  /** A new run that waits for the one before to end. */
  #pending: Pending | undefined;
  #gpu: Gpu | undefined;
  /** Of the last problem for which the search was not broken off. */
  #known: { readonly problem: Problem; readonly limits: KnownLimits } | undefined;
  #run: TrainRun | undefined;
  /** Of the last step taken, while no run is under way. */
  #state: TrainState | undefined;
  #controller = new AbortController();
  #released: Promise<void> = Promise.resolve();
  #runningSince: number | undefined;
  #isStepping = false;
  #stepsWanted = 0;
  #pauseAtOnce = false;

  constructor(listener: RunnerListener) {
    this.#listener = listener;
  }

  get view(): RunView | undefined {
    return this.#view;
  }

  /** The problem that runs, or is about to. */
  get loaded(): LoadedProblem | undefined {
    return (this.#pending ?? this.#view)?.loaded;
  }

  /** A new run from its start. When the GPU cannot hold the problem, the run before goes on. */
  async start(loaded: LoadedProblem, settings: Settings): Promise<void> {
    const before = this.#controller;
    let larger: Gpu | undefined;
    if (this.#gpu && !(await fits(this.#gpu, loaded.problem))) {
      try {
        larger = await openFor(loaded.problem);
      } catch (error) {
        this.#listener.onFailure(error);
        return;
      }
    }
    if (this.#controller !== before) return larger?.destroy();
    this.#replacePending({ loaded, settings, larger });
    await this.#exclusively((signal) => this.#advance(signal, settings.steps));
  }

  /** Back to step 0, which is measured. */
  async reset(): Promise<void> {
    const { loaded, settings } = this.#view!;
    this.#pending ??= { loaded, settings, larger: undefined };
    await this.#exclusively((signal) => this.#advance(signal, 0));
  }

  /** Stops the run where it is; one that is about to begin stops at its first step. */
  pause(): void {
    const phase = this.#view?.phase;
    if (phase !== "running" && phase !== "starting") return;
    if (this.#run) this.#run.pause();
    else this.#pauseAtOnce = true;
    this.#stopClock();
    this.#change({ phase: "paused" });
  }

  /** Goes on to the last step that the settings name. */
  async resume(): Promise<void> {
    if (this.#run?.isPaused) {
      this.#runningSince = performance.now();
      this.#run.resume();
      this.#change({ phase: "running" });
      return;
    }
    if (this.#pauseAtOnce) {
      this.#pauseAtOnce = false;
      this.#change({ phase: "starting" });
      return;
    }
    await this.#exclusively((signal) => this.#advance(signal, this.#view!.settings.steps));
  }

  /** Stops where the run is, and takes exactly one step more; asked again meanwhile, one more each time. */
  async step(): Promise<void> {
    this.#stepsWanted++;
    if (this.#isStepping) return;
    this.#isStepping = true;
    await this.#exclusively(async (signal) => {
      while (this.#stepsWanted > 0 && !signal.aborted) {
        const first = (this.#state?.step ?? 0) + 1;
        const steps = Array.from({ length: this.#stepsWanted }, (_, i) => first + i);
        this.#stepsWanted = 0;
        await this.#advance(signal, steps.at(-1)!, { record: steps, phase: "paused" });
      }
    });
    this.#isStepping = false;
    this.#stepsWanted = 0;
  }

  /** Another last step for the run as it is; a run that was paused stays paused. */
  async retarget(steps: number): Promise<void> {
    if (this.#pending) return this.start(this.#pending.loaded, { ...this.#pending.settings, steps });
    const { phase, settings } = this.#view!;
    const goesOn = phase !== "paused" && phase !== "ready";
    this.#change({ settings: { ...settings, steps } });
    await this.#exclusively(async (signal) => {
      if (goesOn) await this.#advance(signal, steps);
    });
  }

  /** Stops the work under way, waits until it has ended, and does this unless something newer came meanwhile. */
  async #exclusively(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.#controller.abort();
    this.#run = undefined;
    this.#pauseAtOnce = false;
    const { signal } = (this.#controller = new AbortController());
    const before = this.#released;
    const done = (async () => {
      await before;
      if (signal.aborted) return;
      try {
        this.#beginPending();
        await work(signal);
      } catch (error) {
        if (!signal.aborted) this.#fail(error);
      }
    })();
    this.#released = done;
    await done;
  }

  #replacePending(pending: Pending): void {
    this.#pending?.larger?.destroy();
    this.#pending = pending;
  }

  /** Takes up the run that was asked for, now that the one before has let go of the GPU. */
  #beginPending(): void {
    if (!this.#pending) return;
    const { loaded, settings, larger } = this.#pending;
    this.#pending = undefined;
    if (larger) {
      this.#gpu?.destroy();
      this.#keep(larger);
    }
    this.#state = undefined;
    this.#view = {
      loaded,
      settings,
      phase: this.#pauseAtOnce ? "paused" : "starting",
      step: 0,
      trace: [],
      stepSize: undefined,
      adapter: this.#gpu?.adapter,
      estimate: undefined,
      products: [],
      check: undefined,
      heldBack: undefined,
      limits: this.#known?.problem === loaded.problem ? this.#known.limits : undefined,
      search: undefined,
      result: undefined,
      trainingMs: 0,
    };
    this.#listener.onChange(this.#view);
  }

  /** Runs from the present state, or from the start, to a step. */
  async #advance(
    signal: AbortSignal,
    until: number,
    { record = logSpacedSteps(until), phase = "running" }: { record?: readonly number[]; phase?: Phase } = {},
  ): Promise<void> {
    const { loaded, settings, trace: before } = this.#view!;
    const gpu = await this.#gpuFor(loaded.problem);
    if (signal.aborted) return;
    if (!this.#view!.estimate) {
      const estimate = await estimateRun(gpu, loaded.problem);
      if (signal.aborted) return;
      const products = new Set([...gpu.choices.values()].map(({ variant }) => variant));
      this.#change({ estimate, products: [...products], adapter: gpu.adapter });
    }
    const limits = await this.#limitsFor(gpu, loaded.problem, signal);
    const from = this.#state;
    const measured = new Set(before.map(({ step }) => step));
    const run = train(gpu, loaded.problem, {
      steps: until,
      record: [0, ...record].filter((step) => step >= (from?.step ?? 0) && !measured.has(step)),
      towards: limits,
      signal,
      onProgress: ({ step }) => {
        if (!signal.aborted) this.#change({ step });
      },
      ...(from ? { from } : { stepSize: settings.stepSize, initial: settings.initial, seed: settings.seed }),
    });
    this.#run = run;
    const isHeld = this.#pauseAtOnce && phase === "running";
    this.#pauseAtOnce = false;
    if (isHeld) run.pause();
    else this.#runningSince = performance.now();
    this.#change({
      phase: isHeld ? "paused" : phase,
      adapter: gpu.adapter,
      check: undefined,
      heldBack: undefined,
      result: undefined,
    });
    try {
      for await (const point of run) if (!signal.aborted) this.#change({ trace: [...this.#view!.trace, point] });
      const { state, status, trace, stepSize, decoder, execution, memoryBytes } = await run.result();
      this.#stopClock();
      this.#state = status === "diverged" ? undefined : state;
      this.#view = {
        ...this.#view!,
        trace: [...before, ...trace],
        step: state.step,
        stepSize,
        result: { decoder, stepSize, execution, memoryBytes },
      };
      if (signal.aborted) return;
      if (status === "diverged") throw new DivergedError(stepSize, state.step);
      if (until !== this.#view.settings.steps) return this.#change({ phase: until === 0 ? "ready" : "paused" });
      this.#change({ phase: "checking" });
      await new Promise((resolve) => setTimeout(resolve));
      if (signal.aborted) return;
      const last = this.#view.trace.at(-1)!;
      const heldBack = await minimiserAt(loaded.problem, limits, decoder);
      if (signal.aborted) return;
      this.#change({ phase: "done", check: checkInFloat64(loaded.problem, decoder, last, CHECK), heldBack });
    } finally {
      this.#stopClock();
      if (this.#run === run) this.#run = undefined;
    }
  }

  #fail(error: unknown): void {
    this.#state = undefined;
    const hasDiverged = error instanceof DivergedError;
    if (!hasDiverged) {
      // A device that failed once is not trusted with another run.
      this.#gpu?.destroy();
      this.#gpu = undefined;
    }
    this.#change({ phase: hasDiverged ? "diverged" : "failed" });
    this.#listener.onFailure(error);
  }

  async #gpuFor(problem: Problem): Promise<Gpu> {
    if (!this.#gpu) this.#keep(await openFor(problem));
    return this.#gpu!;
  }

  /** The limits of the problem, found once. */
  async #limitsFor(gpu: Gpu, problem: Problem, signal: AbortSignal): Promise<KnownLimits> {
    if (this.#known?.problem === problem) return this.#known.limits;
    this.#change({ search: "log-odds solution", adapter: gpu.adapter });
    try {
      const limits = await knownLimits(gpu, problem, signal, (search) => {
        if (!signal.aborted) this.#change({ search });
      });
      this.#known = { problem, limits };
      return limits;
    } finally {
      this.#change({ search: undefined, limits: this.#known?.problem === problem ? this.#known.limits : undefined });
    }
  }

  #keep(gpu: Gpu): void {
    this.#gpu = gpu;
    gpu.lost.catch(() => {
      if (this.#gpu === gpu) this.#gpu = undefined;
    });
  }

  #stopClock(): void {
    if (this.#runningSince === undefined || !this.#view) return;
    const trainingMs = this.#view.trainingMs + performance.now() - this.#runningSince;
    this.#runningSince = undefined;
    this.#view = { ...this.#view, trainingMs };
  }

  #change(changes: Partial<RunView>): void {
    this.#view = { ...this.#view!, ...changes };
    this.#listener.onChange(this.#view);
  }
}

/** The loss or the norm is no longer finite. */
class DivergedError extends NextTokenBiasError {
  constructor(stepSize: number, step: number) {
    super(
      "DIVERGED",
      `The run diverged before step ${step.toLocaleString("en")}: a step size of ${plainFigure(stepSize)} is too large here. Choose a smaller one; with the safe one, 1/L, the loss never rises.`,
    );
  }
}

async function fits(gpu: Gpu, problem: Problem): Promise<boolean> {
  const { maxStorageBufferBindingSize, maxBufferSize } = gpu.device.limits;
  return (await memoryNeeded(problem)).largestBufferBytes <= Math.min(maxStorageBufferBindingSize, maxBufferSize);
}

async function openFor(problem: Problem): Promise<Gpu> {
  const { largestBufferBytes } = await memoryNeeded(problem);
  return openGpu({ largestBufferBytes });
}
