import { bordersOf } from "./borders.ts";
import type { PlaneGround, Vectors } from "./content.ts";
import { ghostFactor } from "./frame.ts";
import { placeLabels, type Box } from "./labels.ts";
import type { SceneChoice } from "./choice.ts";
import { arrow, dashedRing, disc, ghost, polyline, slice, type Shape } from "./shapes.ts";

const ROW = 19;
const ICON = 26;
/** More labels than this cover each other in the panel. */
const MOST_LABELS = 8;
const TITLE = 18;

/** Three significant digits, plain where they are short. */
function digits(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0";
  return size >= 1e-3 && size < 1e5 ? String(Number(value.toPrecision(3))) : value.toExponential(2);
}

/** What the marks mean, and their scales. */
export function legendOf({ ground, shown, frame, border }: SceneChoice): Shape[] {
  const { decoder, margin } = shown;
  const { x } = frame.legend;
  let y = frame.legend.y + ROW / 2;
  const shapes: Shape[] = [];
  const row = (text: string, icon: (y: number) => Shape[], isMuted = false): void => {
    shapes.push(...icon(y), { text, x: x + ICON, y, fill: isMuted ? "--ink-2" : "--ink", anchor: "start" });
    y += ROW;
  };
  row("contexts h", (at) => [
    { path: slice(x + 9, at, 6, 0, 0.6), fill: "--ink-3" },
    { path: slice(x + 9, at, 6, 0.6, 1), fill: "--bar" },
    { path: disc(x + 9, at, 6.5), stroke: "--ink-2", width: 1 },
  ]);
  if (decoder) {
    row("words w", (at) => arrow({ from: [x, at], to: [x + 19, at] }, "--ink", 2));
    row(`longest ${digits(decoder.longest)}`, () => [], true);
  }
  if (margin) {
    const factor = ghostFactor(shown);
    const isTrained = shown.meeting !== undefined;
    const scaled = factor === 1 ? "Wₘₘ" : `Wₘₘ × ${digits(factor)}`;
    row(isTrained ? "words by Lₘₘ" : scaled, (at) => ghost({ from: [x, at], to: [x + 19, at] }, "--ink"));
    if (isTrained) row("contexts by Lₘₘ", (at) => [dashedRing(x + 9, at, 6.5)]);
  }
  // no region is drawn of a word that wins nowhere
  const chosen = border === undefined || !decoder ? undefined : ground.words[border];
  if (chosen && bordersOf(decoder!.pairs, border!).cone)
    row(`${chosen.label} wins`, (at) => [
      {
        path: polyline(
          [
            [x, at - 6],
            [x + 19, at - 6],
            [x + 19, at + 6],
            [x, at + 6],
          ],
          true,
        ),
        fill: chosen.color,
        opacity: 0.2,
      },
    ]);
  return shapes;
}

/** The finite part W* in a panel with a scale of its own. */
export function insetOf(
  { words, projection }: PlaneGround,
  finite: Vectors | undefined,
  panel: Box | undefined,
  widthOf: (text: string) => number,
): Shape[] {
  if (!finite || !panel) return [];
  const { left, right, bottom } = panel;
  const top = panel.top + TITLE;
  const half = Math.min(right - left, bottom - top) / 2;
  const [originX, originY] = [Math.floor((left + right) / 2) + 0.5, Math.floor((top + bottom) / 2) + 0.5];
  const scale = (0.68 * half) / (finite.longest || 1);
  const isLine = projection.dimension === 1;
  const lane = isLine ? (2 * half) / (words.length + 1) : 0;
  const start = (at: number): [number, number] => [originX, isLine ? top + lane * (at + 1) : originY];
  const tips = words.map((_, at): [number, number] => [
    start(at)[0] + scale * finite.pairs[2 * at]!,
    start(at)[1] - scale * finite.pairs[2 * at + 1]!,
  ]);
  const rule = { stroke: "--rule", width: 1 };
  const shapes: Shape[] = [
    { text: `W*, longest ${digits(finite.longest)}`, x: left, y: panel.top + 6, fill: "--ink", anchor: "start" },
    {
      path: polyline([
        [originX, top],
        [originX, bottom],
      ]),
      ...rule,
    },
    ...(isLine
      ? []
      : [
          {
            path: polyline([
              [originX - half, originY],
              [originX + half, originY],
            ]),
            ...rule,
          },
        ]),
    ...words.flatMap(({ color }, at) => arrow({ from: start(at), to: tips[at]! }, color, 1.25)),
  ];
  if (words.length > MOST_LABELS || isLine) return shapes;
  const labels = words.map(({ label }, at) => {
    const [x, y] = tips[at]!;
    return { text: label, x, y, clearance: 3, angle: Math.atan2(y - originY, x - originX) };
  });
  const places = placeLabels(labels, { left, right, top, bottom }, [], widthOf);
  words.forEach(({ label, color }, at) => shapes.push({ text: label, fill: color, anchor: "middle", ...places[at]! }));
  return shapes;
}
