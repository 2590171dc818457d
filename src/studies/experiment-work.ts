import type { BestMargins } from "../figures/iterate.ts";
import { findLimits, type FoundLimits } from "../results/find-limits.ts";
import { checkInFloat64 } from "../float64/gap-check.ts";
import { checkOfRun } from "../results/float64-check.ts";
import { limitFacts, minimiserAt } from "../results/limit-facts.ts";
import { predictionRows } from "../results/prediction-facts.ts";
import { runRecord } from "../results/record.ts";
import { predictDescent } from "../predictions/gradient-descent.ts";
import { bestMargins } from "../solvers/norm-margin/best-margins.ts";
import { requireOneOf } from "../support/options.ts";
import type { WorkProgress } from "../support/long-work.ts";
import type { Problem } from "../problem/problem.ts";
import { memoryNeeded } from "../training/memory.ts";
import { chooseMethod, definitionOf } from "../training/methods/method.ts";
import { train } from "../training/train.ts";
import { runArms, type ArmRun, type ExperimentOptions } from "./arms.ts";
import type { ArmRecord, ExperimentRecord, PlanePicture } from "./experiment-record.ts";
import { experimentReport } from "./experiment-report.ts";
import { EXPERIMENTS, type Arm } from "./experiments.ts";
import { normPanel } from "./norm-panel.ts";

/** What the runs on a problem are held against. */
type ArmLimits = FoundLimits & { readonly norms?: BestMargins };

/** What `runExperiment` does. */
export async function doExperiment(name: string, options: ExperimentOptions): Promise<ExperimentRecord> {
  requireOneOf("experiment", name, Object.keys(EXPERIMENTS));
  const experiment = EXPERIMENTS[name]!;
  const limits = new Map<Problem, ArmLimits>();
  const outcome = await runArms(
    experiment,
    options,
    async ({ problem }) => (await memoryNeeded(problem)).largestBufferBytes,
    async (arm, how) => {
      const known = limits.get(arm.problem) ?? (await limitsOf(arm.problem, how, experiment.isInEveryNorm));
      limits.set(arm.problem, known);
      return runArm(arm, known, how);
    },
  );
  const { title, question } = experiment;
  const record = { experiment: name, title, question, ...outcome };
  return { ...record, report: experimentReport(record) };
}

async function limitsOf(problem: Problem, { gpu, signal, report }: ArmRun, isInEveryNorm = false): Promise<ArmLimits> {
  const onProgress = ({ phase, message }: WorkProgress): void => report(0, `${phase}: ${message}`);
  const found = await findLimits(gpu, problem, { signal, onProgress });
  return isInEveryNorm ? { ...found, norms: await bestMargins(gpu, problem, { signal, onProgress }) } : found;
}

async function runArm(
  { label, problem, options }: Arm,
  limits: ArmLimits,
  { gpu, seed, steps, signal, report }: ArmRun,
): Promise<ArmRecord> {
  const begin = performance.now();
  const trained = await train(gpu, problem, {
    ...options,
    steps,
    seed,
    towards: limits,
    signal,
    onProgress: ({ fraction, message }) => report(fraction, message),
  }).result();
  const trainingMs = performance.now() - begin;
  const last = trained.trace.at(-1);
  const isMeasured = last?.step === trained.state.step && trained.status !== "diverged";
  const record = runRecord(problem, {
    status: trained.status,
    source: { name: label, kind: "experiment", notes: [] },
    adapter: trained.adapter,
    seed,
    initial: options.initial === "lecun" ? "lecun" : "zero",
    ...chooseMethod(trained),
    stepSize: trained.stepSize,
    stepSizeRule: options.stepSize === "safe" ? "safe" : "given",
    steps: trained.state.step,
    trainingMs,
    execution: trained.execution,
    memoryBytes: trained.memoryBytes,
    final: last,
    ...(isMeasured && { float64Check: checkOfRun(checkInFloat64(problem, trained.decoder, last), trained.trace) }),
    ...limitFacts(problem, limits, {
      trace: trained.trace,
      optimizer: trained.optimizer,
      schedule: trained.schedule,
      stepSize: trained.stepSize,
      heldBack: isMeasured ? await minimiserAt(problem, limits, trained.decoder) : undefined,
    }),
    predictions: predictionRows(await predictDescent(problem, limits, trained, signal), trained.trace),
    trace: trained.trace,
  });
  const norms = last && normPanel(definitionOf(trained).norm, problem.tokens.length === problem.contextCount, last);
  return {
    ...record,
    label,
    ...(norms && { norms }),
    ...(problem.embeddingDim === 2 && { plane: picture(problem, limits, trained.decoder) }),
  };
}

function picture(problem: Problem, { finite, margin }: FoundLimits, decoder: Float64Array): PlanePicture {
  const { contextCount, offsets, tokens, probabilities, embeddings } = problem;
  const rows = (values: Uint32Array | Float64Array): number[][] =>
    Array.from({ length: contextCount }, (_, j) => [...values.subarray(offsets[j], offsets[j + 1])]);
  return {
    embeddings: [...embeddings],
    supports: rows(tokens),
    probabilities: rows(probabilities),
    decoder: [...decoder],
    ...(finite && { logOddsDecoder: [...finite.decoder] }),
    ...(margin?.decoder && { maxMarginDecoder: [...margin.decoder] }),
  };
}
