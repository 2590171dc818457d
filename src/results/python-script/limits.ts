import type { Problem } from "../../problem/problem.ts";
import type { TracePoint } from "../../figures/figures.ts";
import type { RunRecord } from "../record.ts";
import type { ResultArrays } from "../arrays.ts";
import { norm } from "../../float64/vectors.ts";
import { arrayLine } from "./literals.ts";

type Limits = NonNullable<ResultArrays["limits"]>;

/** Of a least-squares problem that NumPy solves in some seconds: its entries, and those times its lesser side. */
const MOST_ENTRIES = 2e7;
const MOST_WORK = 5e9;
/** Entries of W_mm that are written down. */
const MOST_MARGIN_ENTRIES = 2000;

const EQUATIONS = `
# The in-support equations A vec(W) = b: for z in S_j, (e_z − mean of the e_z')ᵀ W h_j = log p_jz − mean of the log p_jz'
A, b = [], []
for j in range(m):
    words, p = tokens[offsets[j]:offsets[j + 1]], probabilities[offsets[j]:offsets[j + 1]]
    centre = np.eye(len(words)) - 1 / len(words)
    E = np.zeros((len(words), V))
    E[:, words] = centre
    A.append(np.kron(E, h[j]))
    b.append(centre @ np.log(p))
A, b = np.vstack(A), np.concatenate(b)
finite, _, rank, sigma = np.linalg.lstsq(A, b, rcond=None)  # W*, of least norm
`;

/** The log-odds solution again, by least squares, held against ‖W*‖; and P_F of the last W of the descent. */
export function finiteText(
  { tokens, vocabularySize: V, embeddingDim: d }: Problem,
  { compatibility }: Pick<RunRecord, "compatibility">,
  { finite }: Limits,
  last: TracePoint | undefined,
): string {
  if (!finite || !compatibility || finite.status === "undecided" || finite.status === "cancelled")
    return "# W* is not known of this run.\n";
  const [rows, columns] = [tokens.length, V * d];
  if (rows * columns > MOST_ENTRIES || rows * columns * Math.min(rows, columns) > MOST_WORK)
    return `# W* is left out: its ${rows} equations in ${columns} unknowns take long here.\n`;
  const { rank } = compatibility;
  const isMeasured = last?.subspaceError !== undefined && Number.isFinite(last.subspaceError);
  return `${EQUATIONS}${rank === undefined ? "" : `check("dim F", rank, ${rank}, 0)\n`}least = sigma[rank - 1] if rank > 0 else 1.0
# The W* of the run misses b by r: ‖r‖ where there is a solution, or ‖Aᵀr‖ where that is the least, over singular values.
missed = ${finite.residual} * np.linalg.norm(b)
within = ${
    finite.status === "compatible"
      ? "missed / least"
      : `${finite.normalResidual} * np.linalg.norm(A) * missed / least**2`
  }
condition = max(sigma) / least
within += 1e-13 * condition * (np.linalg.norm(finite) + condition * np.linalg.norm(b) / max(max(sigma), 1e-300))
check("‖W*‖", np.linalg.norm(finite), ${norm(finite.decoder)}, within)
${
  isMeasured
    ? `projected = np.linalg.lstsq(A, A @ W.ravel(), rcond=None)[0]  # P_F(W), W the last of the steps
within += drift + 1e-13 * condition * np.linalg.norm(W)
check("‖P_F(W) − W*‖", np.linalg.norm(projected - finite), ${last.subspaceError}, within)
`
    : ""
}`;
}

/** The constraints and the norm of W_mm, and the cosine of the last W of the descent and it. */
export function marginText(
  { vocabularySize: V, embeddingDim: d }: Problem,
  { margin: certified }: Limits,
  last: TracePoint | undefined,
): string {
  if (!certified?.decoder) return "# No max-margin decoder is known of this run.\n";
  if (V * d > MOST_MARGIN_ENTRIES)
    return `# W_mm is left out: it has ${V} × ${d} entries. Its norm is ${certified.norm}.\n`;
  const isMeasured = last?.alignment !== undefined && Number.isFinite(last.alignment);
  return `
# W_mm: least ‖W‖ with equal logits on every support S_j, and those of other words less by 1 or more
${arrayLine("W_mm", certified.decoder, "V, d")}
L = h @ W_mm.T
in_mean = np.where(S, L, 0).sum(1, keepdims=True) / S.sum(1, keepdims=True)
check("W_mm: in-support logits differ by", np.abs(np.where(S, L - in_mean, 0)).max(), 0, 1e-6)
check("W_mm: smallest margin", min((in_mean - L)[~S].min(), 1), 1, 1e-6)
check("‖W_mm‖", np.linalg.norm(W_mm), ${certified.norm}, 1e-6 * ${certified.norm})
${
  isMeasured
    ? `cosine = (W * W_mm).sum() / np.linalg.norm(W) / np.linalg.norm(W_mm)
check("cos(W, W_mm)", cosine, ${last.alignment}, drift / np.linalg.norm(W) + 1e-12)
`
    : ""
}`;
}
