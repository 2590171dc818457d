import type { EmbeddingFacts } from "../embedding-facts.ts";
import type { ResultArrays } from "../arrays.ts";
import { arrayLine } from "./literals.ts";

/** Entries of both factors that are written down. */
const MOST_ENTRIES = 4000;

/** The loss gap at the factors that a run ended with. */
export function factorsText(
  { steps, trace }: Pick<EmbeddingFacts, "steps" | "trace">,
  factors: ResultArrays["embeddings"],
): string {
  const last = trace.at(-1);
  if (!factors || !last || last.step !== steps || !Number.isFinite(last.lossGap))
    return "# The factors that the run ended with are not known: only the entropy is checked.\n";
  const { decoder, embeddings, dimension } = factors;
  const entries = decoder.length + embeddings.length;
  if (entries > MOST_ENTRIES)
    return `# W and H have ${entries} entries, too many to write down: only the entropy is checked.\n`;
  return `
# Both factors after step ${last.step}; the steps from a random start are not taken again.
${arrayLine("W", decoder, `V, ${dimension}`)}
${arrayLine("h", embeddings, `m, ${dimension}`)}
KL, off, _ = loss(W, h)
inside, outside = allowed(W, h)
check("CE_in − H", weights @ KL, ${last.inSupportGap}, inside)
check("CE − CE_in", weights @ off, ${last.offSupportGap}, outside)
check("CE − H", weights @ (KL + off), ${last.lossGap}, inside + outside + U * ${last.lossGap})
for name, factor, size in ("‖W‖", W, ${last.decoderNorm}), ("‖H‖", h, ${last.embeddingNorm}):
    check(name, np.linalg.norm(factor), size, (factor.size + 8) * U * size)
`;
}
