import { StateError } from "../errors.ts";
import type { AdapterDescription } from "../gpu/adapter.ts";
import type { Gpu } from "../gpu/device.ts";
import { Losses } from "../gpu/losses.ts";
import { Workspace } from "../gpu/workspace.ts";
import { unlessAborted } from "../support/abort.ts";
import { deferred, type Deferred } from "../support/deferred.ts";
import { Progress, stagingOfRun, type Checkpoint, type Course, type Stage } from "./progress.ts";
import type { TrainStatus } from "./run-settings.ts";
import type { Towards } from "./towards.ts";

/** How a run ended, as far as its state is known on the host. */
export interface RunEnd<Point> extends Checkpoint {
  /** `"diverged"` where a recorded point was not finite. */
  readonly status: TrainStatus;
  readonly trace: readonly Point[];
  /** GPU memory that the run held: its arrays, and what they were read through. */
  readonly memoryBytes: number;
  readonly adapter: AdapterDescription;
}

/** What a {@link Run} runs. */
export interface RunPlan<Point extends { readonly step: number }, Result> {
  readonly gpu: Gpu;
  readonly signal?: AbortSignal | undefined;
  readonly course: Course;
  /** Compiles, binds and starts, from a checkpoint of this run where there is one. */
  prepare(workspace: Workspace, checkpoint: Checkpoint | undefined): Promise<Stage<Point>>;
  /** What holds the points of a trace against limits that may come after them. */
  readonly towards?: Pick<Towards<never, object>, "makeRoom" | "catchUp" | "complete">;
  /** The run before its first step. */
  start(): Promise<Checkpoint>;
  result(end: RunEnd<Point>): Promise<Result>;
  /** Told of each checkpoint when the points up to its step were given out, if anybody wants to know. */
  keep?(checkpoint: Checkpoint): Promise<void>;
}

/** How long a cancelled run is given for the submission under way and to read its state: both take some 50 ms as a rule. */
const GRACE_MS = 300;

/** A run under way, see `train` and `trainEmbeddings`: iterate over it for its points as they come. It can be iterated once. */
export class Run<Point extends { readonly step: number }, Result> implements AsyncIterable<Point> {
  readonly #plan: RunPlan<Point, Result>;
  readonly #points: AsyncGenerator<Point, void, void>;
  readonly #finished = deferred<Result>();
  /** Somebody has asked for the points. */
  #isTaken = false;
  #isStarted = false;
  /** The loop over the points was left before its end. */
  #isLeft = false;
  #unpaused: Deferred<void> | undefined;
  #progress: Progress<Point> | undefined;
  /** The run on the device where it goes on. */
  #stage: { readonly workspace: Workspace; readonly progress: Progress<Point>; readonly readBytes: number } | undefined;
  readonly #losses = new Losses();

