import { isUsable, joinDecoder } from "../maps/decoder.ts";
import { OptionError, ShapeError } from "../errors.ts";
import { Batch } from "../gpu/batch.ts";
import type { Gpu } from "../gpu/device.ts";
import { PacedSubmissions } from "../gpu/paced-submissions.ts";
import { readArrays } from "../readback/read-arrays.ts";
import { withWorkspace } from "../gpu/workspace.ts";
import { uploadProblemBatch } from "../maps/problem-batch.ts";
import { deviceShape, type DeviceShape } from "../maps/device-shape.ts";
import { drawAndRead, requireRandomProblems, type RandomProblems } from "./random-problems.ts";
import {
  chooseMethod,
  defaultStepSize,
  METHOD_NAMES,
  ownSafeStep,
  refuseSpectral,
  requireStepSize,
  safePart,
  type Method,
} from "../training/methods/method.ts";
import { Spells } from "../support/host-spells.ts";
import type { LongWork, WorkProgress } from "../support/long-work.ts";
import { requireKnownOptions, requireWhole } from "../support/options.ts";
import type { Problem } from "../problem/problem.ts";
import { norm } from "../float64/vectors.ts";
import { referenceLoss } from "../float64/loss.ts";
import { largestGramEigenvalue } from "../float64/gram-eigenvalue.ts";
import { MOST_ONE_WORKGROUP_WORDS } from "../training/engines/execution.ts";
import { prepareRuns } from "../training/engines/one-workgroup.ts";
import { requireSizes } from "../training/step-bound.ts";
import type { TrainStatus } from "../training/run-settings.ts";
import type { TrainOptions } from "../training/train.ts";

/**
 * Cancelled, the runs under way end with the status `"cancelled"`; of those that have not begun, or whose decoders the device does not
 * give back in time, nothing comes.
 */
export interface TrainManyOptions extends Pick<TrainOptions, keyof Method | "stepSize">, LongWork<TrainManyProgress> {
  /** Steps of every run; default 1,000. */
  readonly steps?: number;
}

/** How far the runs that are side by side have come. */
export interface TrainManyProgress extends WorkProgress<"training"> {
  /** Problems that are done. */
  readonly problemsDone: number;
}

/** How one of many runs ended. */
export interface ManyResult {
  /** Its place among the problems. */
  readonly index: number;
  /** `"cancelled"`: the decoder is that of the last step taken. `"diverged"`: the decoder holds numbers that are not finite, or too large to go on with (1e18). */
  readonly status: TrainStatus;
  /** W after the last step, V × d row-major. */
  readonly decoder: Float64Array;
  /** ‖W‖. */
  readonly norm: number;
  /** CE − H in nats and its two parts, in float64 at the decoder that was read back; NaN where the run diverged. */
  readonly lossGap: number;
  readonly inSupportGap: number;
  readonly offSupportGap: number;
}

const OPTION_NAMES: readonly (keyof TrainManyOptions)[] = [
  ...METHOD_NAMES,
  "stepSize",
  "steps",
  "signal",
  "onProgress",
];

const DEFAULT_STEPS = 1000;
/** Problems that run side by side, and bytes that the largest array may then have. */
const MOST_AT_ONCE = 1024;
const LARGEST_ARRAY_BYTES = 64 * 2 ** 20;
const MOST_PER_SUBMISSION = 4096;
/** How long cancelled runs are given for the submission under way and to be read. */
const GRACE_MS = 300;

/**
 * Trains decoders for many problems of one shape, one workgroup each, from zero: for studies over seeds and laws. Problems
 * are drawn on the device (any of them can be had by itself from {@link drawProblem}) or given, taken as they are needed, up to
 * 1,024 at a time, and results come in their order.
 * @param problems all with the same V ≤ 32, d and m
 * @throws OptionError at once for options out of range, and for random problems of more words; from the iteration ShapeError for a
 * problem of another shape, or of more words, and ProblemError for embeddings that have no safe step.
 */
export function trainMany(
  gpu: Gpu,
  problems: RandomProblems | Iterable<Problem> | AsyncIterable<Problem>,
  options: TrainManyOptions = {},
): AsyncGenerator<ManyResult, void, void> {
  requireKnownOptions(options, OPTION_NAMES);
  const { steps = DEFAULT_STEPS } = options;
  requireWhole("steps", steps, 0, 1e9);
  const method = chooseMethod(options);
  refuseSpectral(method, "runs in one workgroup each");
  const stepSize = options.stepSize ?? defaultStepSize(method);
  requireStepSize("stepSize", stepSize, method);
  const source = isRandom(problems) ? drawInBulk(gpu, problems, options.signal) : problems;
  return inRounds(source, options.signal, (round, first) =>
    runRound(gpu, round, first, { ...options, steps, method, stepSize }),
  );
}

const isRandom = (problems: object): problems is RandomProblems =>
  !(Symbol.iterator in problems || Symbol.asyncIterator in problems);

function drawInBulk(
  gpu: Gpu,
  random: RandomProblems,
  signal: AbortSignal | undefined,
): AsyncGenerator<Problem, void, void> {
  requireRandomProblems(random);
  if (random.vocabularySize > MOST_ONE_WORKGROUP_WORDS)
    throw new OptionError(
      "vocabularySize",
      `expected at most ${MOST_ONE_WORKGROUP_WORDS} words, found ${random.vocabularySize}`,
    );
  return (async function* () {
    for (let first = 0; first < random.count; first += MOST_AT_ONCE)
      yield* (await drawAndRead(gpu, random, first, Math.min(MOST_AT_ONCE, random.count - first), signal)) ?? [];
  })();
}

