import { OptionError } from "../errors.ts";
import type { AdapterDescription } from "../gpu/adapter.ts";
import type { Gpu } from "../gpu/device.ts";
import { DryWorkspace, type Workspace } from "../gpu/workspace.ts";
import { deviceProblem } from "../maps/device-problem.ts";
import {
  factorShape,
  joinFactors,
  readFactorMeasure,
  splitFactors,
  type FactorMeasure,
  type Factors,
  type FactorShape,
} from "../maps/factors.ts";
import { measureEmbeddings, type EmbeddingMeasures } from "../figures/embedding-figures.ts";
import { modeStrengths } from "../figures/modes.ts";
import { embeddingLimits, type EmbeddingLimits } from "../figures/embedding-limits.ts";
import { isUsable, requireDecoder } from "../maps/decoder.ts";
import type { Problem } from "../problem/problem.ts";
import type { NuclearMargin } from "../solvers/nuclear-margin/status.ts";
import type { LongWork } from "../support/long-work.ts";
import { describe, requireKnownOptions, requireOneOf, requireSeed, requireWhole } from "../support/options.ts";
import { checkPoint, type Doubt } from "../figures/point-check.ts";
import { withEmbeddings } from "../problem/changes.ts";
import { RandomStream } from "../support/random.ts";
import { arraysOf } from "./engines/iteration.ts";
import {
  definitionOf,
  isPartOfL,
  METHOD_NAMES,
  refuseSpectral,
  defaultStepSize,
  safePart,
  type Method,
  type Optimizer,
} from "./methods/method.ts";
import type { Schedule } from "./methods/schedule.ts";
import { EXECUTIONS, type Execution } from "./engines/execution.ts";
import type { Decay, FactorIteration } from "./engines/factor-iteration.ts";
import { factorExecution, prepareTrainedEmbeddings } from "./models/trained-embeddings.ts";
import { pointsArray, type Checkpoint } from "./progress.ts";
import { Run, type RunPlan } from "./run.ts";
import { requireSeal, requireState, sealed, type AnyState, type Seal } from "./state.ts";
import { arraysAtStart, factorsOf, type Split } from "./state-arrays.ts";
import { runSettings, stepProgress, type TrainProgress, type TrainStatus } from "./run-settings.ts";
import { Towards, type Meter } from "./towards.ts";

export interface TrainEmbeddingsOptions extends Partial<Method>, LongWork<TrainProgress> {
  /** d, at least 1; default V, and that of the problem's embeddings where the run starts from those. From min(V, m) on the minima are those over all logits. A continued run keeps its own, as the next two. */
  readonly dimension?: number;
  /** λ, at least 0; default 0. */
  readonly ridge?: number;
  /**
   * How λ enters: `"coupled"` (the default) by the gradient, of CE + λ/2 (‖W‖² + ‖H‖²), whose minimisers are those of
   * CE(L) + λ ‖L‖_* where d ≥ min(V, m); `"decoupled"` beside it, W ← (1 − η_k λ) W and H likewise, as AdamW has it: with Adam that
   * has other limits.
   */
  readonly decay?: Decay;
  /** Number of the last step; default 10,000. A continued run counts on from its state's step. */
  readonly steps?: number;
  /** What a step is, of both factors as one; the formulas are at {@link METHODS}. Default `"gradient-descent"`. */
  readonly optimizer?: Optimizer;
  /** η_k = η for `"constant"` (the default), η / √k for `"inverse-sqrt"`, η / k for `"inverse"`. */
  readonly schedule?: Schedule;
  /**
   * Step size η. The default is 1/(25 max_j π_j) for gradient descent, which suits factors of singular values up to 10 or so and is
   * proved for nothing, times 1 − β with momentum, and 0.01 for the others.
   */
  readonly stepSize?: number;
  /** Which steps are recorded: `"log"` (the default; 20 to a factor of ten, and the last), or a list; 0 is the start. */
  readonly record?: "log" | readonly number[];
  /**
   * Where the run starts: independent N(0, `scale`²/d) entries of both factors, drawn with `seed` (the default); `"given"`, H at the
   * problem's embeddings and W drawn, in their dimension; or factors, V × d and m × d.
   */
  readonly initial?: "given" | Record<keyof Factors, ArrayLike<number>>;
  /** Of what is drawn of the start, above 0 and up to 100; default 0.1. */
  readonly scale?: number;
  /** Default 1. */
  readonly seed?: number;
  /**
   * `"one-workgroup"` leaves hundreds of steps at a time to one workgroup, the default where a problem fits into one;
   * `"stepwise"` gives every step to the whole device. A continued run keeps its own.
   */
  readonly execution?: Execution;
  /**
   * The nuclear margin of the problem, or its limits as {@link embeddingLimits} has them, towards which every recorded step is measured,
   * read back and in float64 (see {@link EmbeddingMeasures}). Limits can be those of another problem of the same words and contexts, as a
   * problem is before it is smoothed. Limits that are still searched for are a promise, see {@link TrainOptions.towards}. Default none.
   */
  readonly towards?: NuclearMargin | EmbeddingLimits | Promise<EmbeddingLimits | undefined>;
  /** Those of the recorded steps whose point keeps both factors; default none. */
  readonly keep?: readonly number[];
  /** A state that an earlier run on the same problem returned: the run goes on from it with the same bits. */
  readonly from?: TrainEmbeddingsState;
  /** Told the state of the run after every second of work or so, see {@link TrainOptions.onCheckpoint}. */
  readonly onCheckpoint?: (state: TrainEmbeddingsState) => void;
}

