import { bordersOf, type Cone } from "./borders.ts";
import type { SceneChoice } from "./choice.ts";
import { EDGE } from "./frame.ts";
import type { Label } from "./labels.ts";
import { polyline, type Shape } from "./shapes.ts";

/** Chords of the arc that ends the region where a word wins. */
const CHORDS = 48;

/** Where the chosen word wins, the lines on which others are its equal, and what is written at their ends. */
export function bordersIn({ ground, shown, frame, border }: SceneChoice): { shapes: Shape[]; labels: Label[] } {
  if (border === undefined || !shown.decoder) return { shapes: [], labels: [] };
  const { cone, lines } = bordersOf(shown.decoder.pairs, border);
  const { main, originX, originY, lane } = frame;
  const word = ground.words[border]!;
  const isLine = lane > 0;
  const across = (main.right - main.left) / 2 - EDGE;
  const down = isLine ? originY - main.top - EDGE : across;
  const rim = (angle: number, part = 1): [number, number] => [
    originX + part * across * Math.cos(angle),
    originY - part * down * Math.sin(angle),
  ];
  const region = ({ from, to }: Cone): Shape => {
    const side = originX + across * Math.sign(Math.cos((from + to) / 2));
    const [top, bottom] = [originY - down, originY + down];
    const corners: (readonly [number, number])[] = isLine
      ? [
          [originX, top],
          [side, top],
          [side, bottom],
          [originX, bottom],
        ]
      : Array.from({ length: CHORDS + 1 }, (_, i) => rim(from + (i * (to - from)) / CHORDS));
    return { path: polyline([[originX, originY], ...corners], true), fill: word.color, opacity: 0.13 };
  };
  // on a line all borders are the one point 0
  const drawn = isLine ? lines.slice(0, 1) : lines;
  const angles = drawn.map(({ direction: [x, y] }) => Math.atan2(y, x));
  const ray = (angle: number, opacity: number): Shape => ({
    ...{ path: polyline([[originX, originY], rim(angle)]), stroke: word.color, width: 1, opacity },
  });
  return {
    shapes: [
      ...(cone ? [region(cone)] : []),
      // behind the origin a line bounds nothing of the region
      ...angles.flatMap((angle) => [ray(angle, 0.7), ray(angle + Math.PI, cone ? 0.25 : 0.7)]),
    ],
    labels: drawn.map(({ word: other }, i) => {
      const [x, y] = rim(angles[i]!, 0.92);
      const text = `${word.label} = ${ground.words[other]!.label}`;
      return { text, x, y, clearance: 4, angle: -angles[i]! + (i === 0 ? 1 : -1) * (Math.PI / 2) };
    }),
  };
}
