import { DECODER_NORMS, type DecoderNorm } from "../../float64/decoder-norms.ts";
import type { Gpu } from "../../gpu/device.ts";
import type { Problem } from "../../problem/problem.ts";
import { marginInNorm } from "./norm-margin.ts";
import type { NormMarginOptions } from "./settings.ts";
import type { NormMargin } from "./status.ts";

/**
 * The best margins in the Frobenius, max and spectral norm, one after the other as `marginInNorm` finds them; a run is held against them
 * by its option `towards: { norms }`.
 * @throws OptionError at once for options out of range; ProblemError when every context is followed by every word
 */
export async function bestMargins(
  gpu: Gpu,
  problem: Problem,
  options: Omit<NormMarginOptions, "norm"> = {},
): Promise<Readonly<Record<DecoderNorm, NormMargin>>> {
  const found: [DecoderNorm, NormMargin][] = [];
  for (const norm of DECODER_NORMS) found.push([norm, await marginInNorm(gpu, problem, { ...options, norm })]);
  return Object.fromEntries(found) as Record<DecoderNorm, NormMargin>;
}
