import {
  logSpacedSteps,
  GpuUnavailableError,
  openGpu,
  NextTokenBiasError,
  type Gpu,
  type OpenGpuOptions,
  type Problem,
} from "../src/index.ts";
import { plainFigure } from "./format.ts";
import type { KnownLimits } from "./limits.ts";
import { LimitsOnce } from "./limits-once.ts";
import type { Model, Phase, RunNeeds } from "./models/model.ts";
import type { RunEnd, RunPoint, UnderWay } from "./models/point.ts";
import type { RunView } from "./run-view.ts";
import type { LoadedProblem } from "./sources.ts";
import type { Settings } from "./state/settings.ts";

export interface RunnerListener {
  /** Something of the view has changed; what it was before is never changed in place. */
  onChange(view: RunView): void;
  onFailure(error: unknown): void;
  /** The run can go on from this state, up to whose step the view has its points. */
  onCheckpoint(view: RunView, state: RunEnd["state"]): void;
}

/** A run between two steps, from which it goes on. */
interface Midway extends Pick<RunView, "trace" | "trainingMs"> {
  readonly state: RunEnd["state"];
}

interface Pending {
  readonly loaded: LoadedProblem;
  readonly settings: Settings;
  readonly needs: RunNeeds;
  /** It begins when it is told to. */
  readonly isWaiting?: boolean;
  /** A device opened for it, where the present one is too small. */
  readonly larger?: Gpu | undefined;
  readonly from?: Midway | undefined;
}

/**
 * The most that a run may need to start by itself, of a problem that was only opened: ten seconds of a GPU of 10^11 multiply-adds a
 * second, and 64 MiB of its memory. What needs more starts when it is told to.
 */
export const STARTS_BY_ITSELF = { multiplyAdds: 1e12, bytes: 2 ** 26 };

/** Where runs have their devices from. */
export interface Devices {
  open(wanted: Required<Pick<OpenGpuOptions, "largestBufferBytes" | "onLoss">>): Promise<Gpu>;
  /** The run that opened it needs it no longer. */
  release(gpu: Gpu): void;
}

const OWN_DEVICE: Devices = { open: openGpu, release: (gpu) => gpu.destroy() };

/** Makes runs, one at a time: whatever starts one first stops the one before, and waits until it has let go of the GPU. */
export class Runner {
  readonly #listener: RunnerListener;
  readonly #devices: Devices;
  #view: RunView | undefined;
  /** A new run that waits for the one before to end. */
  #pending: Pending | undefined;
  #gpu: Gpu | undefined;
  /** Why the page has never had a GPU. */
  #withoutGpu: GpuUnavailableError | undefined;
  #hadGpu = false;
  readonly #limits = new LimitsOnce();
  #run: UnderWay | undefined;
  /** Lets the search for the limits begin, which waits for the run's first step, or until it is paused. */
  #letSearch = ignore;
  /** The last step of the run under way. */
  #until = 0;
  /** Of the last step taken, while no run is under way. */
  #state: RunEnd["state"] | undefined;
  #controller = new AbortController();
  #released: Promise<void> = Promise.resolve();
  #runningSince: number | undefined;
  #isStepping = false;
  #stepsWanted = 0;
  #pauseAtOnce = false;
  /** What was asked to start last, until it is known whether the GPU can hold it. */
  #asked: { readonly loaded: LoadedProblem } | undefined;

  /** @param devices by default a device of its own */
  constructor(listener: RunnerListener, devices: Devices = OWN_DEVICE) {
    this.#listener = listener;
    this.#devices = devices;
  }

  get view(): RunView | undefined {
    return this.#view;
  }

  /** The device that runs are on; undefined before one is open. */
  get gpu(): Gpu | undefined {
    return this.#gpu;
  }

