import { interpolateCividis } from "d3-scale-chromatic";
import * as Plot from "@observablehq/plot";
import { axisOf, GREY, legendMarks } from "../../pictures/chart.ts";
import { AXES, isTenfold } from "../../pictures/curves.ts";
import { curveFiles, svg } from "./chart.mjs";
import { labelledMaps, panel, png } from "./maps.mjs";
import { paperStudy } from "./study.mjs";

/**
 * @typedef {import("../../src/index.ts").EmbeddingExperimentRecord} EmbeddingExperimentRecord
 * @typedef {import("../../src/index.ts").EmbeddingArmRecord} EmbeddingArmRecord
 * @typedef {ReadonlyMap<string, { readonly data: Float64Array, readonly shape: readonly number[] }>} Arrays
 * @typedef {import("./maps.mjs").MapPicture} MapPicture
 */

/**
 * The pictures of an experiment on trained embeddings, by file name; those of single matrices are in `maps/`.
 * @param {Pick<EmbeddingExperimentRecord, "title" | "axis" | "arms">} record
 * @param {Arrays} arrays of `maps.npz`
 * @param {Parameters<typeof curveFiles>[1]} table
 * @param {boolean} [paper] whether curves fit a column of a paper; matrices stay as they are
 * @returns {Record<string, string | Uint8Array>}
 */
export function embeddingFigures(record, arrays, table, paper = false) {
  const { axis, arms } = record;
  /** @type {Record<string, string | Uint8Array>} */
  const files = curveFiles(record, table, paper);
  for (const [i, arm] of arms.entries()) {
    files[`singular-values-${i + 1}.svg`] = singularValues(arm, axis, paper);
    if (arm.emergence) files[`modes-${i + 1}.svg`] = modes(arm, arm.emergence, paper);
    Object.assign(files, mapFiles(arm, `${i + 1}_`, arrays));
  }
  return files;
}

/** Lines of one chart, from the largest on, and of one for a paper. */
const [MOST_LINES, MOST_ON_PAPER] = [12, 8];

/**
 * @param {number} i
 * @param {number} count
 */
const colorOf = (i, count) => interpolateCividis((0.9 * i) / count);

/**
 * @param {EmbeddingArmRecord} arm
 * @param {"step" | "lambda"} axis
 * @param {boolean} paper
 */
function singularValues({ label, spectra, problem }, axis, paper) {
  const looks = spectra.filter((spectrum) => Number(spectrum[axis]) > 0);
  const count = Math.min(MOST_LINES, problem.vocabularySize, problem.contextCount);
  const lines = Array.from({ length: count }, (_, i) => i);
  const [title, x, y] = [`Singular values of L — ${label}`, AXES[axis].label, "singular value"];
  const { isReversed } = AXES[axis];
  if (paper)
    return paperStudy({
      ...{ title, x, y, isLogX: true, isLogY: true, isReversed, notes: [] },
      series: lines.slice(0, MOST_ON_PAPER).map((i) => ({
        label: `σ_${i + 1}`,
        points: looks.map((spectrum) => ({ x: Number(spectrum[axis]), y: Number(spectrum.logits[i]) })),
        isMarked: (at) => looks.length <= MOST_LINES || isTenfold(at),
      })),
    });
  const marks = lines.flatMap((i) => {
    const points = looks.filter(({ logits }) => Number(logits[i]) > 0);
    const channels = {
      x: axis,
      y: (/** @type {EmbeddingArmRecord["spectra"][number]} */ { logits }) => logits[i],
    };
    return [
      Plot.line(points, { ...channels, stroke: colorOf(i, count) }),
      ...(looks.length <= MOST_LINES ? [Plot.dot(points, { ...channels, fill: colorOf(i, count), r: 3 })] : []),
    ];
  });
  return svg([title, y], {
    x: { type: "log", label: x, labelAnchor: "center", reverse: isReversed },
    y: { ...axisOf(true), label: null },
    marks: [...marks, ...legendMarks(lines.map((i) => ({ text: `σ${i + 1}`, color: colorOf(i, count) })))],
  });
}

/**
 * @param {EmbeddingArmRecord} arm
 * @param {NonNullable<EmbeddingArmRecord["emergence"]>} emergence
 * @param {boolean} paper
 */
