import {
  isSpectral,
  type DecoderPoint,
  type Float64Options,
  type Float64Result,
  type Float64State,
  type Limits,
  type Method,
  type Problem,
} from "../../src/index.ts";
import type { UnderWay } from "../models/point.ts";
import { begin, type Remote } from "./thread.ts";
import type { Work } from "./work.ts";

/** A run in float64, from its start or from a state. */
export interface Float64Stretch extends Required<
  Pick<Float64Options, "stepSize" | "steps" | "record" | "keep" | "initial" | "seed">
> {
  readonly method: Method;
  /** What its points are held against. */
  readonly towards?: Limits;
  readonly from: Float64State | undefined;
  readonly signal: AbortSignal;
  readonly onStep: (step: number) => void;
}

/** How a run in float64 ended; it held no memory of a GPU. */
export interface Float64End extends Float64Result {
  readonly memoryBytes: 0;
}

/** Nanoseconds that a step takes for each of V m (d + 20), at most, on one core of the machine it was measured on: nine shapes of problems. */
const STEP_NS = 12;
/** So long may 10,000 steps take. */
const MOST_SECONDS = 25;

/** Whether 10,000 steps of a problem take less than half a minute in float64, on a processor like that of {@link STEP_NS}. */
export function canRunInFloat64({ vocabularySize: V, contextCount: m, embeddingDim: d }: Problem): boolean {
  return 1e4 * V * m * (d + 20) * STEP_NS <= MOST_SECONDS * 1e9;
}

/** Why a run is not made in float64, in a sentence; undefined where it is. */
export function whyNotInFloat64(
  problem: Problem,
  model: "fixed" | "trained",
  method: Pick<Method, "optimizer">,
): string | undefined {
  if (model === "trained") return "Trained embeddings need WebGPU.";
  if (isSpectral(method)) return `The optimiser ${method.optimizer} needs WebGPU.`;
  return canRunInFloat64(problem) ? undefined : "A problem of this size needs WebGPU.";
}

/** Begins a run in float64, in the page's worker where it has one. A cancelled run ends with the state that it has come to. */
export function float64Run(problem: Problem, stretch: Float64Stretch): UnderWay<DecoderPoint, Float64End> {
  const { method, signal, onStep, from, stepSize, initial, seed, ...rest } = stretch;
  const options = { ...rest, ...(from ? { from } : { ...method, stepSize, initial, seed }) };
  return new RemoteRun({ kind: "run", problem, options }, signal, onStep);
}

/** A run elsewhere, which tells of its points. */
class RemoteRun implements UnderWay<DecoderPoint, Float64End> {
  readonly #remote: Remote;
  readonly #points: DecoderPoint[] = [];
  readonly #end: Promise<Float64End>;
  #isOver = false;
  /** Tells who waits for points that there is more to know. */
  #wake = (): void => undefined;
  isPaused = false;

  constructor(work: Work, signal: AbortSignal, onStep: (step: number) => void) {
    this.#remote = begin(work, signal, (news) => {
      if ("step" in news) onStep(news.step);
      else if ("point" in news) this.#points.push(news.point as DecoderPoint);
      this.#wake();
    });
    this.#end = this.#remote.value
      .then((value) => ({ ...(value as Float64Result), memoryBytes: 0 as const }))
      .finally(() => {
        this.#isOver = true;
        this.#wake();
      });
    // who iterates hears of it there
    this.#end.catch(() => undefined);
  }

  pause(): void {
    this.isPaused = true;
    this.#remote.say("pause");
  }

  resume(): void {
    this.isPaused = false;
    this.#remote.say("resume");
  }

  /** The end of the run; of one that is paused, when it was resumed or cancelled. */
  result(): Promise<Float64End> {
    return this.#end;
  }

  /** The points so far: they come with all their figures. */
  measured(): Promise<readonly DecoderPoint[]> {
    return Promise.resolve([...this.#points]);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<DecoderPoint, void, void> {
    try {
      for (let given = 0; ;) {
        while (given < this.#points.length) yield this.#points[given++]!;
        if (this.#isOver) break;
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
      await this.#end;
    } finally {
      // a loop that is left ends the run; one that has ended does not hear it
      this.#remote.say("cancel");
    }
  }
}
