import { element } from "./svg.ts";

/** A piece of a text, on the line, below it or above it. */
export interface Piece {
  readonly text: string;
  readonly level: "line" | "sub" | "super";
}

/** Subscripts as in W_mm, ‖·‖_2 and ‖L‖_*; superscripts as in 10^−1; and marks that stand raised behind a letter. */
const SHIFTED = /_(?<sub>\*|[\p{Lu}\p{Ll}\d]+)|\^(?<super>[−\d]+)|(?<=[\p{L}‖)])(?<mark>[*⊥ᵀ²]+)/gu;
/** Superscripts of Unicode, and what is raised in their place. */
const RAISED: Readonly<Record<string, string>> = { ᵀ: "T", "²": "2" };

/** Of a shifted piece: its size in parts of the text's, and how far its line is from the text's, in em of the text. */
export const SHIFTED_SIZE = 0.72;
const SHIFTS = { line: 0, sub: 0.22, super: -0.36 } as const;

/** The pieces of a text as figures, experiments and studies write it, such as "cos(W − W*, W_mm)". */
export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(SHIFTED)) {
    const { sub, super: raised, mark = "" } = match.groups!;
    pieces.push({ text: text.slice(end, match.index), level: "line" });
    pieces.push(
      sub === undefined
        ? { text: raised ?? [...mark].map((sign) => RAISED[sign] ?? sign).join(""), level: "super" }
        : { text: sub, level: "sub" },
    );
    end = match.index + match[0].length;
  }
  pieces.push({ text: text.slice(end), level: "line" });
  return pieces.filter((piece) => piece.text !== "");
}

/** Advance widths in em, no less than those of DejaVu Sans, which is wider than Helvetica and Arial. */
function widthOf(sign: string): number {
  if (/\p{M}/u.test(sign)) return 0;
  if (/[ijlftI.,:;'’|()[\]/ ⟨⟩]/.test(sign)) return 0.4;
  if (/[mwMW%–—]/.test(sign)) return 1;
  if (/[=+−<>≤≥√\p{Lu}]/u.test(sign)) return 0.84;
  return 0.65;
}

/** How wide a text is at a size at most, in the size's unit. */
export const textWidth = (text: string, size: number): number =>
  piecesOf(text).reduce(
    (sum, { text, level }) =>
      sum + [...text].reduce((em, sign) => em + widthOf(sign), 0) * size * (level === "line" ? 1 : SHIFTED_SIZE),
    0,
  );

/** A text of SVG whose sub- and superscripts are shifted spans. */
export function mathText(
  document: Document,
  text: string,
  size: number,
  attributes: Readonly<Record<string, string | number>>,
): Element {
  let height = 0;
  const spans = piecesOf(text).map(({ text, level }) => {
    const target = SHIFTS[level] * size;
    const [dy, isLine] = [target - height, level === "line"];
    height = target;
    return element(
      document,
      "tspan",
      { ...(dy !== 0 && { dy: round(dy) }), ...(!isLine && { "font-size": round(SHIFTED_SIZE * size) }) },
      text,
    );
  });
  return element(document, "text", attributes, ...spans);
}

/** To a hundredth of a point. */
export const round = (value: number): number => Math.round(100 * value) / 100;
