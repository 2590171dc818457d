import type { GpuArray } from "../gpu/array.ts";
import { Batch } from "../gpu/batch.ts";
import type { Gpu } from "../gpu/device.ts";
import { PacedSubmissions } from "../gpu/paced-submissions.ts";
import { readArrays, stagingBytes } from "../readback/read-arrays.ts";
import type { Workspace } from "../gpu/workspace.ts";
import type { Recorded } from "./engines/iteration.ts";

const MOST_ITERATIONS_PER_SUBMISSION = 2048;
/** Recorded points that one submission can hold. */
const POINTS_PER_SUBMISSION = 256;

/** Where the points of a submission are recorded. */
export const pointsArray = (workspace: Workspace, { measures }: Pick<Recorded, "measures">): GpuArray<"f32"> =>
  workspace.array("points", "f32", [POINTS_PER_SUBMISSION, measures.length]);

/** What is read at the end of a run: its state, and what of it is kept. */
const arraysAtEnd = ({ state }: Pick<Recorded, "state">, kept: readonly GpuArray<"f32">[]): GpuArray<"f32">[] => [
  ...new Set([...state, ...kept]),
];

/** Bytes of the buffer that they are read through. */
export const stagingAtEnd = (iteration: Pick<Recorded, "state">, kept: readonly GpuArray<"f32">[]): number =>
  stagingBytes(arraysAtEnd(iteration, kept).reduce((sum, { length }) => sum + 4 * length, 0));

/** Which steps a run takes and records. */
export interface Course {
  readonly firstStep: number;
  readonly lastStep: number;
  /** Ascending. */
  readonly recorded: readonly number[];
  /** Told the number of the step that each submission reached. */
  readonly onStep: (step: number) => void;
}

/** A run on one device: what advances it, and what is read of it. */
export interface Stage<Point> {
  readonly iteration: Recorded;
  readonly points: GpuArray<"f32">;
  /** What a point is measured on besides its measures, if anything; it is read back with each, which then ends its submission. */
  readonly read: readonly GpuArray<"f32">[];
  /** What the result of the run is made from. */
  readonly kept: readonly GpuArray<"f32">[];
  /** The point of a step, from its measures and what was read with them; undefined where they are not finite. */
  readonly point: (step: number, measures: Float32Array, read: readonly Float32Array[]) => Point | undefined;
}

/** A run between two steps, on the host: from its arrays it goes on with the same bits. */
export interface Checkpoint {
  readonly step: number;
  /** The state by name. */
  readonly arrays: Readonly<Record<string, Float32Array>>;
  /** What was read of {@link Stage.kept}; not there where nothing has been read. */
  readonly kept?: readonly Float32Array[];
}

/** A run is read after so many milliseconds of work, or so many times what reading it takes, but at least every ten seconds. */
const CHECKPOINT_AFTER = { leastMs: 1000, mostMs: 10_000, timesReading: 50 };

/** Advances a run submission by submission, sized from measured time, and keeps what was recorded; from one device to the next. */
export class Progress<Point> {
  readonly trace: Point[] = [];
  diverged = false;
  readonly #course: Course;
  #stage: { readonly gpu: Gpu; readonly submissions: PacedSubmissions } & Stage<Point>;
  #step: number;
  #nextRecorded = 0;
  #checkpoint: Checkpoint | undefined;
  #checkpointDue = 0;
  #underWay: Promise<unknown> = Promise.resolve();

  constructor(course: Course, gpu: Gpu, stage: Stage<Point>) {
    this.#course = course;
    this.#step = course.firstStep;
    this.#stage = staged(gpu, stage);
    this.#scheduleCheckpoint(0);
  }

  /** Goes on from the last checkpoint on another device, where the run was prepared from it. */
  moveTo(gpu: Gpu, stage: Stage<Point>): void {
    this.#stage = staged(gpu, stage);
    this.#step = this.#checkpoint?.step ?? this.#course.firstStep;
    this.#nextRecorded = this.trace.length;
    this.diverged = false;
    this.#scheduleCheckpoint(0);
  }

  /** The step reached. */
  get step(): number {
    return this.#step;
  }