/** A run of both factors between two steps. */
export interface TrainEmbeddingsState extends AnyState, Seal {
  readonly model: "embeddings";
  readonly dimension: number;
  readonly ridge: number;
  readonly decay: Decay;
  /** The device's arrays by name: W above H with padding, `NAME` and `NAME low` being its two parts, and what the optimiser keeps. */
  readonly arrays: Readonly<Record<string, Float32Array>>;
}

/** A recorded step. */
export interface EmbeddingPoint extends FactorMeasure, Partial<EmbeddingMeasures>, Doubt {
  readonly step: number;
  /** CE in nats. */
  readonly loss: number;
  /** u_iᵀ L v_i of the modes of {@link EmbeddingLimits}, where the step was measured towards limits. */
  readonly modes?: Float64Array;
  /** W and H after the step, where they were to be kept. */
  readonly factors?: Factors;
}

export interface TrainEmbeddingsResult extends Factors, Method {
  readonly status: TrainStatus;
  readonly trace: readonly EmbeddingPoint[];
  readonly stepSize: number;
  readonly dimension: number;
  readonly ridge: number;
  readonly decay: Decay;
  readonly execution: Execution;
  readonly state: TrainEmbeddingsState;
  /** GPU memory that the run held: its arrays, and what they were read through. */
  readonly memoryBytes: number;
  readonly adapter: AdapterDescription;
}

const OPTION_NAMES: readonly (keyof TrainEmbeddingsOptions)[] = [
  ...(["dimension", "ridge", "decay", "steps", ...METHOD_NAMES, "stepSize", "record", "initial", "scale"] as const),
  ...(["seed", "execution", "towards", "keep", "from", "onCheckpoint", "signal", "onProgress"] as const),
];

const MOST_DIMENSIONS = 65_536;
const LARGEST_RIDGE = 1e6;
const DEFAULT_SCALE = 0.1;
const LARGEST_SCALE = 100;
/** 1 / (max π · this) is the step size of gradient descent unless another is given. */
const STEEPNESS = 25;

/** The step size of both factors unless another is given, for an optimiser that has one. */
export function defaultFactorStep({ weights }: Problem, method: Method): number {
  const stepSize = defaultStepSize(method);
  return stepSize === "safe" ? safePart(method) / (STEEPNESS * weights.reduce((a, b) => Math.max(a, b))) : stepSize;
}

/**
 * Trains words and contexts together on the GPU: CE(H Wᵀ) + λ/2 (‖W‖² + ‖H‖²) with W V × d and H m × d (the unconstrained-features
 * model of Zhao et al., arXiv 2408.15417). Supports, probabilities and weights of the problem count; its embeddings are a start or nothing.
 * Iterate over the run for its points as they come; await `result()` for the end.
 * @throws OptionError at once for options out of range, unknown, of another optimiser, or other than the state's to go
 * on from, and from the run for a state of another problem or one that was changed; ShapeError at once for what is no state.
 */
export function trainEmbeddings(
  gpu: Gpu,
  problem: Problem,
  options: TrainEmbeddingsOptions = {},
): Run<EmbeddingPoint, TrainEmbeddingsResult> {
  return new Run(planOf(gpu, problem, options));
}

type TowardsLimits = EmbeddingMeasures & Pick<EmbeddingPoint, "modes">;

