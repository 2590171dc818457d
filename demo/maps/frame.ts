import { distinctSupports, type Problem } from "../../src/index.ts";
import { contextLabel, wordLabel } from "../format.ts";
import type { MatrixPicture } from "./picture.ts";

type AxisName = "words" | "contexts";

/** Those that are drawn, in this order. */
interface MapAxis {
  readonly indices: readonly number[];
  readonly labels: readonly string[];
}

export type MapAxes = Readonly<Record<AxisName, MapAxis>>;

/** The value of a cell, by its numbers in the problem. */
export type Cells = (row: number, column: number) => number;

/** A map, made from what is known. */
export interface MapFrame<Known> extends Pick<MatrixPicture, "title" | "palette"> {
  /** Of the file it is saved as. */
  readonly key: string;
  readonly rows: AxisName;
  readonly columns: AxisName;
  /** Undefined where they are not known. */
  readonly cells: (known: Known) => Cells | undefined;
  /** The size of a value that has the last colour, of the map's largest; that one itself where it is left out. */
  readonly largest?: (known: Known, size: number) => number;
  /** A value in words; the figure alone where it is left out. */
  readonly text?: (value: number, row: number, column: number, known: Known) => string;
}

/** The first words and contexts, these as they are or with equal supports beside each other. */
export function axesOf(problem: Problem, words: number, contexts: number, isOrdered: boolean): MapAxes {
  const order = upTo(contexts);
  if (isOrdered) {
    const { ofContext } = distinctSupports({ ...problem, contextCount: contexts });
    order.sort((a, b) => ofContext[a]! - ofContext[b]!);
  }
  return {
    words: axis(upTo(words), (word) => wordLabel(problem, word)),
    contexts: axis(order, (context) => contextLabel(problem, context)),
  };
}

/** The cells of a matrix that is there column by column, so many rows each. */
export const columnsOf =
  (values: ArrayLike<number>, rows: number): Cells =>
  (row, column) =>
    values[column * rows + row]!;

/** @param step that it belongs to, if to any */
export function pictureOf<Known>(
  { title, key, rows, columns, palette, largest, text }: MapFrame<Known>,
  cells: Cells,
  known: Known,
  axes: MapAxes,
  step: number | undefined,
): MatrixPicture {
  const [down, across] = [axes[rows], axes[columns]];
  const values = Float64Array.from(down.indices.flatMap((i) => across.indices.map((k) => cells(i, k))));
  const size = sizeOf(values) || 1;
  const high = largest?.(known, size) ?? size;
  return {
    ...{ title, palette, values, rowNoun: rows, columnNoun: columns },
    ...{ rows: down.indices.length, columns: across.indices.length },
    ...{ rowLabels: down.labels, columnLabels: across.labels },
    fileStem: step === undefined ? key : `${key}-step-${step}`,
    range: [palette === "diverging" ? -high : 0, high],
    ...(text && {
      valueText: (value, row, column) => text(value, down.indices[row]!, across.indices[column]!, known),
    }),
  };
}

export const sizeOf = (values: Float64Array): number =>
  values.reduce((size, value) => Math.max(size, Math.abs(value)), 0);

const axis = (indices: readonly number[], label: (index: number) => string): MapAxis => ({
  indices,
  labels: indices.map(label),
});

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