  /** Where the run can go on from if its device is lost; none before the first. */
  get checkpoint(): Checkpoint | undefined {
    return this.#checkpoint;
  }

  get isOver(): boolean {
    const { lastStep, recorded } = this.#course;
    return this.diverged || (this.#step === lastStep && this.#nextRecorded === recorded.length);
  }

  /** One submission: some iterations, and the points recorded in them; a point that the host measures ends it. */
  advance(): Promise<Point[]> {
    const advanced = this.#advance();
    this.#underWay = advanced.catch(() => undefined);
    return advanced;
  }

  async #advance(): Promise<Point[]> {
    const { gpu, read, submissions } = this.#stage;
    let steps: readonly number[] = [];
    const measured = await submissions.submit({
      record: (batch, most) => {
        const begun = this.#step;
        steps = this.#record(batch, most);
        // a point that the host measures cuts the submission short
        return read.length && steps.length ? undefined : this.#step - begun;
      },
      read: async () => (steps.length ? this.#readPoints(steps) : (await gpu.idle(), [])),
    });
    if (!this.isOver && performance.now() >= this.#checkpointDue) {
      const begun = performance.now();
      this.#checkpoint = await this.#readState();
      this.#scheduleCheckpoint(performance.now() - begun);
    }
    this.#course.onStep(this.#step);
    return measured;
  }

  #scheduleCheckpoint(readingMs: number): void {
    const { leastMs, mostMs, timesReading } = CHECKPOINT_AFTER;
    this.#checkpointDue = performance.now() + Math.min(Math.max(timesReading * readingMs, leastMs), mostMs);
  }

  /** Records so many iterations at most, and gives the steps whose points are among them. */
  #record(batch: Batch, most: number): number[] {
    const { lastStep, recorded } = this.#course;
    const { iteration, points, read } = this.#stage;
    const width = iteration.measures.length;
    const steps: number[] = [];
    const end = Math.min(this.#step + most, lastStep);
    while (steps.length < POINTS_PER_SUBMISSION) {
      const next = recorded[this.#nextRecorded] ?? Infinity;
      const target = Math.min(next, end);
      iteration.advance(batch, target - this.#step);
      this.#step = target;
      if (next > end) break;
      iteration.loss(batch);
      iteration.measure(batch);
      batch.copy(iteration.measures, points, steps.length * width, width);
      steps.push(next);
      this.#nextRecorded++;
      if (read.length) break;
    }
    return steps;
  }

  async #readPoints(steps: readonly number[]): Promise<Point[]> {
    const { iteration, points, read, point } = this.#stage;
    const width = iteration.measures.length;
    const [values, ...arrays] = await readArrays(points, ...read);
    const measured: Point[] = [];
    for (const [i, step] of steps.entries()) {
      const found = point(step, values.subarray(i * width, (i + 1) * width), arrays);
      if (found === undefined) {
        this.diverged = true;
        break;
      }
      measured.push(found);
    }
    this.trace.push(...measured);
    return measured;
  }

  /** The run after everything submitted. */
  async finish(): Promise<Required<Checkpoint>> {
    await this.#underWay;
    return this.#readState();
  }

  async #readState(): Promise<Required<Checkpoint>> {
    const { gpu, iteration, kept } = this.#stage;
    const batch = new Batch(gpu, "materialise");
    iteration.materialise(batch);
    batch.submit();
    const arrays = arraysAtEnd(iteration, kept);
    const values = await readArrays(...arrays);
    const valueOf = (array: GpuArray<"f32">): Float32Array => values[arrays.indexOf(array)]!;
    return {
      step: this.#step,
      arrays: Object.fromEntries(iteration.state.map((array) => [array.label, valueOf(array)])),
      kept: kept.map(valueOf),
    };
  }
}

const staged = <Point>(
  gpu: Gpu,
  stage: Stage<Point>,
): { readonly gpu: Gpu; readonly submissions: PacedSubmissions } & Stage<Point> => ({
  gpu,
  submissions: new PacedSubmissions(gpu, "training", { first: 1, most: MOST_ITERATIONS_PER_SUBMISSION }),
  ...stage,
});