const bytesOf = ({ decoder, embeddings }: Factors): number => decoder.byteLength + embeddings.byteLength;

/** What a run keeps where another goes on from it. */
type Model = Pick<TrainEmbeddingsState, "dimension" | "ridge" | "decay" | "execution">;

function planOf(
  gpu: Gpu,
  problem: Problem,
  options: TrainEmbeddingsOptions,
): RunPlan<EmbeddingPoint, TrainEmbeddingsResult> {
  requireKnownOptions(options, OPTION_NAMES);
  const { scale = DEFAULT_SCALE, seed = 1, from, initial, towards } = options;
  requireState(from, "embeddings");
  const known = towards && !("then" in towards) ? towards : undefined;
  if (known && "problem" in known) requireLimitsOf(problem, known);
  const { method, firstStep, lastStep, recorded, kept, stepSize: asked } = runSettings(options);
  const model = embeddingModel(problem, options, method);
  requireSeed(seed);
  if (!(scale > 0 && scale <= LARGEST_SCALE))
    throw new OptionError("scale", `expected a number above 0 and up to ${LARGEST_SCALE}, found ${describe(scale)}`);
  if (asked === "safe" && !isPartOfL(method))
    throw new OptionError(
      "stepSize",
      `expected a number for the optimizer "${method.optimizer}" of both factors, found none`,
    );
  const stepSize = asked === "safe" ? defaultFactorStep(problem, method) : asked;
  const shape = factorShape(problem.vocabularySize, problem.contextCount, model.dimension);
  if (initial && initial !== "given") {
    requireDecoder(initial.decoder, shape, "initial.decoder");
    requireDecoder(initial.embeddings, { words: shape.contexts, dim: shape.dim }, "initial.embeddings");
  }
  if (from && initial) throw new OptionError("initial", "expected none beside from, whose state the run goes on from");
  const begin = (workspace: Workspace, taken: number): Promise<FactorIteration> =>
    prepareTrainedEmbeddings(workspace, deviceProblem(workspace, problem), shape, model.execution, {
      ...{ method, stepSize, taken },
      ...{ ridge: model.ridge, decay: model.decay },
    });
  const splitStart = (): Split => {
    const drawn = drawFactors(shape, scale, seed);
    return splitFactors(initial === "given" ? { ...drawn, embeddings: problem.embeddings } : (initial ?? drawn), shape);
  };
  const stateOf = ({ step, arrays }: Checkpoint): Promise<TrainEmbeddingsState> =>
    sealed(problem, { model: "embeddings" as const, step, ...method, stepSize, ...model, arrays });
  const meterOf = (limits: EmbeddingLimits): Meter<Factors, TowardsLimits> => {
    requireLimitsOf(problem, limits);
    return (_, factors) => ({
      ...measureEmbeddings(factors, limits),
      modes: modeStrengths(limits.modes, factors, shape.dim),
    });
  };
  const late =
    towards && "then" in towards
      ? new Towards(
          towards.then((limits) => limits && meterOf(limits)),
          options.signal,
        )
      : undefined;
  const { onCheckpoint } = options;
  return {
    gpu,
    signal: options.signal,
    ...(late && { towards: late }),
    course: {
      ...{ firstStep, lastStep, recorded },
      onStep: (step) => options.onProgress?.(stepProgress(step, lastStep)),
    },
    prepare: async (workspace, checkpoint = from) => {
      if (checkpoint === from && from) await requireSeal(problem, from);
      const iteration = await begin(workspace, checkpoint?.step ?? firstStep);
      if (checkpoint) for (const array of iteration.state) array.write(checkpoint.arrays[array.label]!);
      else {
        const { high, low } = splitStart();
        iteration.start.high.write(high);
        iteration.start.low.write(low);
      }
      const limits = known && ("problem" in known ? known : await embeddingLimits(gpu, problem, known));
      const meter = limits && meterOf(limits);
      const read = arraysOf(iteration.factors);
      const points = pointsArray(workspace, iteration, read);
      return {
        iteration,
        points,
        read: (towards || kept.size > 0) && points.carried.length === 0 ? read : [],
        kept: read,
        point: (step, values, pair) => {
          if (!values.every(Number.isFinite)) return undefined;
          const said = readFactorMeasure(values);
          if (pair.length === 0) return { step, loss: problem.entropy + said.lossGap, ...said };
          const factors = joinFactors(pair, shape);
          const { decoder, embeddings } = factors;
          const norms = { decoderNorm: decoder, embeddingNorm: embeddings };
          const measure = checkPoint(withEmbeddings(problem, embeddings), decoder, said, norms);
          return {
            ...{ step, loss: problem.entropy + measure.lossGap, ...measure },
            ...(meter ? meter(step, factors) : late?.measure(step, factors, bytesOf(factors))),
            // copies, as those of a decoder are
            ...(kept.has(step) && { factors: { decoder: decoder.slice(), embeddings: embeddings.slice() } }),
          };
        },
      };
    },
    start: async () => {
      if (from) await requireSeal(problem, from);
      const iteration = await begin(new DryWorkspace(), firstStep);
      return { step: firstStep, arrays: from?.arrays ?? arraysAtStart(iteration, [iteration.start], splitStart()) };
    },
    result: async (end) => {
      const { status, trace, arrays, memoryBytes, adapter } = end;
      const factors = end.kept ? joinFactors(end.kept, shape) : factorsOf(shape, arrays);
      return {
        status: isUsable(factors.decoder) && isUsable(factors.embeddings) ? status : "diverged",
        ...{ trace, ...method, stepSize, ...model, ...factors },
        state: await stateOf(end),
        ...{ memoryBytes, adapter },
      };
    },
    ...(onCheckpoint && { keep: async (checkpoint: Checkpoint) => onCheckpoint(await stateOf(checkpoint)) }),
  };
}

