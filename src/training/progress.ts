import { joinDecoder } from "../maps/decoder.ts";
import { MEASURE_LENGTH, readMeasure } from "../maps/loss.ts";
import type { GpuArray } from "../gpu/array.ts";
import { Batch } from "../gpu/batch.ts";
import { PacedSubmissions } from "../gpu/paced-submissions.ts";
import { readArrays, stagingBytes } from "../gpu/staging.ts";
import type { Workspace } from "../gpu/workspace.ts";
import type { DeviceProblem } from "../maps/device-problem.ts";
import type { Method } from "./methods/method.ts";
import type { Execution } from "./engines/execution.ts";
import { arraysOf, type Iteration } from "./engines/iteration.ts";
import type { LimitMeter } from "../figures/limit-meter.ts";
import type { TracePoint } from "../figures/figures.ts";
import type { TrainState } from "./state.ts";

const MOST_ITERATIONS_PER_SUBMISSION = 2048;
/** Recorded points that one submission can hold. */
const POINTS_PER_SUBMISSION = 256;

/** Where the points of a submission are recorded. */
export const pointsArray = (workspace: Workspace): GpuArray<"f32"> =>
  workspace.array("points", "f32", [POINTS_PER_SUBMISSION, MEASURE_LENGTH]);

/** What is read at the end of a run. */
export const arraysAtEnd = ({ state, decoder }: Iteration): GpuArray<"f32">[] => [
  ...new Set([...state, ...arraysOf(decoder)]),
];

/** What a {@link Progress} is made from. */
export interface ProgressSetup {
  readonly device: DeviceProblem;
  readonly iteration: Iteration;
  readonly points: GpuArray<"f32">;
  readonly firstStep: number;
  readonly lastStep: number;
  readonly recorded: readonly number[];
  readonly meter: LimitMeter | undefined;
  readonly method: Method;
  readonly stepSize: number;
  readonly execution: Execution;
  /** Told the number of the step that each submission reached. */
  readonly onStep: (step: number) => void;
}

/** Advances a run submission by submission, sized from measured time, and keeps what was recorded. */
export class Progress {
  readonly trace: TracePoint[] = [];
  diverged = false;
  readonly #setup: ProgressSetup;
  #step: number;
  #nextRecorded = 0;
  readonly #submissions: PacedSubmissions;
  #underWay: Promise<unknown> = Promise.resolve();

  constructor(setup: ProgressSetup) {
    this.#setup = setup;
    this.#step = setup.firstStep;
    this.#submissions = new PacedSubmissions(setup.device.gpu, "training", {
      first: 1,
      most: MOST_ITERATIONS_PER_SUBMISSION,
    });
  }

  get isOver(): boolean {
    const { lastStep, recorded } = this.#setup;
    return this.diverged || (this.#step === lastStep && this.#nextRecorded === recorded.length);
  }

  /** One submission: some iterations, and the points recorded in them; a point that the host measures ends it. */
  advance(): Promise<TracePoint[]> {
    const advanced = this.#advance();
    this.#underWay = advanced.catch(() => undefined);
    return advanced;
  }

  async #advance(): Promise<TracePoint[]> {
    const { gpu } = this.#setup.device;
    let steps: readonly number[] = [];
    const measured = await this.#submissions.submit({
      record: (batch, most) => {
        const begun = this.#step;
        steps = this.#record(batch, most);
        // a point that the host measures cuts the submission short
        return this.#setup.meter && steps.length ? undefined : this.#step - begun;
      },
      read: async () => (steps.length ? this.#readPoints(steps) : (await gpu.idle(), [])),
    });
    this.#setup.onStep(this.#step);
    return measured;
  }

  /** Records so many iterations at most, and gives the steps whose points are among them. */
  #record(batch: Batch, most: number): number[] {
    const { iteration, points, lastStep, recorded, meter } = this.#setup;
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
      batch.copy(iteration.measures, points, steps.length * MEASURE_LENGTH, MEASURE_LENGTH);
      steps.push(next);
      this.#nextRecorded++;
      if (meter) break;
    }
    return steps;
  }

  async #readPoints(steps: readonly number[]): Promise<TracePoint[]> {
    const { device, iteration, points, meter } = this.#setup;
    const { high, low } = iteration.decoder;
    const [values, ...pair] = await readArrays(points, ...(meter ? [high, low] : []));
    const measured: TracePoint[] = [];
    for (const [i, step] of steps.entries()) {
      const measure = readMeasure(values.subarray(i * MEASURE_LENGTH, (i + 1) * MEASURE_LENGTH));
      if (!Number.isFinite(measure.lossGap) || !Number.isFinite(measure.norm)) {
        this.diverged = true;
        break;
      }
      measured.push({
        step,
        loss: device.problem.entropy + measure.lossGap,
        ...measure,
        ...meter?.measure(joinDecoder(pair, device.shape)),
      });
    }
    this.trace.push(...measured);
    return measured;
  }

  /** State and decoder after everything submitted. */
  async finish(): Promise<{ state: TrainState; decoder: Float64Array; stagingBytes: number }> {
    await this.#underWay;
    const { device, iteration, method, stepSize, execution } = this.#setup;
    const batch = new Batch(device.gpu, "materialise");
    iteration.materialise(batch);
    batch.submit();
    const { state, decoder } = iteration;
    const arrays = arraysAtEnd(iteration);
    const values = await readArrays(...arrays);
    const valueOf = (array: GpuArray<"f32">): Float32Array => values[arrays.indexOf(array)]!;
    return {
      state: {
        step: this.#step,
        ...method,
        stepSize,
        execution,
        arrays: Object.fromEntries(state.map((array) => [array.label, valueOf(array)])),
      },
      decoder: joinDecoder([valueOf(decoder.high), valueOf(decoder.low)], device.shape),
      stagingBytes: stagingBytes(values.reduce((sum, { byteLength }) => sum + byteLength, 0)),
    };
  }
}
