import { writeNpz } from "../formats/write-npz.ts";
import type { Problem } from "../problem/problem.ts";
import type { Evaluation } from "../training/evaluate.ts";
import { FIGURES, type TracePoint } from "../figures/figures.ts";
import type { TrainResult } from "../training/train.ts";
import type { NuclearMargin } from "../solvers/nuclear-margin/status.ts";
import type { RidgePath } from "../solvers/ridge-path/status.ts";
import type { HeldBack, Recession } from "../float64/recession.ts";
import type { TrainEmbeddingsResult } from "../training/train-embeddings.ts";
import { embeddingTrace } from "./embedding-facts.ts";
import type { FoundLimits } from "./find-limits.ts";

/** What {@link packArrays} packs; what is not there is left out. */
export interface ResultArrays {
  readonly trained?: Pick<TrainResult, "trace" | "stepSize" | "decoder"> | undefined;
  readonly limits?: FoundLimits | undefined;
  /** What the last decoder proves of a minimiser. */
  readonly heldBack?: HeldBack | undefined;
  readonly path?: Pick<RidgePath, "points"> | undefined;
  readonly nuclear?: NuclearMargin | undefined;
  readonly embeddings?: Pick<TrainEmbeddingsResult, "trace" | "dimension" | "decoder" | "embeddings"> | undefined;
  /** Loss and gradient of a decoder from elsewhere, and P_F of it. */
  readonly evaluated?: (Evaluation & { readonly projection: Float64Array }) | undefined;
}

/** The columns of `gd_trace`. */
const TRACE_COLUMNS = [
  "step" as const,
  ...FIGURES.filter(({ npzColumn }) => npzColumn !== undefined)
    .sort((a, b) => a.npzColumn! - b.npzColumn!)
    .map(({ key }) => key),
];

/**
 * The arrays of a run as an .npz, all float64.
 *
 * - `entropy` (scalar), and of a run of the decoder `gd_step` (scalar), `gd_trace` (rows of the step and of the figures that have an `npzColumn` in {@link FIGURES}, from CE − H and ‖W‖ on; NaN
 *   for what is not known), `gd_decoder` (V × d);
 * - `log_odds_decoder` (V × d) and `log_odds_residual` (scalar, relative);
 * - `max_margin_decoder` (V × d) and `max_margin_dual` (m × V), or where no decoder is known to separate
 *   `nonseparable_certificate` (m × V), the multipliers that prove that none does, or none of small norm;
 * - where it was decided which words can be left behind: `left_behind` (m × V, 1 or 0), `recession_direction` (V × d) with equal logits
 *   on the supports and at the words held back, lower ones at those left behind, and `held_back_multipliers` (m × V), below zero at
 *   the words held back;
 * - `ridge_path` (rows of λ, ‖W‖, CE − H, cos(W, W_mm), ‖∇CE(W) + λW‖) and `ridge_decoders` (one V × d each);
 * - `nuclear_logits` (m × V), `nuclear_value` and `nuclear_dual` (scalars: the norm is between the second and the first), and
 *   `nuclear_certificate` (m × V), the multipliers that prove the second;
 * - of a run of both factors `trained_decoder` (V × d), `trained_embeddings` (m × d) and `embedding_trace` (rows of the step, CE − H, ‖W‖, ‖H‖,
 *   and the figures of {@link EMBEDDING_FIGURES});
 * - of an evaluated decoder `gap` (scalar), `gradient` and `projection` (V × d).
 */
export function packArrays(
  problem: Problem,
  { trained, limits, heldBack, path, nuclear, embeddings, evaluated }: ResultArrays,
): Uint8Array<ArrayBuffer> {
  const { finite, margin } = limits ?? {};
  const { vocabularySize: V, embeddingDim: d, contextCount: m } = problem;
  const scalar = (value: number): { data: Float64Array; shape: number[] } => ({
    data: Float64Array.of(value),
    shape: [],
  });
  return writeNpz({
    entropy: scalar(problem.entropy),
    ...(trained && {
      gd_step: scalar(trained.stepSize),
      gd_trace: decoderTrace(trained.trace),
      gd_decoder: { data: trained.decoder, shape: [V, d] },
    }),
    ...(finite && {
      log_odds_decoder: { data: finite.decoder, shape: [V, d] },
      log_odds_residual: scalar(finite.residual),
    }),
    ...(margin?.decoder && {
      max_margin_decoder: { data: margin.decoder, shape: [V, d] },
      max_margin_dual: { data: margin.dual, shape: [m, V] },
    }),
    ...(margin?.nonseparable && {
      nonseparable_certificate: { data: margin.nonseparable.certificate, shape: [m, V] },
    }),
    ...recessionArrays(problem, margin?.recession, heldBack),
    ...(path && {
      ridge_path: {
        data: Float64Array.from(path.points.flatMap((p) => [p.lambda, p.norm, p.lossGap, p.alignment, p.gradientNorm])),
        shape: [path.points.length, 5],
      },
      ridge_decoders: {
        data: Float64Array.from(path.points.flatMap(({ decoder }) => [...decoder])),
        shape: [path.points.length, V, d],
      },
    }),
    ...(nuclear && {
      nuclear_logits: { data: nuclear.logits, shape: [m, V] },
      nuclear_value: scalar(nuclear.upperBound),
      nuclear_dual: scalar(nuclear.lowerBound),
      nuclear_certificate: { data: nuclear.dual, shape: [m, V] },
    }),
    ...(embeddings && {
      trained_decoder: { data: embeddings.decoder, shape: [V, embeddings.dimension] },
      trained_embeddings: { data: embeddings.embeddings, shape: [m, embeddings.dimension] },
      embedding_trace: embeddingTrace(embeddings.trace),
    }),
    ...(evaluated && {
      gap: scalar(evaluated.lossGap),
      gradient: { data: evaluated.gradient, shape: [V, d] },
      projection: { data: evaluated.projection, shape: [V, d] },
    }),
  });
}

/** Rows of the columns, NaN for what is not known. */
const decoderTrace = (trace: readonly TracePoint[]): Arrays[string] => ({
  data: Float64Array.from(trace.flatMap((point) => TRACE_COLUMNS.map((name) => point[name] ?? NaN))),
  shape: [trace.length, TRACE_COLUMNS.length],
});

type Arrays = Record<string, { readonly data: Float64Array; readonly shape: readonly number[] }>;

function recessionArrays(
  { contextCount: m, vocabularySize: V, embeddingDim: d }: Problem,
  recession: Recession | undefined,
  proved: HeldBack | undefined,
): Arrays {
  const heldBack = recession?.heldBack ?? proved;
  return {
    ...(recession && { left_behind: { data: Float64Array.from(recession.leftBehind), shape: [m, V] } }),
    ...(recession?.direction && { recession_direction: { data: recession.direction.decoder, shape: [V, d] } }),
    ...(heldBack && { held_back_multipliers: { data: heldBack.dual, shape: [m, V] } }),
  };
}