/** @throws OptionError for limits of other words or contexts */
function requireLimitsOf(problem: Problem, limits: EmbeddingLimits): void {
  const sizesOf = ({ contextCount, vocabularySize }: Problem): string =>
    `${contextCount} contexts and ${vocabularySize} words`;
  const [expected, found] = [problem, limits.problem].map(sizesOf);
  if (found !== expected) throw new OptionError("towards", `expected a problem of ${expected}, found one of ${found}`);
}

/**
 * What a run trains by its options.
 * @throws OptionError for a value out of range, or other than that of the state
 */
export function embeddingModel(
  { vocabularySize, contextCount, embeddingDim }: Problem,
  options: Pick<TrainEmbeddingsOptions, keyof Model | "initial" | "from">,
  method: Method,
): Model {
  const { from, initial } = options;
  refuseSpectral(method, "both factors, which are no one matrix");
  if (typeof initial === "string") requireOneOf("initial", initial, ["given"]);
  const dimension = initial === "given" ? embeddingDim : vocabularySize;
  const unsaid = from ?? { dimension, ridge: 0, decay: "coupled" as const };
  const asked = options.execution ?? from?.execution;
  if (asked !== undefined) requireOneOf("execution", asked, EXECUTIONS);
  const model = {
    dimension: options.dimension ?? unsaid.dimension,
    ridge: options.ridge ?? unsaid.ridge,
    decay: options.decay ?? unsaid.decay,
    execution: asked ?? "stepwise",
  };
  requireWhole("dimension", model.dimension, 1, MOST_DIMENSIONS);
  if (initial === "given" && model.dimension !== embeddingDim)
    throw new OptionError(
      "dimension",
      `expected ${embeddingDim}, that of the problem's embeddings, which the run starts from, found ${model.dimension}`,
    );
  model.execution = factorExecution(factorShape(vocabularySize, contextCount, model.dimension), asked);
  if (!(model.ridge >= 0 && model.ridge <= LARGEST_RIDGE))
    throw new OptionError("ridge", `expected a number from 0 to ${LARGEST_RIDGE}, found ${describe(model.ridge)}`);
  requireOneOf("decay", model.decay, ["coupled", "decoupled"]);
  if (model.decay === "decoupled" && ["unit", "max"].includes(definitionOf(method).step.kind))
    throw new OptionError("decay", `expected "coupled" for the optimizer "${method.optimizer}", found "decoupled"`);
  for (const name of ["dimension", "ridge", "decay", "execution"] as const)
    if (from && model[name] !== from[name])
      throw new OptionError(
        name,
        `expected ${describe(from[name])}, as the state has that the run goes on from, found ${describe(model[name])}`,
      );
  return model;
}

function drawFactors({ words, contexts, dim }: FactorShape, scale: number, seed: number): Factors {
  const draw = (stream: RandomStream, rows: number): Float64Array =>
    Float64Array.from({ length: rows * dim }, () => (scale * stream.normal()) / Math.sqrt(dim));
  return { decoder: draw(new RandomStream(seed, 0), words), embeddings: draw(new RandomStream(seed, 1), contexts) };
}
