import {
  AXES,
  curvesOf,
  domainOf,
  isTenfold,
  levelsOf,
  measuredLine,
  predictedLine,
  type CurveAxis,
  type CurveRun,
  type Curves,
  type CurvesOptions,
} from "./curves.ts";
import { panelsOf, type Group, type Panel, type PaperSeries } from "./panels.ts";
import { paperSvg } from "./paper.ts";

/** Panels of one file: more than these are no longer on one page. */
const MOST_PANELS = 4;

/**
 * A figure for a column of a paper of each curve that the runs have, as SVG that stands alone, by names such as `"gap"`, or `"gap-1"`
 * where there are too many panels for one file. Up to four lines are a panel; what theory predicts is dotted.
 */
export function paperCurvesSvg(options: CurvesOptions): Record<string, string> {
  const { title, runs, figures, axis = "step", document } = options;
  const files = [...curvesOf(runs, figures)].flatMap(([name, curves]) => {
    const isLog = { x: true, y: curves.isLog };
    const panels = fewest(
      panelsOf(groupsByFigure(curves, runs, axis), isLog),
      panelsOf(groupsByRun(curves, runs, axis), isLog),
    );
    const count = Math.ceil(panels.length / MOST_PANELS);
    const frame = {
      caption: `${[curves.title, ...(title ? [title] : [])].join(" — ")}.`,
      ...{ x: AXES[axis].label, isLog, isReversed: AXES[axis].isReversed, domain: domainOf(runs, axis) },
    };
    return Array.from({ length: count }, (_, i): [string, string] => [
      count > 1 ? `${name}-${i + 1}` : name,
      paperSvg({ ...frame, panels: panels.slice(i * MOST_PANELS, (i + 1) * MOST_PANELS) }, document),
    ]);
  });
  return Object.fromEntries(files);
}

const fewest = (some: readonly Panel[], others: readonly Panel[]): readonly Panel[] =>
  others.length < some.length ? others : some;

/** A panel for each figure, with a line for each run. */
function groupsByFigure(curves: Curves, runs: readonly CurveRun[], axis: CurveAxis): Group[] {
  return curves.lines.map((line) => ({
    y: curves.lines.length > 1 ? line.symbol : curves.y,
    series: runs.map((run) => seriesOf(run, curves, line.key, run.label, axis)),
    levels: levelsIn(runs, curves),
  }));
}

/** A panel for each run, with a line for each figure. */
function groupsByRun(curves: Curves, runs: readonly CurveRun[], axis: CurveAxis): Group[] {
  return runs.map((run) => ({
    ...(runs.length > 1 && { head: run.label }),
    y: curves.y,
    series: curves.lines.map(({ key, symbol }) => seriesOf(run, curves, key, symbol, axis)),
    levels: levelsIn([run], curves),
  }));
}

const seriesOf = (run: CurveRun, { isLog }: Curves, key: string, label: string, axis: CurveAxis): PaperSeries => ({
  label,
  points: measuredLine(run, key, isLog, axis),
  predicted: predictedLine(run, key, isLog),
  isMarked: isTenfold,
});

/** Levels with their names, but for numbers, which the axis has. */
const levelsIn = (runs: readonly CurveRun[], curves: Curves): NonNullable<Group["levels"]> =>
  levelsOf(runs, curves).map(({ value, name, symbol = name }, i) => ({
    value,
    ...(i === 0 && symbol !== String(value) && { name: symbol }),
  }));
