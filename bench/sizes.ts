import type { SyntheticOptions } from "../src/index.ts";

/** The problems of the benches. */
export const SIZES = {
  tiny: { vocabularySize: 10, embeddingDim: 60, contextCount: 50, supportSize: 6 },
  small: { vocabularySize: 128, embeddingDim: 256, contextCount: 512, supportSize: 8 },
  medium: { vocabularySize: 1024, embeddingDim: 512, contextCount: 2048, supportSize: 8 },
  large: { vocabularySize: 4096, embeddingDim: 768, contextCount: 4096, supportSize: 8 },
} as const satisfies Record<string, SyntheticOptions>;

export type SizeName = keyof typeof SIZES;

/** From tiny, or another, to the largest. */
export function sizesUpTo(largest: SizeName, first: SizeName = "tiny"): SizeName[] {
  const names = Object.keys(SIZES) as SizeName[];
  return names.slice(names.indexOf(first), names.indexOf(largest) + 1);
}
