/** One stroke of a drawing, for a canvas and for an SVG file alike. */
export type Shape = PathShape | TextShape;

export interface PathShape {
  /** A path in SVG's language. */
  readonly path: string;
  readonly fill?: string;
  readonly stroke?: string;
  /** Of the stroke, in pixels. */
  readonly width?: number;
  readonly dash?: readonly number[];
  readonly opacity?: number;
}

interface TextShape {
  readonly text: string;
  /** Where its middle is from top to bottom, and what `anchor` says from left to right. */
  readonly x: number;
  readonly y: number;
  readonly fill: string;
  readonly anchor: "start" | "middle";
  readonly isBold?: boolean;
}

/** Pixels. */
export const TEXT_SIZE = 12;
const HEAD = 9;
const HALF_HEAD = 3.4;

const at = (x: number, y: number): string => `${round(x)} ${round(y)}`;
const round = (value: number): number => Math.round(value * 100) / 100;

export function polyline(points: readonly (readonly [number, number])[], isClosed = false): string {
  return `M${points.map(([x, y]) => at(x, y)).join("L")}${isClosed ? "Z" : ""}`;
}

export function disc(x: number, y: number, radius: number): string {
  const arc = `A${at(radius, radius)} 0 1 1 `;
  return `M${at(x - radius, y)}${arc}${at(x + radius, y)}${arc}${at(x - radius, y)}Z`;
}

/** A slice of a disc between two parts of a turn, clockwise from the top. */
export function slice(x: number, y: number, radius: number, from: number, to: number): string {
  if (to - from > 1 - 1e-9) return disc(x, y, radius);
  const rim = (part: number): string =>
    at(x + radius * Math.sin(2 * Math.PI * part), y - radius * Math.cos(2 * Math.PI * part));
  return `M${at(x, y)}L${rim(from)}A${at(radius, radius)} 0 ${to - from > 0.5 ? 1 : 0} 1 ${rim(to)}Z`;
}

interface Segment {
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
}

/** An arrow: its shaft and its head, which a short one has smaller. */
export function arrow({ from, to }: Segment, color: string, width: number): PathShape[] {
  const { length, x, y } = alongOf(from, to);
  const head = Math.min(HEAD * (0.6 + width / 5), 0.7 * length);
  const half = (HALF_HEAD / HEAD) * head;
  const back = (far: number, aside: number): [number, number] => [
    to[0] - x * far - y * aside,
    to[1] - y * far + x * aside,
  ];
  return [
    { path: polyline([from, back(0.75 * head, 0)]), stroke: color, width },
    { path: polyline([to, back(head, half), back(0.75 * head, 0), back(head, -half)], true), fill: color },
  ];
}

/** Where a disc is to be. */
export const dashedRing = (x: number, y: number, radius: number): PathShape => ({
  ...{ path: disc(x, y, radius), stroke: "--ink-2", width: 1.25, dash: [3, 3], opacity: 0.75 },
});

/** A faint dashed arrow with an open head. */
export function ghost({ from, to }: Segment, color: string): PathShape[] {
  const { length, x, y } = alongOf(from, to);
  const head = Math.min(6, 0.6 * length);
  const back = (aside: number): [number, number] => [to[0] - x * head - y * aside, to[1] - y * head + x * aside];
  const faint = { stroke: color, width: 1.25, opacity: 0.75 };
  return [
    { path: polyline([from, to]), dash: [3, 4], ...faint },
    { path: polyline([back(0.5 * head), to, back(-0.5 * head)]), ...faint },
  ];
}

function alongOf(from: readonly [number, number], to: readonly [number, number]) {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]) || 1;
  return { length, x: (to[0] - from[0]) / length, y: (to[1] - from[1]) / length };
}
