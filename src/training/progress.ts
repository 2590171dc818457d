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
export const arraysAtEnd = (
  { state }: Pick<Recorded, "state">,
  kept: readonly GpuArray<"f32">[],
): GpuArray<"f32">[] => [...new Set([...state, ...kept])];

/** What a {@link Progress} is made from. */
export interface ProgressSetup<Point> {
  readonly gpu: Gpu;
  readonly iteration: Recorded;
  readonly points: GpuArray<"f32">;
  readonly firstStep: number;
  readonly lastStep: number;
  readonly recorded: readonly number[];
  /** What a point is measured on besides its measures, if anything; it is read back with each, which then ends its submission. */
  readonly read: readonly GpuArray<"f32">[];
  /** What the result of the run is made from. */
  readonly kept: readonly GpuArray<"f32">[];
  /** Told the number of the step that each submission reached. */
  readonly onStep: (step: number) => void;
  /** The point of a step, from its measures and what was read with them; undefined where they are not finite. */
  readonly point: (step: number, measures: Float32Array, read: readonly Float32Array[]) => Point | undefined;
}

/** Advances a run submission by submission, sized from measured time, and keeps what was recorded. */
export class Progress<Point> {
  readonly trace: Point[] = [];
  diverged = false;
  readonly #setup: ProgressSetup<Point>;
  #step: number;
  #nextRecorded = 0;
  readonly #submissions: PacedSubmissions;
  #underWay: Promise<unknown> = Promise.resolve();

  constructor(setup: ProgressSetup<Point>) {
    this.#setup = setup;
    this.#step = setup.firstStep;
    this.#submissions = new PacedSubmissions(setup.gpu, "training", {
      first: 1,
      most: MOST_ITERATIONS_PER_SUBMISSION,
    });
  }

  get isOver(): boolean {
    const { lastStep, recorded } = this.#setup;
    return this.diverged || (this.#step === lastStep && this.#nextRecorded === recorded.length);
  }

  /** One submission: some iterations, and the points recorded in them; a point that the host measures ends it. */
  advance(): Promise<Point[]> {
    const advanced = this.#advance();
    this.#underWay = advanced.catch(() => undefined);
    return advanced;
  }

  async #advance(): Promise<Point[]> {
    const { gpu, read } = this.#setup;
    let steps: readonly number[] = [];
    const measured = await this.#submissions.submit({
      record: (batch, most) => {
        const begun = this.#step;
        steps = this.#record(batch, most);
        // a point that the host measures cuts the submission short
        return read.length && steps.length ? undefined : this.#step - begun;
      },
      read: async () => (steps.length ? this.#readPoints(steps) : (await gpu.idle(), [])),
    });
    this.#setup.onStep(this.#step);
    return measured;
  }

  /** Records so many iterations at most, and gives the steps whose points are among them. */
  #record(batch: Batch, most: number): number[] {
    const { iteration, points, lastStep, recorded, read } = this.#setup;
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
    const { iteration, points, read, point } = this.#setup;
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

  /** The state by name, and what is kept of it, after everything submitted. */
  async finish(): Promise<{
    step: number;
    arrays: Record<string, Float32Array>;
    kept: Float32Array[];
    stagingBytes: number;
  }> {
    await this.#underWay;
    const { gpu, iteration, kept } = this.#setup;
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
      stagingBytes: stagingBytes(values.reduce((sum, { byteLength }) => sum + byteLength, 0)),
    };
  }
}
