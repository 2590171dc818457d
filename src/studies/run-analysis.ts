import { FileError, OptionError, ProblemError } from "../errors.ts";
import { openUnlessAborted, type Gpu } from "../gpu/device.ts";
import { readDecoder, type ProblemSource } from "../formats/problem-file.ts";
import { unlessAborted, unlessLate } from "../support/abort.ts";
import { inSpells } from "../support/host-spells.ts";
import { measureAgainstLimits } from "../figures/against-limits.ts";
import { embeddingLimits } from "../figures/embedding-limits.ts";
import { withEmbeddings } from "../problem/changes.ts";
import type { Problem } from "../problem/problem.ts";
import { predictDescent } from "../predictions/gradient-descent.ts";
import { predictPath } from "../predictions/ridge-path.ts";
import { predictFactors } from "../predictions/trained-embeddings.ts";
import { nuclearMargin } from "../solvers/nuclear-margin/nuclear-margin.ts";
import type { NuclearMargin } from "../solvers/nuclear-margin/status.ts";
import { ridgePath } from "../solvers/ridge-path/ridge-path.ts";
import type { RidgePath } from "../solvers/ridge-path/status.ts";
import { evaluate, type Evaluation } from "../training/evaluate.ts";
import type { TrainResult } from "../training/train.ts";
import { packArrays } from "../results/arrays.ts";
import { reportText, runRecord, type Figures } from "../results/record.ts";
import { embeddingFacts } from "../results/embedding-facts.ts";
import { trainEmbeddings, type TrainEmbeddingsResult } from "../training/train-embeddings.ts";
import { norm } from "../float64/vectors.ts";
import { project } from "../solvers/log-odds/project.ts";
import { checkInFloat64, type Float64Check } from "../float64/gap-check.ts";
import { checkOfRun } from "../results/float64-check.ts";
import type { FoundLimits } from "../results/find-limits.ts";
import { limitFacts, minimiserAt } from "../results/limit-facts.ts";
import { nuclearFacts } from "../results/nuclear-facts.ts";
import { predictionRows, type PredictionRow } from "../results/prediction-facts.ts";
import { ANALYSE_DEFAULTS } from "./analyse-options.ts";
import { readInput } from "./analysis-input.ts";
import { trainWhileSearching } from "./train-while-searching.ts";

/** Cancelled, what is done by then is returned; while the file is being read and the GPU opened nothing is, and the signal's reason is thrown. */
import type { Analysis, AnalyseOptions } from "./analysis.ts";

/** How long a cancelled analysis is given for the loss at the last decoder, and again for what that proves. */
const GRACE_MS = 80;

/** What `analyse` does. */
export async function runAnalysis(source: ProblemSource, options: AnalyseOptions): Promise<Analysis> {
  const { evaluate: given, signal, onProgress } = options;
  const { file, notes, problem, seed, run, both, largestBufferBytes } = await readInput(source, options);
  const { method, stepSize, steps, record } = run;
  const { trainedEmbeddings = false, fromEmbeddings = false, smoothing } = options;
  const decoder = given && readDecoder(given.name, given.bytes, problem.vocabularySize, problem.embeddingDim);
  const inFile = (error: unknown): never => {
    throw error instanceof ProblemError ? new FileError(source.name, error.message, { cause: error }) : error;
  };
  let losses = 0;
  const gpu = options.gpu ?? (await openUnlessAborted(signal, { largestBufferBytes, onLoss: () => losses++ }));
  if (!gpu) throw signal?.reason;
  try {
    // before the run, so that a decoder that is refused costs nothing
    const evaluated =
      decoder && (await unlessAborted(signal, () => evaluateGiven(gpu, problem, given.name, decoder, signal)));
    const { limits, trained, trainingMs } = await trainWhileSearching(gpu, problem, {
      ...{ ...method, stepSize, steps, record, signal, inFile },
      limitsWithin: options.limitsWithin ?? ANALYSE_DEFAULTS.limitsWithin,
      onProgress,
    });
    const path =
      trainedEmbeddings || !options.ridge
        ? undefined
        : await ridgePath(gpu, problem, {
            lambdas: options.ridge,
            towards: limits,
            signal,
            onProgress,
          }).catch(inFile);
    const nuclear =
      (options.nuclear || trainedEmbeddings) && !isFull(file.problem)
        ? await nuclearMargin(gpu, file.problem, {
            signal,
            onProgress: ({ phase, fraction, message }) =>
              onProgress?.({ phase: "limits", fraction, message: `${phase}: ${message}` }),
          })
        : undefined;
    const towards =
      trainedEmbeddings && nuclear
        ? await unlessAborted(signal, () => embeddingLimits(gpu, file.problem, nuclear))
        : undefined;
    const embeddings = trainedEmbeddings
      ? await trainEmbeddings(gpu, problem, {
          ...both,
          ...(stepSize !== "safe" && { stepSize }),
          ...(towards && { towards }),
          ...{ steps, seed, signal, onProgress },
          record,
        }).result()
      : undefined;
    const status = trained.status === "done" && signal?.aborted ? "cancelled" : trained.status;
    onProgress?.({ phase: "checking", fraction: 0, message: "checking in float64" });
    const last =
      trained.status === "diverged"
        ? undefined
        : await unlessLate(signal, GRACE_MS, () => evaluateIfTold(gpu, problem, trained.decoder));
    const final = typeof last === "string" ? undefined : last;
    const againstLimits = decoder && (await inSpells(measureAgainstLimits(problem, limits, decoder), signal));
    const heldBack = final && (await unlessLate(signal, GRACE_MS, () => minimiserAt(problem, limits, trained.decoder)));
    const result = runRecord(problem, {
      status,
      source: {
        name: source.name,
        kind: file.kind,
        notes: [...notes, ...lossNotes(losses)],
      },
      ...(smoothing !== undefined && { smoothing }),
      adapter: trained.adapter,
      seed,
      initial: "zero",
      ...method,
      stepSize: trained.stepSize,
      stepSizeRule: stepSize === "safe" ? "safe" : "given",
      steps: trained.state.step,
      trainingMs,
      execution: trained.execution,
      memoryBytes: trained.memoryBytes,
      ...(final && {
        final: { step: trained.state.step, ...figures(final) },
        float64Check: checkOfRun(checkInFloat64(problem, trained.decoder, final), trained.trace),
      }),
      ...(typeof last === "string" && { float64Check: { status: "skipped", why: last } }),
      ...(given &&
        evaluated && {
          evaluated: {
            name: given.name,
            ...figures(evaluated),
            gradientNorm: norm(evaluated.gradient),
            ...againstLimits,
          },
        }),
      ...limitFacts(problem, limits, {
        trace: trained.trace,
        ...method,
        stepSize: trained.stepSize,
        heldBack,
      }),
      predictions: await theoryRows(problem, limits, { trained, path, embeddings, nuclear }, signal),
      ...(path && { path: path.points }),
      ...(nuclear && { nuclear: nuclearFacts(nuclear) }),
      ...(embeddings && {
        embeddings: embeddingFacts(problem, {
          ...embeddings,
          initial: fromEmbeddings ? "given" : "drawn",
          steps: embeddings.state.step,
          float64Check: checkEmbeddings(problem, embeddings),
        }),
      }),
      trace: trained.trace,
    });
    return {
      status,
      report: reportText(result),
      result,
      arrays: packArrays(problem, {
        trained,
        limits,
        heldBack,
        path,
        nuclear,
        embeddings,
        evaluated,
      }),
    };
  } finally {
    if (!options.gpu) gpu.destroy();
  }
}

