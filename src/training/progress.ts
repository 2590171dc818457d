import type { GpuArray } from "../gpu/array.ts";
import { Batch } from "../gpu/batch.ts";
import type { Gpu } from "../gpu/device.ts";
import { PacedSubmissions } from "../gpu/paced-submissions.ts";
import { readArrays, stagingBytes } from "../readback/read-arrays.ts";
import type { Workspace } from "../gpu/workspace.ts";
import type { Recorded } from "./engines/iteration.ts";

const MOST_ITERATIONS_PER_SUBMISSION = 2048;
/** Recorded points that one submission can hold, and words of all of them. */
const [MOST_POINTS, MOST_POINT_WORDS] = [256, 65_536];

/** Words that are recorded with each point at most, so that reading them does not end its submission. */
const MOST_CARRIED = 4096;

/** Where the points of a submission are recorded: their measures, and what else they carry. */
export interface PointsArray {
  readonly array: GpuArray<"f32">;
  /** Recorded with each point. */
  readonly carried: readonly GpuArray<"f32">[];
}

/** @param read what points are measured on; it is carried where it is little */
export function pointsArray(
  workspace: Workspace,
  { measures }: Pick<Recorded, "measures">,
  read: readonly GpuArray<"f32">[],
): PointsArray {
  const words = lengthOf(read);
  const carried = words <= MOST_CARRIED ? read : [];
  const width = measures.length + lengthOf(carried);
  const most = Math.min(MOST_POINTS, Math.floor(MOST_POINT_WORDS / width));
  return { array: workspace.array("points", "f32", [most, width]), carried };
}

const lengthOf = (arrays: readonly GpuArray[]): number => arrays.reduce((sum, { length }) => sum + length, 0);

/** What is read at the end of a run: its state, and what of it is kept. */
const arraysAtEnd = ({ state }: Pick<Recorded, "state">, kept: readonly GpuArray<"f32">[]): GpuArray<"f32">[] => [
  ...new Set([...state, ...kept]),
];

/** Bytes of the buffers that points and the end of a run are read through. */
export const stagingOfRun = ({
  iteration,
  kept,
  points,
  read,
}: Pick<Stage<unknown>, "iteration" | "kept" | "points" | "read">): number =>
  stagingBytes(4 * lengthOf([points.array, ...read])) + stagingBytes(4 * lengthOf(arraysAtEnd(iteration, kept)));

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
  readonly points: PointsArray;
  /** What a point is measured on besides its measures where points do not carry it: read back with each, which then ends its submission. */
  readonly read: readonly GpuArray<"f32">[];
  /** What the result of the run is made from. */
  readonly kept: readonly GpuArray<"f32">[];
  /** The point of a step, from its measures and what was carried or read with them; undefined where they are not finite. */
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
    const width = points.array.shape[1]!;
    const steps: number[] = [];
    const end = Math.min(this.#step + most, lastStep);
    while (steps.length < points.array.shape[0]!) {
      const next = recorded[this.#nextRecorded] ?? Infinity;
      const target = Math.min(next, end);
      iteration.advance(batch, target - this.#step);
      this.#step = target;
      if (next > end) break;
      iteration.loss(batch);
      iteration.measure(batch);
      let place = steps.length * width;
      for (const array of [iteration.measures, ...points.carried]) {
        batch.copy(array, points.array, place, array.length);
        place += array.length;
      }
      steps.push(next);
      this.#nextRecorded++;
      if (read.length) break;
    }
    return steps;
  }

  async #readPoints(steps: readonly number[]): Promise<Point[]> {
    const { iteration, points, read, point } = this.#stage;
    const [values, ...arrays] = await readArrays(points.array, ...read);
    const measured: Point[] = [];
    let place = 0;
    const next = ({ length }: GpuArray<"f32">): Float32Array => values.subarray(place, (place += length));
    for (const step of steps) {
      const measures = next(iteration.measures);
      const carried = points.carried.map(next);
      const found = point(step, measures, [...carried, ...arrays]);
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
