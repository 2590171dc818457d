import { plainFigure } from "../format.ts";
import type { Coloring } from "../palettes.ts";

/** A matrix, and how it is to be coloured. */
export interface MatrixPicture extends Coloring {
  readonly title: string;
  /** Of the image that is saved, without its ending. */
  readonly fileStem: string;
  /** Row by row. */
  readonly values: ArrayLike<number>;
  readonly rows: number;
  readonly columns: number;
  readonly rowLabels: readonly string[];
  readonly columnLabels: readonly string[];
  /** What rows and columns are, in the plural. */
  readonly rowNoun: string;
  readonly columnNoun: string;
  /** Of each column, positive; with them labels stand beside rows and columns. */
  readonly bars?: readonly number[];
  /** A value in words, as the read-out has it; the figure alone where it is left out. */
  valueText?(this: void, value: number, row: number, column: number): string;
}

/** Numbers at the start, the middle and the end of the colour bar; an end that stands for values beyond it says so. */
export function legendOf({ values, range: [low, high] }: MatrixPicture): string[] {
  const beyond = { low: false, high: false };
  for (let at = 0; at < values.length; at++) {
    beyond.low ||= values[at]! < low;
    beyond.high ||= values[at]! > high;
  }
  const [first, middle, last] = [low, (low + high) / 2, high].map(plainFigure);
  return [`${beyond.low ? "≤ " : ""}${first}`, middle!, `${beyond.high ? "≥ " : ""}${last}`];
}
