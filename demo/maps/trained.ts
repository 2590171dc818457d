import { supportMask, type EmbeddingLimits, type EmbeddingMaps, type Factors, type Problem } from "../../src/index.ts";
import { columnsOf, sizeOf, type Cells, type MapFrame } from "./frame.ts";

/** A recorded step whose factors were kept. */
export interface KeptPoint {
  readonly step: number;
  readonly factors: Factors;
}

export const isKept = <Point extends { readonly factors?: Factors }>(
  point: Point,
): point is Point & Required<Pick<Point, "factors">> => point.factors !== undefined;

/** What the maps of trained embeddings are drawn from. */
export interface TrainedContent {
  readonly problem: Problem;
  /** What theory says; undefined where it is not known. */
  readonly limits: EmbeddingLimits | undefined;
  /** Ascending by step. */
  readonly points: readonly KeptPoint[];
}

/** The problem, the theory, and the matrices of the step that is shown. */
interface TrainedKnown extends Pick<TrainedContent, "problem" | "limits"> {
  readonly trained?: EmbeddingMaps;
}

interface TrainedFrame extends MapFrame<TrainedKnown> {
  readonly isTrained?: true;
}

type Values = (known: TrainedKnown) => ArrayLike<number> | undefined;

/** From a matrix that is there context by context, m × V. */
const byContext =
  (values: Values) =>
  (known: TrainedKnown): Cells | undefined => {
    const found = values(known);
    return found && columnsOf(found, known.problem.vocabularySize);
  };

/** From a symmetric matrix. */
const square =
  (values: Values) =>
  (known: TrainedKnown): Cells | undefined => {
    const found = values(known);
    return found && columnsOf(found, Math.sqrt(found.length));
  };

const LOGITS = { rows: "words", columns: "contexts", palette: "diverging" } as const;
const WORDS = { rows: "words", columns: "words", palette: "diverging", largest: () => 1 } as const;
const CONTEXTS = { ...WORDS, rows: "contexts", columns: "contexts" } as const;
/** Of L_mm and S̃, which are to be compared. */
const largestInTheory = ({ limits }: TrainedKnown): number =>
  Math.max(...[limits!.margin, limits!.proxy].map(({ logits }) => sizeOf(logits)));

/** Rows of maps, of trained embeddings beside theory. */
export const TRAINED_ROWS: readonly { readonly title: string; readonly maps: readonly TrainedFrame[] }[] = [
  {
    title: "Logits, the mean of each context taken off: a row is a word, a column a context",
    maps: [
      {
        ...LOGITS,
        title: "Supports S",
        key: "supports",
        palette: "sequential",
        cells: byContext(({ problem }) => supportMask(problem)),
        largest: () => 1,
      },
      {
        ...LOGITS,
        title: "Proxy S̃",
        key: "proxy",
        cells: byContext(({ limits }) => limits?.proxy.logits),
        largest: largestInTheory,
      },
      {
        ...LOGITS,
        title: "Theory L_mm",
        key: "margin",
        cells: byContext(({ limits }) => limits?.margin.logits),
        largest: largestInTheory,
      },
      {
        ...LOGITS,
        title: "Trained L",
        key: "logits",
        isTrained: true,
        cells: byContext(({ trained }) => trained?.logits),
      },
      {
        ...LOGITS,
        title: "Trained L − L_in",
        key: "low-rank",
        isTrained: true,
        cells: byContext(
          ({ trained, limits }) => limits && trained?.logits.map((logit, at) => logit - limits.sparse[at]!),
        ),
      },
    ],
  },
  {
    title: "Cosines between words",
    maps: [
      {
        ...WORDS,
        title: "Words, trained",
        key: "words",
        isTrained: true,
        cells: square(({ trained }) => trained?.wordCosines),
      },
      {
        ...WORDS,
        title: "Words, theory",
        key: "words-theory",
        cells: square(({ limits }) => limits?.margin.wordCosines),
      },
      {
        ...WORDS,
        title: "Words, proxy",
        key: "words-proxy",
        cells: square(({ limits }) => limits?.proxy.wordCosines),
      },
    ],
  },
  {
    title: "Cosines between contexts",
    maps: [
      {
        ...CONTEXTS,
        title: "Contexts, trained",
        key: "contexts",
        isTrained: true,
        cells: square(({ trained }) => trained?.contextCosines),
      },
      {
        ...CONTEXTS,
        title: "Contexts, theory",
        key: "contexts-theory",
        cells: square(({ limits }) => limits?.margin.contextCosines),
      },
      {
        ...CONTEXTS,
        title: "Contexts, proxy",
        key: "contexts-proxy",
        cells: square(({ limits }) => limits?.proxy.contextCosines),
      },
    ],
  },
];
