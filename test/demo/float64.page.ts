import { chooseMethod, createProblem, paper1Plane, referenceDescent, type Problem } from "../../src/index.ts";
import type { Method, ProblemInput } from "../../src/index.ts";
import { float64Limits } from "../../demo/float64/limits.ts";
import { float64Run, type Float64End } from "../../demo/float64/run.ts";

const STEPS = 300;
const RECORD = [0, 1, 100, STEPS];

const problem: Problem = paper1Plane();

interface Asked {
  readonly method?: Partial<Method>;
  readonly steps?: number;
  readonly from?: Float64End["state"];
  readonly stepSize?: number;
  readonly onStep?: (step: number) => void;
  readonly signal?: AbortSignal;
}

const begin = ({ method = {}, steps = STEPS, from, stepSize = 0.5, onStep, signal }: Asked) =>
  float64Run(problem, {
    ...{ method: chooseMethod(method), stepSize, steps, initial: "zero", seed: 1, from },
    record: RECORD.filter((step) => step <= steps && step >= (from?.step ?? 0)),
    keep: [steps].filter((step) => RECORD.includes(step)),
    signal: signal ?? new AbortController().signal,
    onStep: onStep ?? (() => undefined),
  });

/** A run as its points come, beside the same one by the reference on this thread. */
export async function besideReference(method: Partial<Method>) {
  const run = begin({ method });
  const points = [];
  for await (const point of run) points.push(point);
  const { status, decoder, trace } = await run.result();
  const reference = referenceDescent(problem, { ...method, stepSize: 0.5, recorded: RECORD });
  return { status, points, trace, decoder, reference };
}

/** The longest run is paused, must not move, is cancelled, and a shorter one goes on from where it was. */
export async function pausedAndCancelled() {
  const controller = new AbortController();
  let [reached, moved] = [0, (): void => undefined];
  const run = begin({
    ...{ steps: 1e9, signal: controller.signal },
    onStep: (step) => {
      reached = step;
      moved();
    },
  });
  const untilMoved = (): Promise<void> => new Promise((resolve) => (moved = resolve));
  await untilMoved();
  run.pause();
  const isPaused = run.isPaused;
  // what was said before it heard of the pause
  await settled(() => reached);
  const stood = reached;
  await new Promise((resolve) => setTimeout(resolve, 200));
  const isStill = reached === stood;
  run.resume();
  await untilMoved();
  run.pause();
  controller.abort();
  const end = await run.result();
  const steps = end.state.step + 50;
  const onwards = await begin({ steps, from: end.state }).result();
  const { decoder } = referenceDescent(problem, { stepSize: 0.5, recorded: [steps] });
  return { isPaused, isStill, status: end.status, stood, step: end.state.step, onwards: onwards.decoder, decoder };
}

/** Waits until a value stays as it is for a while, or for two seconds. */
async function settled(value: () => number): Promise<void> {
  for (let [before, looks] = [NaN, 0]; before !== value() && looks < 20; looks++) {
    before = value();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A run over whose points nobody goes on to iterate is cancelled. */
export async function leftAfterFirst() {
  const run = begin({ steps: 1e9 });
  for await (const _ of run) break;
  return (await run.result()).status;
}

/** What a step size says that is out of range. */
export async function refused() {
  const run = begin({ stepSize: -1 });
  return run.result().then(
    () => undefined,
    (error: Error & { code?: string }) => ({ code: error.code, message: error.message }),
  );
}

export async function limitsOf(given: ProblemInput) {
  const { finite, margin, finiteNorm, missing, stepSizes } = await float64Limits(
    createProblem(given),
    new AbortController().signal,
  );
  return { finite, margin, finiteNorm, missing, smoothness: stepSizes?.smoothness };
}

/** Whether limits that are no longer wanted reject with the reason. */
export async function cancelledLimits() {
  const controller = new AbortController();
  const found = float64Limits(problem, controller.signal);
  controller.abort();
  return found.then(
    () => "found",
    (error: Error) => error.name,
  );
}
