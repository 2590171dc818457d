import { FACTOR_FIGURES, USUAL_FIGURES } from "../../src/index.ts";
import type { PageFigure } from "../models/point.ts";
import type { RunSummary } from "./run-summary.ts";

const FIGURES_OF: Readonly<Record<RunSummary["model"], readonly PageFigure[]>> = {
  fixed: USUAL_FIGURES,
  trained: FACTOR_FIGURES,
};

/** A figure that runs are compared by, as a logarithmic axis has it. */
export interface ComparedFigure {
  /** Of its option: that of the figure, and of the model unless both have it. */
  readonly key: string;
  readonly label: string;
  readonly figure: PageFigure;
  /** Of a run that has it. */
  readonly models: readonly RunSummary["model"][];
  /** Of every recorded step of a run, NaN where it is not known. */
  values(run: RunSummary): { readonly step: number; readonly value: number }[];
}

/** All that the page's charts draw: figures that both models have are the same row, others can share a name and are not the same. */
export const COMPARED_FIGURES: readonly ComparedFigure[] = [...new Set([...USUAL_FIGURES, ...FACTOR_FIGURES])]
  .filter(({ line }) => line)
  .map(comparedFigure);

function comparedFigure(figure: PageFigure): ComparedFigure {
  const { key, label, line } = figure;
  const models = (["fixed", "trained"] as const).filter((model) => FIGURES_OF[model].includes(figure));
  const drawn = line?.drawn ?? ((value: number) => value);
  return {
    key: models.length === 1 ? `${models[0]}-${key}` : key,
    label: line?.drawn ? line.label : label,
    ...{ figure, models },
    values: ({ trace, marginNorm }) => {
      const limits = marginNorm === undefined ? {} : { margin: { norm: marginNorm } };
      return trace.map((point) => ({ step: point.step, value: drawn(point[key] ?? NaN, limits) }));
    },
  };
}
