import { groupEntries, supportLogits } from "../../src/kernels/support-logits.ts";
import { supportLogits as reference } from "../../src/reference/support-logits.ts";
import { F32_UNIT, requireClose } from "../support/compare.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";
import { drawPair, joinPair } from "../support/pairs.ts";

interface Sizes {
  entries: number;
  words: number;
  contexts: number;
  columns4: number;
}

function productCase(name: string, { entries, words, contexts, columns4 }: Sizes, cancels = false): KernelCase {
  const dim = 4 * columns4;
  const decoder = drawPair(1, words * dim, 8);
  const embeddings = drawPair(2, contexts * dim);
  if (cancels)
    // the second half of each product takes back the first, but for the low parts
    for (let i = 0; i < contexts * dim; i++) {
      const twin = Math.floor(i / dim) * dim + (i % (dim / 2));
      if (i % dim >= dim / 2) embeddings.high[i] = -embeddings.high[twin]!;
    }
  if (cancels)
    for (let i = 0; i < words * dim; i++) decoder.high[i] = decoder.high[Math.floor(i / dim) * dim + (i % (dim / 2))]!;
  const entryContexts = Uint32Array.from({ length: entries }, (_, k) => Math.floor((k * contexts) / entries));
  const offsets = Array.from({ length: contexts + 1 }, (_, j) => entryContexts.filter((of) => of < j).length);
  const groups = groupEntries(offsets);
  const entryTokens = Uint32Array.from({ length: entries }, (_, k) => (k * 7) % words);
  const [w, h] = [joinPair(decoder.high, decoder.low), joinPair(embeddings.high, embeddings.low)];
  const expected = reference(entryContexts, entryTokens, w, h, dim);
  const sizes = reference(entryContexts, entryTokens, w.map(Math.abs), h.map(Math.abs), dim);
  // Dot2 errs by at most (n u)^2 of sum |w h| with n the terms of one of four sums, 4 to join them and 4 for the low parts;
  // then the pair's own 2^-48
  const unit = (columns4 + 8) * F32_UNIT;
  return {
    name,
    params: { groups: groups.length / 2 - 1, entries, columns4, words, contexts, first_word: 0, zero: 0 },
    arrays: {
      entry_groups: groups,
      entry_tokens: entryTokens,
      decoder: decoder.high,
      decoder_low: decoder.low,
      embeddings: embeddings.high,
      embeddings_low: embeddings.low,
    },
    check: ({ support_logits: pairs }) =>
      requireClose(
        "support logits",
        expected.map((_, k) => pairs![2 * k]! + pairs![2 * k + 1]!),
        expected,
        (k) => unit ** 2 * sizes[k]! + 2 ** -48 * Math.abs(expected[k]!),
      ),
  };
}

kernelSuite(
  supportLogits,
  [
    productCase("one entry", { entries: 1, words: 1, contexts: 1, columns4: 1 }),
    productCase("63 entries", { entries: 63, words: 11, contexts: 9, columns4: 5 }),
    productCase("130 entries, three workgroups", { entries: 130, words: 31, contexts: 20, columns4: 16 }),
    productCase("150 words", { entries: 200, words: 150, contexts: 20, columns4: 16 }),
    productCase("sums that cancel", { entries: 65, words: 11, contexts: 9, columns4: 4 }, true),
  ],
  [
    ["(w_low_1.y * h.y + w_1.y * h_low.y)", "w_1.y * h_low.y"],
    ["(w_low_0.x * h.x + w_0.x * h_low.x)", "w_low_0.x * h.x"],
    ["low_0_z += sum.low + (product.low +", "low_0_z += sum.low + (0.0 +"],
    ["low_2_w += sum.low + (", "low_2_w += ("],
    ["(first.low + second.low) + whole.low", "(first.low + second.low)"],
    ["(low.x + low.y) + (low.z + low.w)", "(low.x + low.y) + low.z"],
    ["let h_row = entry_groups[2u * g]", "let h_row = entry_groups[2u * g + 2u] % params.contexts"],
    ["entry_tokens[min(first + 1u, end - 1u)]", "entry_tokens[first]"],
    ["if (first + 2u < end &&", "if (first + 1u < end &&"],
    ["& u32(0xfffff000u)", "& u32(0xffffff00u)"],
    ["a_low * b_low", "a_low * b_high"],
    ["if (g >= params.groups) {", "if (g + 1u >= params.groups) {"],
  ],
);
