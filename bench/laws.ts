import {
  findLimits,
  openGpu,
  paper1Plane,
  paper1Synthetic,
  predict,
  predictionRows,
  ridgePath,
  synthetic,
  train,
  type AdapterDescription,
  type PredictedFigure,
  type PredictionRow,
  type Problem,
} from "../src/index.ts";
import { table } from "./table.ts";

interface LawsResult {
  readonly adapter: AdapterDescription;
  readonly problems: readonly Laws[];
}

/** What a run and a ridge path of one problem have of what was predicted. */
interface Laws {
  readonly problem: string;
  readonly stepSize: number;
  readonly descent: readonly PredictionRow[];
  readonly path: readonly PredictionRow[];
  /** ⟨W, W_mm⟩/‖W_mm‖² − log(ηk) − C/‖W_mm‖², in nats, and times ‖W_mm‖². */
  readonly interceptError: number;
  readonly interceptErrorTimesSquare: number;
  readonly secantAlignment: number;
  /** The best of the iterate's three cosines. */
  readonly alignment: number;
}

const small = (vocabularySize: number, contextCount: number, embeddingDim: number, supportSize: number): Problem =>
  synthetic({ vocabularySize, contextCount, embeddingDim, supportSize });

const PROBLEMS: Readonly<Record<string, () => Problem>> = {
  plane: paper1Plane,
  "5 words, 4 contexts in 6 dimensions": () => small(5, 4, 6, 2),
  "6 words, 10 contexts in 20 dimensions": () => small(6, 10, 20, 2),
  "5 words, 10 contexts in 16 dimensions": () => small(5, 10, 16, 2),
  // words that hardly miss the margin make it slow
  "6 words, 8 contexts in 10 dimensions": () => small(6, 8, 10, 3),
  "the default, 50 contexts in 60 dimensions": paper1Synthetic,
};

/** The laws of gradient descent and of the ridge path with their constants, beside what the product measures. */
export async function run({ steps }: { steps: number }): Promise<LawsResult> {
  const gpu = await openGpu();
  const problems: Laws[] = [];
  for (const [name, make] of Object.entries(PROBLEMS)) {
    const problem = make();
    const limits = await findLimits(gpu, problem);
    const trained = await train(gpu, problem, { steps, towards: limits }).result();
    const descent = predictionRows(await predict(problem, limits, trained), trained.trace);
    const { points } = await ridgePath(gpu, problem, { lambdas: [1e-4, 1e-6, 1e-8], towards: limits });
    const path = predictionRows(await predict(problem, limits, { model: "ridge-path" }), points, limits.margin!.norm);
    const projection = rowOf(descent, "marginProjection");
    const difference = (projection.measured ?? NaN) - (projection.predicted ?? NaN);
    const {
      alignment = NaN,
      alignmentPerp = NaN,
      alignmentCorrected = NaN,
      secantAlignment = NaN,
    } = trained.trace.at(-1)!;
    problems.push({
      problem: name,
      stepSize: trained.stepSize,
      ...{ descent: descent.map(withoutLine), path: path.map(withoutLine), secantAlignment },
      interceptError: difference / limits.margin!.norm ** 2,
      interceptErrorTimesSquare: difference,
      alignment: Math.max(alignment, alignmentPerp, alignmentCorrected),
    });
  }
  const figures: readonly PredictedFigure[] = ["lossGap", "normGrowth", "subspaceError", "pathLossGap", "pathScale"];
  const heads = ["problem", ...figures, "intercept", "· ‖W_mm‖²", "secant", "iterate"];
  const rows = problems.map((laws) => [
    laws.problem,
    ...figures.map((figure) => rowOf([...laws.descent, ...laws.path], figure).ratio?.toFixed(4) ?? "–"),
    ...[laws.interceptError, laws.interceptErrorTimesSquare].map((value) => value.toFixed(3)),
    ...[laws.secantAlignment, laws.alignment].map((value) => value.toFixed(5)),
  ]);
  console.log(`\nmeasured over predicted at step ${steps}, and at λ = 1e-8\n${table([heads, ...rows])}\n`);
  gpu.destroy();
  return { adapter: gpu.adapter, problems };
}

const rowOf = (rows: readonly PredictionRow[], figure: PredictedFigure): PredictionRow =>
  rows.find((row) => row.figure === figure)!;

const withoutLine = ({ line: _, ...row }: PredictionRow): PredictionRow => row;
