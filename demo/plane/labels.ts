export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** A text beside a point, and where it wants to be. */
export interface Label {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  /** How far from the point it stands. */
  readonly clearance: number;
  /** The direction that it prefers from the point, in radians, y downwards. */
  readonly angle: number;
}

/** The middle of a label. */
export interface Placed {
  readonly x: number;
  readonly y: number;
}

export const LINE_HEIGHT = 14;
/** Turns from the preferred direction, the nearest first. */
const TURNS = [0, 0.5, -0.5, 1, -1, 1.6, -1.6, 2.3, -2.3, Math.PI];
const DISTANCES = [0, 13, 26];

/**
 * Labels one after another, each at the first place where it covers neither what is occupied nor a label before it, or where it
 * covers the least.
 */
export function placeLabels(
  labels: readonly Label[],
  frame: Box,
  occupied: readonly Box[],
  widthOf: (text: string) => number,
): Placed[] {
  const taken = [...occupied];
  return labels.map((label) => {
    const [width, height] = [widthOf(label.text), LINE_HEIGHT];
    let best: { at: Placed; box: Box; covered: number } | undefined;
    for (const distance of DISTANCES)
      for (const turn of TURNS) {
        const at = inside(beside(label, label.angle + turn, label.clearance + distance, width, height), frame, width);
        const box = around(at, width, height);
        const covered = taken.reduce((sum, other) => sum + overlap(box, other), 0);
        if (!best || covered < best.covered - 1e-9) best = { at, box, covered };
        if (covered === 0) break;
      }
    taken.push(best!.box);
    return best!.at;
  });
}

export const around = ({ x, y }: Placed, width: number, height: number): Box => ({
  left: x - width / 2,
  right: x + width / 2,
  top: y - height / 2,
  bottom: y + height / 2,
});

/** The middle of a box of this size in a direction, so far that the point is outside it by the clearance. */
function beside({ x, y }: Label, angle: number, clearance: number, width: number, height: number): Placed {
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  const reach = Math.min(width / 2 / Math.max(Math.abs(cosine), 1e-9), height / 2 / Math.max(Math.abs(sine), 1e-9));
  return { x: x + cosine * (clearance + reach), y: y + sine * (clearance + reach) };
}

const inside = ({ x, y }: Placed, frame: Box, width: number): Placed => ({
  x: Math.min(Math.max(x, frame.left + width / 2), frame.right - width / 2),
  y: Math.min(Math.max(y, frame.top + LINE_HEIGHT / 2), frame.bottom - LINE_HEIGHT / 2),
});

function overlap(a: Box, b: Box): number {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return width > 0 && height > 0 ? width * height : 0;
}