  /** The problem that runs, or is about to. */
  get loaded(): LoadedProblem | undefined {
    return (this.#asked ?? this.#pending ?? this.#view)?.loaded;
  }

  /**
   * A new run from its start, or one from where it was. The run before goes on when the GPU cannot hold the problem.
   * @param isAskedFor else it waits for {@link resume} where it needs more than {@link STARTS_BY_ITSELF}
   * @throws GpuUnavailableError when the GPU cannot hold it
   */
  async start(
    loaded: LoadedProblem,
    settings: Settings,
    { from, isAskedFor = true }: { readonly from?: Midway; readonly isAskedFor?: boolean } = {},
  ): Promise<void> {
    const before = this.#controller;
    const asked = (this.#asked = { loaded });
    try {
      const needs = await settings.model.needs(loaded.problem);
      const isTooSmall = this.#gpu && !canHold(this.#gpu, needs.largestBufferBytes);
      const larger = isTooSmall ? await this.#open(needs) : undefined;
      if (this.#controller !== before || this.#asked !== asked) return this.#release(larger);
      const isWaiting = !isAskedFor && isLong(needs, settings.steps);
      this.#replacePending({ loaded, settings, needs, larger, from, isWaiting });
    } finally {
      if (this.#asked === asked) this.#asked = undefined;
    }
    await this.#exclusively(async (signal) => {
      if (this.#view!.phase !== "waiting") await this.#advance(signal, settings.steps);
    });
  }

  /** Back to step 0, which is measured. */
  async reset(): Promise<void> {
    const { loaded, settings, needs } = this.#view!;
    this.#pending ??= { loaded, settings, needs };
    await this.#exclusively((signal) => this.#advance(signal, 0));
  }

  /** Stops the run where it is; one that is about to begin stops at its first step. */
  pause(): void {
    const phase = this.#view?.phase;
    if (phase !== "running" && phase !== "starting") return;
    if (this.#run) {
      this.#run.pause();
      this.#letSearch();
    } else this.#pauseAtOnce = true;
    this.#stopClock();
    this.#change({ phase: "paused" });
  }

  /** Goes on to the last step that the settings name. */
  async resume(): Promise<void> {
    if (this.#run?.isPaused) {
      const isOnItsWay = this.#until === this.#view!.settings.steps;
      if (isOnItsWay) {
        this.#startClock();
        this.#run.resume();
      }
      this.#change({ phase: "running" });
      if (isOnItsWay || !(await this.#untilMeasured()) || this.#view!.phase !== "running") return;
    }
    if (this.#view!.phase === "waiting") this.#change({ phase: "starting" });
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
    this.pause();
    if (await this.#untilMeasured())
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

  /** The run with its state, which one that is paused between two points is read for: it goes on from there. */
  async whole(): Promise<RunView | undefined> {
    if (this.#run?.isPaused && (await this.#untilMeasured())) await this.#exclusively(() => Promise.resolve());
    return this.#view;
  }

  /** The settings with another last step, for the run as it is; one that was paused stays paused. */
  async retarget(settings: Settings): Promise<void> {
    if (this.#pending) return this.start(this.#pending.loaded, settings);
    this.#change({ settings: { ...this.#view!.settings, steps: settings.steps, state: settings.state } });
    const { phase } = this.#view!;
    if (phase !== "paused" && phase !== "ready" && phase !== "waiting")
      await this.#exclusively((signal) => this.#advance(signal, settings.steps));
  }

  /** Ends what is under way, and lets go of the device; nothing can be started afterwards. */
  async close(): Promise<void> {
    await this.#exclusively(() => Promise.resolve());
    this.#release(this.#pending?.larger);
    this.#release(this.#gpu);
    this.#gpu = this.#pending = undefined;
  }

  /** Waits until what the run has recorded is held against its limits; false where another run was started meanwhile. */
  async #untilMeasured(): Promise<boolean> {
    const before = this.#controller;
    await this.#run?.measured().catch(ignore);
    return this.#controller === before;
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
    this.#release(this.#pending?.larger);
    this.#pending = pending;
  }

  /** Takes up the run that was asked for, now that the one before has let go of the GPU. */
  #beginPending(): void {
    if (!this.#pending) return;
    const { loaded, settings, needs, larger, from, isWaiting } = this.#pending;
    this.#pending = undefined;
    if (larger) {
      this.#release(this.#gpu);
      this.#gpu = larger;
    }
    this.#state = from?.state;
    this.#view = {
      loaded,
      settings,
      needs,
      phase: isWaiting ? "waiting" : this.#pauseAtOnce ? "paused" : "starting",
      step: from?.state.step ?? 0,
      trace: from?.trace ?? [],
      stepSize: from?.state.stepSize,
      adapter: this.#gpu?.adapter,
      withoutGpu: this.#withoutGpu,
      check: undefined,
      heldBack: undefined,
      limits: this.#limits.known(loaded.problem, settings.model),
      predictions: [],
      preview: [],
      search: undefined,
      isMeasured: false,
      isLost: false,
      end: undefined,
      pace: undefined,
      trainingMs: from?.trainingMs ?? 0,
    };
    this.#listener.onChange(this.#view);
  }

  /** Runs from the present state, or from the start, to a step. */
  async #advance(
    signal: AbortSignal,
    until: number,
    { record = logSpacedSteps(until), phase = "running" }: { record?: readonly number[]; phase?: Phase } = {},
  ): Promise<void> {
    const { loaded, settings, needs, trace: before } = this.#view!;
    const { seed, model } = settings;
    const hasPoint = new AbortController();
    if (!this.#gpu) this.#showPreview(AbortSignal.any([signal, hasPoint.signal]), Math.min(until, PREVIEWED_STEPS));
    const gpu = await this.#gpuFor(loaded.problem, model, needs);
    if (!gpu) hasPoint.abort();
    if (signal.aborted) return;
    const known = this.#limits.known(loaded.problem, model);
    const begun = new Promise<void>((resolve) => (this.#letSearch = resolve));
    const begin = this.#letSearch;
    const searched = this.#search(gpu, gpu && !known ? begun : undefined, signal);
    searched.catch(ignore);
    // a run in float64 waits for its limits, which the same worker finds
    const towards =
      known ??
      (gpu
        ? searched.catch((error: unknown) => {
            // a run that is stopped gives its state, whatever becomes of the search
            if (signal.aborted) return {};
            throw error;
          })
        : await searched);
    if (signal.aborted) return;
    const from = this.#state;
    const measured = new Set(before.map(({ step }) => step));
    const stretch = {
      steps: until,
      record: [0, ...record].filter((step) => step >= (from?.step ?? 0) && !measured.has(step)),
      towards,
      ...{ seed, from, signal },
      onStep: (step: number) => {
        begin();
        if (!signal.aborted) this.#change({ step, isLost: false });
      },
      onCheckpoint: (state: RunEnd["state"]) => {
        // what is kept goes on with the points that it has
        if (signal.aborted || !this.#view!.isMeasured) return;
        this.#listener.onCheckpoint({ ...this.#view!, trainingMs: this.#trainingMs() }, state);
      },
    };
    const run = gpu ? model.train(gpu, loaded.problem, stretch) : model.inFloat64!.train(loaded.problem, stretch);
    this.#run = run;
    this.#until = until;
    const isHeld = this.#pauseAtOnce && phase === "running";
    this.#pauseAtOnce = false;
    if (isHeld) {
      run.pause();
      begin();
    } else this.#startClock();
    this.#change({
      phase: isHeld ? "paused" : phase,
      adapter: gpu?.adapter,
      check: undefined,
      heldBack: undefined,
      end: undefined,
      isMeasured: !("then" in towards),
    });
    try {
      if (!known)
        void run.measured().then((points) => {
          if (!signal.aborted) this.#remeasure(points);
        }, ignore);
      for await (const point of run) {
        begin();
        hasPoint.abort();
        if (!signal.aborted) this.#change({ trace: [...this.#view!.trace, point] });
      }
      begin();
      this.#stopClock();
      const end = await run.result();
      // points that were not held against the limits would stay so: what goes on goes on from before them
      if (signal.aborted && !this.#view!.isMeasured) return this.#change({ trace: before, step: from?.step ?? 0 });
      const { state, status, trace, stepSize } = end;
      this.#state = status === "diverged" ? undefined : state;
      this.#view = {
        ...this.#view!,
        trace: [...before, ...trace],
        step: state.step,
        stepSize,
        end,
      };
      if (signal.aborted) return;
      if (status === "diverged") throw new DivergedError(stepSize, state.step, model.whenDiverged);
      if (until !== this.#view.settings.steps) return this.#change({ phase: until === 0 ? "ready" : "paused" });
      this.#change({ phase: "checking" });
      await new Promise((resolve) => setTimeout(resolve));
      if (signal.aborted) return;
      const last = this.#view.trace.at(-1)!;
      const checked = await model.check(loaded.problem, await searched, end, last);
      if (signal.aborted) return;
      this.#change({ phase: "done", ...checked });
    } finally {
      this.#stopClock();
      if (this.#run === run) this.#run = undefined;
    }
  }

  /** Points that came before the limits have the figures towards them now. */
  #remeasure(points: readonly RunPoint[]): void {
    const measured = new Map(points.map((point) => [point.step, point]));
    const trace = this.#view!.trace.map((point) => measured.get(point.step) ?? point);
    this.#change({ trace, isMeasured: true });
  }

  #fail(error: unknown): void {
    this.#state = undefined;
    const hasDiverged = error instanceof DivergedError;
    if (!hasDiverged) {
      // A device that failed once is not trusted with another run.
      this.#release(this.#gpu);
      this.#gpu = undefined;
    }
    this.#change({ phase: hasDiverged ? "diverged" : "failed", preview: [], search: undefined });
    this.#listener.onFailure(error);
  }

  /** The device for a run; undefined where the page has never had one and the run is made in float64 in its place. */
  async #gpuFor(problem: Problem, model: Model, needs: RunNeeds): Promise<Gpu | undefined> {
    if (this.#gpu) return this.#gpu;
    try {
      this.#gpu = await this.#open(needs);
      this.#hadGpu = true;
      return this.#gpu;
    } catch (error) {
      const isMissing = error instanceof GpuUnavailableError && error.reason !== "limits";
      if (!isMissing || this.#hadGpu || !model.inFloat64 || model.inFloat64.whyNot(problem) !== undefined) throw error;
      this.#withoutGpu = error;
      this.#change({ withoutGpu: error });
      return undefined;
    }
  }

  /** Shows the first steps as float64 has them, where it can, until the signal says that the run has points of its own. */
  #showPreview(signal: AbortSignal, steps: number): void {
    const { loaded, settings, trace } = this.#view!;
    const { model, seed } = settings;
    const { problem } = loaded;
    if (!model.inFloat64 || model.inFloat64.whyNot(problem) !== undefined || trace.length > 0 || this.#state) return;
    const run = model.inFloat64.train(problem, {
      ...{ steps, record: [0, ...logSpacedSteps(steps)], seed, signal, from: undefined, towards: {} },
      ...{ onStep: ignore, onCheckpoint: ignore },
    });
    void (async () => {
      for await (const point of run) if (!signal.aborted) this.#change({ preview: [...this.#view!.preview, point] });
    })().catch(ignore);
  }

  /**
   * Finds the limits of the problem and what they predict of its run, beside the run.
   * @param begun the run is under way: compiling for the search would hold back its first points
   */
  async #search(gpu: Gpu | undefined, begun: Promise<void> | undefined, signal: AbortSignal): Promise<KnownLimits> {
    const { loaded, settings } = this.#view!;
    await begun;
    signal.throwIfAborted();
    const limits = await this.#limits.find(gpu, loaded, settings.model, signal, (search) => {
      if (!signal.aborted) this.#change({ search, isLost: false });
    });
    signal.throwIfAborted();
    this.#change({ search: undefined, limits });
    if (this.#view!.predictions.length === 0) {
      const predictions = await settings.model.predict(loaded.problem, limits, signal);
      signal.throwIfAborted();
      this.#change({ predictions });
    }
    return limits;
  }

  #open({ largestBufferBytes }: RunNeeds): Promise<Gpu> {
    return this.#devices.open({ largestBufferBytes, onLoss: () => this.#change({ isLost: true }) });
  }

  #release(gpu: Gpu | undefined): void {
    if (gpu) this.#devices.release(gpu);
  }

  #trainingMs(): number {
    const now = performance.now();
    return this.#view!.trainingMs + now - (this.#runningSince ?? now);
  }

  #startClock(): void {
    this.#runningSince = performance.now();
    this.#view = { ...this.#view!, pace: { since: this.#runningSince, step: this.#view!.step } };
  }

  #stopClock(): void {
    if (this.#runningSince === undefined || !this.#view) return;
    const trainingMs = this.#trainingMs();
    this.#runningSince = undefined;
    this.#view = { ...this.#view, trainingMs };
  }

  #change(changes: Partial<RunView>): void {
    this.#view = { ...this.#view!, ...changes };
    this.#listener.onChange(this.#view);
  }
}

/** So many take milliseconds on a small problem, and the shaders that are being compiled need the processor too. */
const PREVIEWED_STEPS = 1000;

/** Whoever waits for it hears of it. */
const ignore = (): void => undefined;

/** The loss or the norm is no longer finite. */
class DivergedError extends NextTokenBiasError {
  constructor(stepSize: number, step: number, advice: string) {
    super(
      "DIVERGED",
      `The run diverged before step ${step.toLocaleString("en")}: a step size of ${plainFigure(stepSize)} is too large here. ${advice}`,
    );
  }
}

function isLong({ multiplyAdds, totalBytes }: RunNeeds, steps: number): boolean {
  return steps * multiplyAdds > STARTS_BY_ITSELF.multiplyAdds || totalBytes > STARTS_BY_ITSELF.bytes;
}

/** Whether it was opened for a buffer of so many bytes. */
export const canHold = (gpu: Gpu, bytes: number): boolean => bytes <= gpu.largestBufferBytes;
