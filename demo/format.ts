import type { Problem } from "../src/index.ts";

/** A figure with six significant digits, zeros among them: plain where it is short, else with an exponent. */
export function shortFigure(value: number): string {
  const size = Math.abs(value);
  if (value === 0) return "0";
  return size >= 1e-3 && size < 1e6 ? value.toPrecision(6) : value.toExponential(5);
}

/** A figure to look at: four significant digits, zeros among them. */
export function fourDigits(value: number): string {
  const size = Math.abs(value);
  if (value === 0) return "0";
  return size >= 1e-3 && size < 1e6 ? value.toPrecision(4) : value.toExponential(3);
}

/** The same, or a dash for what is not known. */
export const figureText = (value: number = NaN): string => (Number.isNaN(value) ? "–" : fourDigits(value));

/** A figure within a sentence: as short as six digits allow. */
export function plainFigure(value: number): string {
  const rounded = Number(value.toPrecision(6));
  const size = Math.abs(rounded);
  return size >= 1e6 || (size < 1e-4 && size > 0) ? rounded.toExponential() : String(rounded);
}

/** Bytes to look at. */
export const mebibytes = (bytes: number): string => `${plainFigure(Number((bytes / 2 ** 20).toPrecision(2)))} MiB`;

/** So many runs, in words. */
export const runCount = (count: number): string => `${count} ${count === 1 ? "run" : "runs"}`;

/** A whole number with commas between thousands. */
export function wholeNumber(value: number): string {
  return value.toLocaleString("en");
}

/** The name of a context, or its number. */
export function contextLabel({ contextLabels }: Problem, context: number): string {
  return contextLabels?.[context] ?? `context ${context}`;
}

/** A word in quotes, or its number. */
export function wordLabel({ words }: Problem, word: number): string {
  return words ? `“${words[word]!}”` : `word ${word}`;
}

const SUPERSCRIPTS: Readonly<Record<string, string>> = {
  "-": "⁻",
  "0": "⁰",
  "1": "¹",
  "2": "²",
  "3": "³",
  "4": "⁴",
  "5": "⁵",
  "6": "⁶",
  "7": "⁷",
  "8": "⁸",
  "9": "⁹",
};

/** 10 to a whole power, as 10⁻³; 1 and 10 as they are. */
function powerOfTen(exponent: number): string {
  if (exponent === 0) return "1";
  if (exponent === 1) return "10";
  return `10${Array.from(String(exponent), (sign) => SUPERSCRIPTS[sign] ?? sign).join("")}`;
}

/** What stands beside an axis at 1, 2 or 5 times a power of ten. */
export function tickLabel(value: number): string {
  const exponent = Math.floor(Math.log10(value) + 1e-9);
  const factor = Math.round(value / 10 ** exponent);
  if (factor === 1) return powerOfTen(exponent);
  return exponent >= 0 && exponent < 3 ? String(factor * 10 ** exponent) : `${factor}·${powerOfTen(exponent)}`;
}
