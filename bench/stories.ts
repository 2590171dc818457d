import {
  nuclearMargin,
  openGpu,
  paper2Stories,
  trainEmbeddings,
  type AdapterDescription,
  type Gpu,
  type Problem,
} from "../src/index.ts";
import { askScript } from "./numpy.ts";
import { CONSOLE, type Screen } from "./screen.ts";

/*
 * The stories' shape of arXiv 2408.15417 (V = 104, m = 403, d = 128) from start to end: full-batch steps of Adam with decoupled decay on
 * both factors through the public interface, compilation included, beside the same loop in NumPy from the same start; then its nuclear margin.
 */

const DIMENSION = 128;
const STEP = { stepSize: 1e-3, ridge: 1e-6, betas: [0.9, 0.99], epsilon: 1e-8 } as const;
const GAP_TOLERANCE = 1e-5;
/** The part of the steps that NumPy makes too. */
const NUMPY_PART = 0.1;

/** A run: what it took, and where it ended. */
interface FactorAnswer {
  readonly seconds: number;
  readonly lossGap: number;
}

interface StoriesResult {
  readonly adapter: AdapterDescription;
  readonly steps: number;
  readonly seconds: number;
  readonly lossGap: number;
  /** Of a tenth of the steps, ours and NumPy's, from the same start: the loss gap after them, and seconds. */
  readonly tenth: { readonly lossGap: number; readonly seconds: number; readonly numpy: FactorAnswer | null };
  readonly nuclear: {
    readonly seconds: number;
    readonly lowerBound: number;
    readonly upperBound: number;
    readonly iterations: number;
  };
}

export async function run(
  { steps, seed }: { steps: number; seed: number },
  screen: Screen = CONSOLE,
): Promise<StoriesResult> {
  const gpu = await openGpu();
  const problem = paper2Stories({ seed });
  const begin = performance.now();
  const nuclear = await nuclearMargin(gpu, problem, { gapTolerance: GAP_TOLERANCE });
  const nuclearSeconds = (performance.now() - begin) / 1000;
  screen.say(
    `‖L_mm‖_* between ${nuclear.lowerBound} and ${nuclear.upperBound} (${nuclear.status}) in ${nuclearSeconds.toFixed(1)} s, ${nuclear.iterations} iterations, ${nuclear.supports.count} supports`,
  );
  const short = Math.max(Math.round(NUMPY_PART * steps), 1);
  const part = await train(gpu, problem, short, seed);
  const numpy = await askNumpy(gpu, problem, short, seed);
  screen.say(`${short} steps: ${describe(part)}; NumPy float32 ${numpy ? describe(numpy) : "is not there"}`);
  const whole = await train(gpu, problem, steps, seed);
  screen.say(`${steps} steps: ${describe(whole)}`);
  gpu.destroy();
  return {
    adapter: gpu.adapter,
    steps,
    ...whole,
    tenth: { ...part, numpy },
    nuclear: {
      seconds: nuclearSeconds,
      lowerBound: nuclear.lowerBound,
      upperBound: nuclear.upperBound,
      iterations: nuclear.iterations,
    },
  };
}

const describe = ({ seconds, lossGap }: FactorAnswer): string =>
  `${seconds.toFixed(1)} s, loss gap ${lossGap.toExponential(3)}`;

const options = (seed: number) =>
  ({ optimizer: "adam", decay: "decoupled", dimension: DIMENSION, scale: 1, seed, ...STEP }) as const;

async function train(gpu: Gpu, problem: Problem, steps: number, seed: number): Promise<FactorAnswer> {
  const begin = performance.now();
  const { trace, status } = await trainEmbeddings(gpu, problem, { ...options(seed), steps, record: [steps] }).result();
  if (status !== "done") throw new Error(`the run ended as ${status}`);
  return { seconds: (performance.now() - begin) / 1000, lossGap: trace[0]!.lossGap };
}

/** In another process on the same machine, from the same start. */
async function askNumpy(gpu: Gpu, problem: Problem, steps: number, seed: number): Promise<FactorAnswer | null> {
  const { decoder, embeddings } = await trainEmbeddings(gpu, problem, {
    ...options(seed),
    steps: 0,
    record: [],
  }).result();
  const { offsets, tokens, probabilities, weights } = problem;
  const found = await askScript<FactorAnswer>({
    script: "numpy_factors.py",
    ...{ V: problem.vocabularySize, d: DIMENSION, m: problem.contextCount, steps, ...STEP },
    arrays: { offsets, tokens, probabilities, weights, decoder, embeddings },
  });
  return found && found.answer;
}
