/**
 * A run of a bench: what was asked for, the circumstances (bench/machine.mjs, the browser, versions of peers), what was found.
 * @typedef {{ bench: string, options: import("./benches.mjs").BenchOptions, date: string, [figure: string]: unknown }} BenchRecord
 */

/** @param {BenchRecord} record */
export const recordName = ({ bench, date }) => `${bench}-${date.slice(0, 19).replaceAll(":", "")}Z.json`;

/** @param {BenchRecord} record */
export const recordText = (record) => `${JSON.stringify(record, null, 2)}\n`;