  /** @internal */
  constructor(plan: RunPlan<Point, Result>) {
    this.#plan = plan;
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
  [Symbol.asyncIterator](): AsyncIterator<Point, void, void> {
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
  async result(): Promise<Result> {
    if (!this.#isStarted) {
      this.#isTaken = true;
      while (!(await this.#points.next()).done);
    }
    return this.#finished.promise;
  }

  /**
   * The points so far with all their figures, once limits that come late are known; those of a cancelled run as they are.
   * @throws what kept the limits from being found
   */
  async measured(): Promise<readonly Point[]> {
    await this.#plan.towards?.catchUp();
    return this.#complete(this.#progress?.trace ?? []);
  }

  async *#execute(): AsyncGenerator<Point, void, void> {
    this.#isStarted = true;
    let failed = false;
    let given = 0;
    let kept: Checkpoint | undefined;
    try {
      while (!this.#isAborted() && !this.#progress?.isOver) {
        await this.#surviving(
          (progress) => this.#goOn(progress),
          (workspace, work) => workspace.unlessAborted(this.#plan.signal, work),
        );
        const { trace = [], checkpoint } = this.#progress ?? {};
        // also those of a submission whose device was lost after they had been read
        const points = this.#complete(trace.slice(given));
        given = trace.length;
        yield* points;
        if (checkpoint && checkpoint !== kept) await this.#keep(checkpoint);
        kept = checkpoint;
      }
    } catch (error) {
      failed = true;
      this.#leaveStage();
      this.#finished.reject(error);
      throw error;
    } finally {
      // not awaited: a cancelled run lets go of its iteration before the submission under way has ended
      if (!failed) void this.#finish();
    }
  }

  /** The next submission, once the run is not paused. */
  async #goOn(progress: Progress<Point>): Promise<void> {
    while (this.#unpaused && !this.#isAborted())
      await Promise.race([this.#unpaused.promise, this.#stage!.workspace.gpu.lost]);
    await this.#plan.towards?.makeRoom();
    if (this.#isAborted()) return;
    const before = progress.checkpoint;
    const points = await progress.advance();
    if (points.length > 0 || progress.checkpoint !== before) this.#losses.forget();
  }

  async #keep(checkpoint: Checkpoint): Promise<void> {
    await unlessAborted(this.#plan.signal, async () => this.#plan.keep?.(checkpoint));
  }

  /**
   * What `work` gives on a device that lives: where one is lost, the run goes on from its last checkpoint on the next. Undefined when
   * `within` gives nothing, as after an abort.
   */
  async #surviving<T>(
    work: (progress: Progress<Point>) => Promise<T>,
    within: (workspace: Workspace, work: () => Promise<T>) => Promise<T | undefined>,
  ): Promise<T | undefined> {
    for (;;) {
      const gpu = this.#stage?.workspace.gpu ?? (await unlessAborted(this.#plan.signal, () => this.#plan.gpu.living()));
      if (!gpu) return undefined;
      try {
        const progress = this.#stage?.progress ?? (await this.#enterStage(gpu));
        return progress && (await within(this.#stage!.workspace, () => work(progress)));
      } catch (error) {
        this.#losses.survive(error);
        this.#leaveStage();
      }
    }
  }

  /** Prepares the run on a device, from its last checkpoint; undefined after an abort. */
  async #enterStage(gpu: Gpu): Promise<Progress<Point> | undefined> {
    const workspace = new Workspace(gpu);
    try {
      const stage = await workspace.unlessAborted(this.#plan.signal, () =>
        this.#plan.prepare(workspace, this.#progress?.checkpoint),
      );
      if (!stage) {
        workspace.destroy();
        return undefined;
      }
      if (this.#progress) this.#progress.moveTo(gpu, stage);
      else this.#progress = new Progress(this.#plan.course, gpu, stage);
      this.#stage = { workspace, progress: this.#progress, readBytes: stagingOfRun(stage) };
      return this.#progress;
    } catch (error) {
      workspace.destroy();
      throw error;
    }
  }

  #leaveStage(): void {
    this.#stage?.workspace.destroy();
    this.#stage = undefined;
  }

  async #finish(): Promise<void> {
    try {
      const end = await this.#end().finally(() => this.#leaveStage());
      const isWhole = end.status === "cancelled" || ((await this.#plan.towards?.catchUp()) ?? true);
      const status = end.status === "done" && !isWhole ? "cancelled" : end.status;
      this.#finished.resolve(await this.#plan.result({ ...end, status, trace: this.#complete(end.trace) }));
    } catch (error) {
      this.#finished.reject(error);
    }
  }

  /** The state after everything submitted; of a cancelled run that gives none in time, the last one that is known. */
  async #end(): Promise<RunEnd<Point>> {
    const { signal, gpu } = this.#plan;
    const reached = this.#progress?.step ?? 0;
    const read =
      this.#progress &&
      (await this.#surviving(
        async (progress) => {
          // what was lost with a device is computed again
          while (!progress.isOver && progress.step < reached) await progress.advance();
          return progress.finish();
        },
        (workspace, work) => workspace.unlessLate(signal, GRACE_MS, work),
      ));
    const { isOver = false, diverged = false, trace = [], checkpoint } = this.#progress ?? {};
    return {
      ...(read ?? checkpoint ?? (await this.#plan.start())),
      status: diverged ? "diverged" : read && isOver ? "done" : "cancelled",
      trace: [...trace],
      memoryBytes: this.#stage ? this.#stage.workspace.bytes + this.#stage.readBytes : 0,
      adapter: gpu.adapter,
    };
  }

  #complete(trace: readonly Point[]): readonly Point[] {
    return this.#plan.towards?.complete(trace) ?? [...trace];
  }

  #isAborted(): boolean {
    return this.#isLeft || (this.#plan.signal?.aborted ?? false);
  }
}
