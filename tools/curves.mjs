import { csvFormat } from "d3-dsv";

/** @typedef {import("../src/index.ts").ExperimentRecord} ExperimentRecord */

/**
 * One line for every recorded point of every run.
 * @param {ExperimentRecord} record
 */
export function curvesCsv({ experiment, arms }) {
  const rows = arms.flatMap(({ label, trace }) =>
    trace.map((point) => ({
      experiment,
      run: label,
      step: point.step,
      loss: point.loss,
      loss_gap: point.lossGap,
      in_support_gap: point.inSupportGap,
      off_support_gap: point.offSupportGap,
      norm: point.norm,
      alignment: point.alignment,
      alignment_perp: point.alignmentPerp,
      alignment_corrected: point.alignmentCorrected,
      subspace_error: point.subspaceError,
      margin: point.margin,
    })),
  );
  return `${csvFormat(rows)}\n`;
}
