/** Where a word has the largest logit: the cone of the h with (w_v − w_u) · h ≥ 0 for every other word u. */
export interface Cone {
  /** Angles of its edges, counter-clockwise, in radians; less than π apart. */
  readonly from: number;
  readonly to: number;
}

/** A line through the origin on which the logits of two words are equal: (w_v − w_u) · h = 0. */
interface Border {
  /** u. */
  readonly word: number;
  /** Of unit length, along the line; along the edge of the cone where there is one. */
  readonly direction: readonly [x: number, y: number];
}

interface Borders {
  /** Undefined where the word wins nowhere, as the vectors of others surround its own. */
  readonly cone: Cone | undefined;
  /** Of the nearest competitors: those at the cone's first and second edge, or, where there is none, those whose vectors are nearest. */
  readonly lines: readonly Border[];
}

interface Competitor {
  readonly word: number;
  /** w_v − w_u. */
  readonly x: number;
  readonly y: number;
  readonly angle: number;
}

/** Borders that are drawn where a word wins nowhere. */
const NEAREST = 2;

/** The borders of a word. @param words w_u as pairs */
export function bordersOf(words: ArrayLike<number>, word: number): Borders {
  const competitors: Competitor[] = [];
  for (let u = 0; 2 * u < words.length; u++) {
    const [x, y] = [words[2 * word]! - words[2 * u]!, words[2 * word + 1]! - words[2 * u + 1]!];
    if (x !== 0 || y !== 0) competitors.push({ word: u, x, y, angle: Math.atan2(y, x) });
  }
  if (competitors.length === 0) return { cone: undefined, lines: [] };
  competitors.sort((a, b) => a.angle - b.angle);
  const gaps = competitors.map(({ angle }, i) => {
    const next = competitors[(i + 1) % competitors.length]!;
    return next.angle - angle + (i + 1 === competitors.length ? 2 * Math.PI : 0);
  });
  const widest = gaps.indexOf(Math.max(...gaps));
  const [last, first] = [competitors[widest]!, competitors[(widest + 1) % competitors.length]!];
  if (gaps[widest]! > Math.PI) {
    // the differences lie within a half-plane, and the cone is what is within a right angle of all of them
    const span = 2 * Math.PI - gaps[widest]!;
    const from = first.angle + span - Math.PI / 2;
    return {
      cone: { from, to: first.angle + Math.PI / 2 },
      lines: [borderWith(last, -1), borderWith(first, 1)],
    };
  }
  const near = [...competitors].sort((a, b) => Math.hypot(a.x, a.y) - Math.hypot(b.x, b.y));
  return { cone: undefined, lines: near.slice(0, NEAREST).map((competitor) => borderWith(competitor, 1)) };
}

/** @param side 1 counter-clockwise of w_v − w_u, −1 clockwise of it */
function borderWith({ word, x, y }: Competitor, side: 1 | -1): Border {
  const length = side * Math.hypot(x, y);
  return { word, direction: [-y / length, x / length] };
}
