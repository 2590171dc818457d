import { OptionError } from "../errors.ts";
import { conceptsOf } from "../figures/concepts.ts";
import { cosinesByOverlap } from "../figures/angles.ts";
import { measureEmbeddings } from "../figures/embedding-figures.ts";
import { embeddingLimits, type EmbeddingLimits } from "../figures/embedding-limits.ts";
import { centredLogits } from "../figures/embedding-maps.ts";
import { emergedAt, emergenceTimes } from "../figures/modes.ts";
import { writeNpz } from "../formats/write-npz.ts";
import { cosine } from "../float64/geometry.ts";
import { multipliersOf } from "../predictions/multipliers.ts";
import { difference } from "../float64/vectors.ts";
import type { Gpu } from "../gpu/device.ts";
import type { Factors } from "../maps/factors.ts";
import { smoothed } from "../problem/changes.ts";
import type { Problem } from "../problem/problem.ts";
import { embeddingFacts } from "../results/embedding-facts.ts";
import { nuclearFacts } from "../results/nuclear-facts.ts";
import { embeddingPath } from "../solvers/embedding-path/embedding-path.ts";
import { nuclearMargin } from "../solvers/nuclear-margin/nuclear-margin.ts";
import type { NuclearMargin } from "../solvers/nuclear-margin/status.ts";
import { sparseLimit } from "../solvers/sparse-limit.ts";
import { requireOneOf } from "../support/options.ts";
import { memoryNeeded } from "../training/memory.ts";
import { logSpacedSteps } from "../training/recorded-steps.ts";
import { trainEmbeddings } from "../training/train-embeddings.ts";
import { runArms, type ArmRun, type ExperimentOptions } from "./arms.ts";
import type {
  EmbeddingExperimentOutcome,
  ConceptsRecord,
  EmbeddingArmPoint,
  EmbeddingArmRecord,
  EmergenceRecord,
} from "./embedding-experiment-record.ts";
import { embeddingExperimentReport } from "./embedding-experiment-report.ts";
import { Watch, type MapArray } from "./embedding-watch.ts";
import { EMBEDDING_EXPERIMENTS, type EmbeddingArm, type EmbeddingExperiment } from "./embedding-experiments.ts";

const LOOKS = [0, 10, 100, 3000] as const;
const CONCEPTS = 3;

/** What `runEmbeddingExperiment` does. */
export async function doEmbeddingExperiment(
  name: string,
  options: ExperimentOptions,
): Promise<EmbeddingExperimentOutcome> {
  requireOneOf("experiment", name, Object.keys(EMBEDDING_EXPERIMENTS));
  const experiment = EMBEDDING_EXPERIMENTS[name]!;
  const isOfPaths = experiment.steps === undefined;
  if (isOfPaths && options.steps !== undefined)
    throw new OptionError("steps", `expected none for "${name}", whose paths have no steps, found ${options.steps}`);
  const known = new Map<Problem, Known>();
  const maps: Record<string, MapArray> = {};
  let number = 0;
  const outcome = await runArms(experiment, options, largestBuffer, async (arm, how) => {
    const found = known.get(arm.problem) ?? (await limitsOf(arm.problem, how));
    known.set(arm.problem, found);
    const watch = new Watch(found.limits, how.gpu);
    const record = await runArm(arm, experiment, found, watch, how);
    Object.assign(maps, watch.namedMaps(++number));
    return record;
  });
  const { title, question } = experiment;
  const axis = isOfPaths ? ("lambda" as const) : ("step" as const);
  const record = { experiment: name, title, question, axis, ...outcome, steps: isOfPaths ? 0 : outcome.steps };
  return { record: { ...record, report: embeddingExperimentReport(record) }, arrays: writeNpz(maps) };
}

async function largestBuffer({ problem, options: { dimension } = {} }: EmbeddingArm): Promise<number> {
  const choice = { model: "embeddings", ...(dimension !== undefined && { dimension }) } as const;
  return (await memoryNeeded(problem, choice)).largestBufferBytes;
}

/** The limits of a problem. */
interface Known {
  readonly margin: NuclearMargin;
  readonly limits: EmbeddingLimits;
}

async function limitsOf(problem: Problem, { gpu, signal, report }: ArmRun): Promise<Known> {
  const margin = await nuclearMargin(gpu, problem, {
    signal,
    onProgress: ({ phase, message }) => report(0, `${phase}: ${message}`),
  });
  return { margin, limits: await embeddingLimits(gpu, problem, margin) };
}

const trainedProblem = ({ problem, smoothing }: EmbeddingArm): Problem =>
  smoothing === undefined ? problem : smoothed(problem, smoothing);

async function runArm(
  arm: EmbeddingArm,
  { looks, threshold }: EmbeddingExperiment,
  known: Known,
  watch: Watch,
  how: ArmRun,
): Promise<EmbeddingArmRecord> {
  const { label, problem } = arm;
  const trainedOn = trainedProblem(arm);
  const { margin, limits } = known;
  const { gpu } = how;
  const outcome = arm.lambdas
    ? await followPath(arm.lambdas, problem, known, watch, how)
    : await followRun(arm, trainedOn, looks === "recorded", threshold, limits, watch, how);
  const { contextCount, vocabularySize, tokens, words, contextLabels } = problem;
  const { last } = watch;
  return {
    label,
    adapter: gpu.adapter,
    problem: {
      ...{ contextCount, vocabularySize, supportEntries: tokens.length },
      ...(words && { words }),
      ...(contextLabels && { contextLabels }),
    },
    entropy: trainedOn.entropy,
    nuclear: nuclearFacts(margin),
    ...outcome,
    trace: watch.trace,
    spectra: watch.spectra,
    angles: last ? cosinesByOverlap(problem, last.contextCosines) : [],
    concepts: [
      await conceptsRecord(gpu, problem, "L_mm", limits.margin.logits),
      await conceptsRecord(gpu, problem, "S̃", limits.proxy.logits),
      ...(last ? [await conceptsRecord(gpu, problem, "L", last.logits)] : []),
    ],
    ...(arm.smoothing !== undefined && { minimiser: minimiserOf(problem, trainedOn, limits) }),
  };
}