/** What theory gives for all that was run, beside what was measured. */
async function theoryRows(
  problem: Problem,
  limits: FoundLimits,
  {
    trained,
    path,
    embeddings,
    nuclear,
  }: Readonly<{
    trained: TrainResult;
    path?: RidgePath | undefined;
    embeddings?: TrainEmbeddingsResult | undefined;
    nuclear?: NuclearMargin | undefined;
  }>,
  signal: AbortSignal | undefined,
): Promise<PredictionRow[]> {
  const ofRun = await unlessLate(signal, GRACE_MS, () => predictDescent(problem, limits, trained, signal));
  // a law is one of minimisers: what is not solved says nothing of it
  const solved = path?.points.filter(({ status }) => status === "solved");
  return [
    ...predictionRows(ofRun ?? [], trained.trace),
    ...(solved ? predictionRows(predictPath(problem, limits), solved, limits.margin?.norm) : []),
    ...(embeddings ? predictionRows(predictFactors(problem, nuclear, embeddings), embeddings.trace) : []),
  ];
}

const lossNotes = (losses: number): string[] =>
  losses === 0
    ? []
    : [
        `The GPU was lost ${losses === 1 ? "once" : `${losses} times`} on the way; what was under way went on from there.`,
      ];

/** Nothing to check of a run that diverged, or was cancelled before its last step was measured. */
function checkEmbeddings(problem: Problem, run: TrainEmbeddingsResult): Float64Check | undefined {
  const last = run.trace.at(-1);
  if (run.status === "diverged" || last?.step !== run.state.step) return undefined;
  return checkOfRun(checkInFloat64(withEmbeddings(problem, run.embeddings), run.decoder, last), run.trace);
}

/** Whether every word follows every context. */
const isFull = ({ tokens, contextCount, vocabularySize }: Problem): boolean =>
  tokens.length === contextCount * vocabularySize;

/** Loss and gradient at the decoder of a run, or why its logits are too large for them: the run is kept all the same. */
function evaluateIfTold(gpu: Gpu, problem: Problem, decoder: Float64Array): Promise<Evaluation | string> {
  return evaluate(gpu, problem, decoder).catch((error: unknown) => {
    if (error instanceof OptionError) return error.message;
    throw error;
  });
}

/** Loss and gradient at a decoder, and P_F of it. */
async function evaluateGiven(
  gpu: Gpu,
  problem: Problem,
  name: string,
  decoder: ArrayLike<number>,
  signal: AbortSignal | undefined,
): Promise<Evaluation & { projection: Float64Array }> {
  const evaluation = await evaluate(gpu, problem, decoder).catch((error: unknown) => {
    throw error instanceof OptionError ? new FileError(name, error.message, { cause: error }) : error;
  });
  return { ...evaluation, projection: (await project(gpu, problem, decoder, { signal })).inSpan };
}

const figures = ({ loss, lossGap, inSupportGap, offSupportGap, norm }: Evaluation): Figures => ({
  loss,
  lossGap,
  inSupportGap,
  offSupportGap,
  norm,
});