async function* inRounds(
  problems: Iterable<Problem> | AsyncIterable<Problem>,
  signal: AbortSignal | undefined,
  run: (round: readonly Problem[], first: number) => Promise<ManyResult[]>,
): AsyncGenerator<ManyResult, void, void> {
  let round: Problem[] = [];
  let first = 0;
  let shape: DeviceShape | undefined;
  for await (const problem of problems) {
    if (signal?.aborted) return;
    shape ??= requireFitting(deviceShape(problem));
    requireSameShape(shape, deviceShape(problem), first + round.length);
    round.push(problem);
    if (round.length < Math.min(MOST_AT_ONCE, Math.floor(LARGEST_ARRAY_BYTES / largestArray(shape)))) continue;
    const results = await run(round, first);
    yield* results;
    if (results.at(-1)?.status === "cancelled") return;
    first += round.length;
    round = [];
  }
  if (round.length) yield* await run(round, first);
}

type Settled = TrainManyOptions & {
  readonly steps: number;
  readonly method: Method;
  readonly stepSize: number | "safe";
};

/** The runs of one round. */
function runRound(gpu: Gpu, problems: readonly Problem[], first: number, options: Settled): Promise<ManyResult[]> {
  const { steps, method, stepSize, signal, onProgress } = options;
  return withWorkspace(gpu, async (workspace) => {
    // a step size of its own for each problem, as a scale of its weights: such steps are linear in the gradient
    const scales = problems.map((problem) => (stepSize === "safe" ? safeStep(problem, method) : 1));
    const runs = await workspace.unlessAborted(signal, () =>
      prepareRuns(workspace, uploadProblemBatch(workspace, problems, scales), {
        method,
        stepSize: stepSize === "safe" ? 1 : stepSize,
        taken: 0,
      }),
    );
    if (!runs) return [];
    const submissions = new PacedSubmissions(workspace.gpu, "many runs", { first: 1, most: MOST_PER_SUBMISSION });
    let step = 0;
    const work = {
      record: (batch: Batch, most: number): number => {
        const count = Math.min(most, steps - step);
        runs.advance(batch, count);
        step += count;
        return count;
      },
      read: () => workspace.gpu.idle(),
    };
    const report = (): true | undefined => {
      const message = `${first} problems done, ${problems.length} more at step ${step} of ${steps}`;
      onProgress?.({ phase: "training", fraction: step / steps, message, problemsDone: first });
      return step === steps || undefined;
    };
    if (steps > 0)
      await workspace.unlessAborted(signal, () => submissions.until(work, report, () => signal?.aborted ?? false));
    const status = step < steps ? "cancelled" : "done";
    const pair = await workspace.unlessLate(signal, GRACE_MS, () => {
      const batch = new Batch(workspace.gpu, "settle");
      runs.materialise(batch);
      batch.submit();
      return readArrays(runs.decoder.high, runs.decoder.low);
    });
    if (!pair) return [];
    const shape = deviceShape(problems[0]!);
    const length = shape.words * shape.paddedDim;
    const spells = new Spells();
    const results: ManyResult[] = [];
    for (const [n, problem] of problems.entries()) {
      const own = pair.map((values) => values.subarray(n * length, (n + 1) * length));
      results.push(measure(problem, first + n, joinDecoder(own, shape), status));
      await spells.restIfTired();
    }
    return results;
  });
}

/** The safe step of a method, and up to 2e-4 less. */
function safeStep(problem: Problem, method: Method): number {
  requireSizes(problem);
  return (
    ownSafeStep(method, problem) ??
    (2 * safePart(method)) /
      largestGramEigenvalue(
        problem,
        problem.weights.map((weight) => 1 / Math.sqrt(weight)),
      )
  );
}

function measure(problem: Problem, index: number, decoder: Float64Array, status: TrainStatus): ManyResult {
  if (!isUsable(decoder))
    return { index, status: "diverged", decoder, norm: NaN, lossGap: NaN, inSupportGap: NaN, offSupportGap: NaN };
  const { lossGap, inSupportGap, offSupportGap } = referenceLoss(problem, decoder);
  return { index, status, decoder, norm: norm(decoder), lossGap, inSupportGap, offSupportGap };
}

const largestArray = ({ words, paddedContexts, paddedDim }: DeviceShape): number =>
  4 * Math.max(paddedContexts * paddedDim, 2 * words * paddedContexts, 4 * words * paddedDim, paddedContexts ** 2);

function requireFitting(shape: DeviceShape): DeviceShape {
  if (shape.words > MOST_ONE_WORKGROUP_WORDS)
    throw new ShapeError(`problems: expected at most ${MOST_ONE_WORKGROUP_WORDS} words, found ${shape.words}`);
  return shape;
}

function requireSameShape(expected: DeviceShape, found: DeviceShape, index: number): void {
  const describe = ({ words, dim, contexts }: DeviceShape): string => `V = ${words}, d = ${dim}, m = ${contexts}`;
  if (describe(found) !== describe(expected))
    throw new ShapeError(
      `problems[${index}]: expected ${describe(expected)} as the first has, found ${describe(found)}`,
    );
}