async function followRun(
  { options = {} }: EmbeddingArm,
  trainedOn: Problem,
  isLookedAtEach: boolean,
  threshold: number | undefined,
  limits: EmbeddingLimits,
  watch: Watch,
  { gpu, seed, steps, signal, report }: ArmRun,
): Promise<Pick<EmbeddingArmRecord, "status" | "run" | "emergence">> {
  const looks = new Set([...LOOKS.filter((step) => step < steps), steps]);
  const record = [...looks, ...logSpacedSteps(steps)];
  let start: Factors | undefined;
  const run = trainEmbeddings(gpu, trainedOn, {
    ...options,
    ...{ steps, seed, signal, record, towards: limits },
    keep: isLookedAtEach ? record : [...looks],
    onProgress: ({ fraction, message }) => report(fraction, message),
  });
  for await (const { step, factors, modes = [], ...point } of run) {
    start ??= factors;
    await watch.add({ ...point, step, modes: [...modes] }, factors, { maps: looks.has(step) });
  }
  const result = await run.result();
  const { trace: _, ...facts } = embeddingFacts(trainedOn, { ...result, steps: result.state.step });
  const { status, stepSize, dimension } = result;
  if (threshold === undefined || !start) return { status, run: facts };
  const times = emergenceTimes(limits.modes, start, dimension, threshold);
  return { status, run: facts, emergence: emergenceOf(limits, watch.trace, threshold, times, stepSize) };
}

function emergenceOf(
  { modes }: EmbeddingLimits,
  trace: readonly EmbeddingArmPoint[],
  threshold: number,
  times: Float64Array,
  stepSize: number,
): EmergenceRecord {
  const strengths = trace.map(({ step, modes }) => ({ step: step!, modes: modes! }));
  const foundSteps = [...modes.values].map((_, i) => emergedAt(strengths, i, threshold) ?? null);
  const expectedSteps = [...times].map((time) => time / stepSize);
  return { threshold, values: [...modes.values], expectedSteps, foundSteps };
}

async function followPath(
  lambdas: readonly number[],
  problem: Problem,
  { margin, limits }: Known,
  watch: Watch,
  { gpu, seed, signal, report }: ArmRun,
): Promise<Pick<EmbeddingArmRecord, "status">> {
  const { points } = await embeddingPath(gpu, problem, {
    ...{ lambdas, seed, signal },
    onProgress: ({ fraction, message }) => report(fraction, message),
  });
  const norm = margin.upperBound;
  const constant = multipliersOf(problem, margin.dual).constant / norm;
  let before: Float64Array | undefined;
  for (const { decoder, embeddings, iterations: _, nuclearNormBound, ...point } of points) {
    const factors = { decoder, embeddings };
    const { lambda, lossGap } = point;
    const measures = measureEmbeddings(factors, limits);
    const logits = centredLogits(factors, decoder.length / problem.vocabularySize);
    const measured = {
      ...{ ...point, ...measures, loss: problem.entropy + lossGap },
      secant: before ? cosine(difference(logits, before), limits.margin.logits) : NaN,
      gapLaw: lossGap / (lambda * norm),
      normLaw: onLine(nuclearNormBound, norm * (Math.log(1 / lambda) + constant)),
      subspaceLaw: measures.subspaceError / lambda,
    };
    before = logits;
    await watch.add(measured, factors);
  }
  return { status: points.some(({ status }) => status === "cancelled") ? "cancelled" : "done" };
}

/** A norm over the line that it is expected on; where that is not above zero, λ is too large for it. */
const onLine = (norm: number, line: number): number => (line > 0 ? norm / line : NaN);

/** Of smoothed labels CE is least at L_ε = log of them, centred: figures of these logits. */
function minimiserOf(
  problem: Problem,
  trainedOn: Problem,
  limits: EmbeddingLimits,
): NonNullable<EmbeddingArmRecord["minimiser"]> {
  const { vocabularySize: V } = problem;
  const identity = Float64Array.from({ length: V * V }, (_, i) => (i % (V + 1) === 0 ? 1 : 0));
  const factors = { decoder: identity, embeddings: sparseLimit(trainedOn) };
  const { subspaceError, alignmentCorrected, proxyAlignment } = measureEmbeddings(factors, limits);
  return { subspaceError, alignmentCorrected, proxyAlignment };
}

async function conceptsRecord(gpu: Gpu, problem: Problem, of: string, logits: Float64Array): Promise<ConceptsRecord> {
  const { contextCount: m, vocabularySize: V, words, contextLabels } = problem;
  const { values, gaps, orthants } = await conceptsOf(gpu, logits, m, V, Math.min(CONCEPTS, m, V));
  return {
    of,
    values: [...values],
    gaps: [...gaps],
    orthants: orthants.map((orthant) => ({
      signs: orthant.signs,
      words: orthant.words.map((z) => words?.[z] ?? z),
      contexts: orthant.contexts.map((j) => contextLabels?.[j] ?? j),
    })),
  };
}
