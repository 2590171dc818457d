/** A rectangle by its left upper corner, in points. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export type Spot = readonly [x: number, y: number];
export type Segment = readonly [from: Spot, to: Spot];

export const overlap = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

/** Whether a segment has a point in a box: what is left of it between each pair of the box's sides (Liang and Barsky). */
export function crosses([[x, y], [toX, toY]]: Segment, box: Box): boolean {
  let [from, to] = [0, 1];
  for (const [start, move, low, high] of [
    [x, toX - x, box.x, box.x + box.width],
    [y, toY - y, box.y, box.y + box.height],
  ] as const) {
    if (move === 0) {
      if (start < low || start > high) return false;
      continue;
    }
    const [a, b] = [(low - start) / move, (high - start) / move];
    [from, to] = [Math.max(from, Math.min(a, b)), Math.min(to, Math.max(a, b))];
  }
  return from <= to;
}

/** The segments between points that follow each other, and a lone point as one without length. */
export const segmentsOf = (spots: readonly Spot[]): Segment[] =>
  spots.length === 1 ? [[spots[0]!, spots[0]!]] : spots.slice(1).map((spot, i) => [spots[i]!, spot]);

/** Steps across and down in which a free place is looked for. */
const STEPS = 24;

/** A place for a box in another that no segment crosses, the corners first; nothing where there is none. */
export function freePlace(
  { width, height }: Pick<Box, "width" | "height">,
  inside: Box,
  segments: readonly Segment[],
): Box | undefined {
  const [roomX, roomY] = [inside.width - width, inside.height - height];
  if (roomX < 0 || roomY < 0) return undefined;
  const parts = Array.from({ length: STEPS + 1 }, (_, i) => i / STEPS);
  const fromSide = (part: number): number => Math.min(part, 1 - part);
  return parts
    .flatMap((right) => parts.map((down) => [right, down] as const))
    .sort((a, b) => fromSide(a[0]) + fromSide(a[1]) - (fromSide(b[0]) + fromSide(b[1])) || b[0] - a[0])
    .map(([right, down]) => ({ x: inside.x + right * roomX, y: inside.y + down * roomY, width, height }))
    .find((box) => !segments.some((segment) => crosses(segment, box)));
}

/**
 * Middles of labels of one height below each other, in the order of their wishes and as near to them as they can be.
 * @param wishes middles of the labels
 * @param range where labels may reach from and to; they must have room in it
 */
export function spread(wishes: readonly number[], height: number, [from, to]: readonly [number, number]): number[] {
  const order = wishes.map((_, i) => i).sort((a, b) => wishes[a]! - wishes[b]! || a - b);
  /** Labels that touch, by how many they are and the top that is nearest to all of their wishes. */
  const groups: { members: number[]; top: number }[] = [];
  const topOf = (members: readonly number[]): number => {
    const wished = members.reduce((sum, i, place) => sum + wishes[i]! - (place + 0.5) * height, 0) / members.length;
    return Math.max(from, Math.min(wished, to - members.length * height));
  };
  for (const i of order) {
    let members = [i];
    for (let last = groups.at(-1); last && last.top + last.members.length * height > topOf(members);) {
      members = [...last.members, ...members];
      groups.pop();
      last = groups.at(-1);
    }
    groups.push({ members, top: topOf(members) });
  }
  const middles: number[] = [];
  for (const { members, top } of groups)
    members.forEach((i, place) => {
      middles[i] = top + (place + 0.5) * height;
    });
  return middles;
}