function modes({ label, trace }, { threshold, expectedSteps }, paper) {
  const [title, x, y] = [`Strength of the modes — ${label}`, AXES.step.label, "u_iᵀ L v_i"];
  if (paper)
    return paperStudy({
      ...{ title, x, y, isLogX: true, isLogY: true, notes: ["Dashed: where one emerges by linear growth"] },
      series: expectedSteps.slice(0, MOST_ON_PAPER).map((expected, i) => ({
        label: `mode ${i + 1}`,
        points: trace.map(({ step = 0, modes }) => ({ x: step, y: Number(modes?.[i]) })),
        ...{ marks: [{ x: expected, isDashed: true }], levels: [threshold], isMarked: isTenfold },
      })),
    });
  const lines = expectedSteps.slice(0, MOST_LINES);
  const marks = lines.map((_, i) =>
    Plot.line(
      trace.filter(({ step = 0, modes }) => step > 0 && Number(modes?.[i]) > 0),
      {
        x: "step",
        y: (/** @type {EmbeddingArmRecord["trace"][number]} */ point) => point.modes?.[i],
        stroke: colorOf(i, lines.length),
      },
    ),
  );
  return svg([title, y], {
    x: { type: "log", label: x, labelAnchor: "center" },
    y: { ...axisOf(true), label: null },
    marks: [
      Plot.ruleY([threshold], { stroke: GREY, strokeDasharray: "1 3" }),
      Plot.ruleX(lines, {
        x: (/** @type {number} */ step) => step,
        stroke: (_, i) => colorOf(i, lines.length),
        strokeDasharray: "2 4",
      }),
      ...marks,
      ...legendMarks([
        ...lines.map((_, i) => ({ text: `mode ${i + 1}`, color: colorOf(i, lines.length) })),
        { text: "···· emerges by linear growth", color: GREY },
      ]),
    ],
  });
}

/** What a matrix is called in the name of its file, and where colours end of which all of a kind have the same. */
const KINDS = /** @type {const} */ (["logits", "words", "contexts"]);

/**
 * @param {EmbeddingArmRecord} arm
 * @param {string} prefix of the arm's arrays
 * @param {Arrays} arrays
 */
function mapFiles({ label, problem }, prefix, arrays) {
  const looks = [...arrays.keys()].flatMap((name) => {
    const [, where] = new RegExp(`^${prefix}((?:step|lambda)-.*)_logits$`).exec(name) ?? [];
    return where ?? [];
  });
  /** @param {string} name */
  const arrayOf = (name) => {
    const found = arrays.get(`${prefix}${name}`);
    if (!found) throw new Error(`maps.npz has no array ${prefix}${name}`);
    return found;
  };
  /** @type {Record<string, string | Uint8Array>} */
  const files = {};
  /**
   * @param {string} name
   * @param {string} title
   * @param {Pick<MapPicture, "palette" | "range">} colors
   * @returns {MapPicture}
   */
  const picture = (name, title, colors) => {
    const map = { title, ...arrayOf(name), ...colors };
    files[`maps/${prefix}${name}.png`] = png(map);
    return map;
  };
  const supports = picture("supports", "supports S", { palette: "sequential", range: [0, 1] });
  const rows = KINDS.map((kind) => {
    /** @param {readonly string[]} places */
    const colorsOf = (places) => {
      const most =
        kind === "logits" ? Math.max(...places.map((place) => largest(arrayOf(`${place}_${kind}`).data))) : 1;
      return /** @type {const} */ ({ palette: "diverging", range: [-most, most] });
    };
    const [trained, limit] = [colorsOf(looks), colorsOf(["margin", "proxy"])];
    const of = kind === "logits" ? "" : `cosines of ${kind}, `;
    return {
      name: { logits: "Logits", words: "Cosines between words", contexts: "Cosines between contexts" }[kind],
      maps: [
        ...looks.map((place) =>
          picture(`${place}_${kind}`, `${of}${place.replace("step-", "step ").replace("lambda-", "λ = ")}`, trained),
        ),
        picture(`margin_${kind}`, `${of}L_mm`, limit),
        picture(`proxy_${kind}`, `${of}S̃`, limit),
        ...(kind === "logits" ? [supports] : []),
      ],
    };
  });
  const number = prefix.slice(0, -1);
  files[`maps-${number}.svg`] = panel(`${label}: contexts are rows of logits, words columns`, rows);
  const last = looks.length - 1;
  for (const [kind, labels] of /** @type {const} */ ([
    ["words", problem.words],
    ["contexts", problem.contextLabels],
  ])) {
    const maps = rows[KINDS.indexOf(kind)]?.maps.slice(last);
    if (labels && maps)
      files[`${kind}-${number}.svg`] = labelledMaps(`Cosines between ${kind} — ${label}`, maps, labels);
  }
  return files;
}

/** The largest size of an entry. @param {Float64Array} values */
const largest = (values) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
