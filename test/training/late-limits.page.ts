import {
  embeddingLimits,
  nuclearMargin,
  train,
  trainEmbeddings,
  type DecoderPoint,
  type EmbeddingLimits,
  type Limits,
  type TrainEmbeddingsResult,
  type TrainResult,
} from "../../src/index.ts";
import { deferred } from "../../src/support/deferred.ts";
import { open, problemOf, type ProblemText } from "../support/page-problem.ts";

const STEPS = 300;

const KEPT = [1, 10, 50, STEPS];

/**
 * The same run with the limits from its start on, and with limits that are found once so many points are there.
 * @param isSpoilt overwrites the decoders of the latter as they come
 */
export async function runBoth(
  given: ProblemText,
  points: number,
  hasLimits: boolean,
  isSpoilt = false,
): Promise<{ atOnce: TrainResult; late: TrainResult; seen: DecoderPoint[] }> {
  const [gpu, problem] = [await open(), await problemOf(given)];
  // any decoder will do for a limit
  const { decoder } = await train(gpu, problem, { steps: 10 }).result();
  const limits = limitsOf(decoder);
  const options = { steps: STEPS, keep: KEPT };
  const atOnce = await train(gpu, problem, { ...options, ...(hasLimits && { towards: limits }) }).result();
  const search = deferred<Limits | undefined>();
  const run = train(gpu, problem, { ...options, towards: search.promise });
  const seen: DecoderPoint[] = [];
  for await (const point of run) {
    if (isSpoilt) point.decoder?.fill(NaN);
    if (seen.push(point) === points) search.resolve(hasLimits ? limits : undefined);
  }
  search.resolve(limits);
  return { atOnce, late: await run.result(), seen };
}

function limitsOf(decoder: Float64Array): Limits {
  const bounds = { angleBoundRadians: 0.1, lowerBound: 1, upperBound: 2 };
  return { finite: { decoder, decoderError: 0.1 }, margin: { decoder, ...bounds } };
}

/** What is measured of a run that is paused after so many points, before its limits are known, and of the whole run. */
export async function measurePaused(
  given: ProblemText,
  points: number,
): Promise<{ paused: readonly DecoderPoint[]; whole: readonly DecoderPoint[] }> {
  const [gpu, problem] = [await open(), await problemOf(given)];
  const { decoder } = await train(gpu, problem, { steps: 10 }).result();
  const search = deferred<Limits>();
  const run = train(gpu, problem, { steps: STEPS, execution: "stepwise", towards: search.promise });
  let paused: readonly DecoderPoint[] = [];
  let seen = 0;
  for await (const _ of run)
    if (++seen === points) {
      run.pause();
      search.resolve(limitsOf(decoder));
      paused = await run.measured();
      run.resume();
    }
  return { paused, whole: (await run.result()).trace };
}

/** The same run of both factors with its limits from the start on, and with those that are found once so many points are there. */
export async function trainBoth(
  given: ProblemText,
  points: number,
): Promise<{ atOnce: TrainEmbeddingsResult; late: TrainEmbeddingsResult; unmeasured: number }> {
  const [gpu, problem] = [await open(), await problemOf(given)];
  const limits = await embeddingLimits(gpu, problem, await nuclearMargin(gpu, problem));
  const options = { steps: STEPS, keep: KEPT };
  const atOnce = await trainEmbeddings(gpu, problem, { ...options, towards: limits }).result();
  const search = deferred<EmbeddingLimits>();
  const run = trainEmbeddings(gpu, problem, { ...options, towards: search.promise });
  let [seen, unmeasured] = [0, 0];
  for await (const { alignment, factors } of run) {
    factors?.decoder.fill(NaN);
    if (alignment === undefined) unmeasured++;
    if (++seen === points) search.resolve(limits);
  }
  return { atOnce, late: await run.result(), unmeasured };
}

/** What becomes of a run whose search fails once so many points are there: of its points, and of its result. */
export async function failSearch(given: ProblemText, points: number, why?: string): Promise<string[]> {
  const search = deferred<Limits | undefined>();
  const run = train(await open(), await problemOf(given), { steps: STEPS, towards: search.promise });
  const fail = (): void =>
    why === undefined
      ? search.resolve({ finite: { decoder: new Float64Array(7), decoderError: 0 } })
      : search.reject(new Error(why));
  const messageOf = (error: unknown): string => (error as Error).message;
  let seen = 0;
  const iterated = async (): Promise<string> => {
    for await (const _ of run) if (++seen === points) fail();
    return "all there";
  };
  const ofPoints = await iterated().catch(messageOf);
  fail();
  return [ofPoints, await run.result().then(({ status }) => status, messageOf)];
}

/** A run that has taken all its steps, and is cancelled while the search goes on. */
export async function cancelWaiting(given: ProblemText): Promise<TrainResult> {
  const controller = new AbortController();
  const options = { steps: STEPS, towards: new Promise<never>(() => undefined), signal: controller.signal };
  const run = train(await open(), await problemOf(given), options);
  for await (const _ of run);
  controller.abort();
  return run.result();
}

/** Points of a run of large decoders a while after so many of them are there, and at its end, after the search has. */
export async function fillMemory(given: ProblemText, points: number, steps: number): Promise<number[]> {
  const gpu = await open();
  const search = deferred<undefined>();
  const record = Array.from({ length: steps }, (_, i) => i + 1);
  const run = train(gpu, await problemOf(given), { steps, record, stepSize: 1, towards: search.promise });
  const full = deferred<void>();
  let seen = 0;
  const ended = (async () => {
    for await (const _ of run) if (++seen === points) full.resolve();
  })();
  await full.promise;
  // a run that goes on has its next point by then
  for (let i = 0; i < 20; i++) {
    await gpu.idle();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const whileSearching = seen;
  search.resolve(undefined);
  await ended;
  return [whileSearching, (await run.result()).trace.length];
}
