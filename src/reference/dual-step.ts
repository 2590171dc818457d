import { projectOntoRoom } from "./lib/project-onto-room.ts";

/** x⁺ [words, stride] and overlap [contexts] of the kernel dual-step, in float64. */
export function dualStep(
  arrays: Readonly<Record<"linear" | "room" | "y" | "x" | "moved", ArrayLike<number>>>,
  shape: { contexts: number; words: number; stride: number },
): { moved: Float64Array; overlap: Float64Array } {
  const { linear, room, y, x } = arrays;
  const moved = Float64Array.from(arrays.moved);
  const overlap = new Float64Array(shape.contexts);
  const words = Array.from({ length: shape.words }, (_, v) => v * shape.stride);
  for (let j = 0; j < shape.contexts; j++) {
    const column = words.map((row) => row + j);
    const b = column.map((i) => y[i]! - (moved[i]! + linear[i]!));
    const next = projectOntoRoom(
      b,
      column.map((i) => room[i]!),
    );
    column.forEach((i, v) => {
      moved[i] = next[v]!;
      overlap[j]! += (y[i]! - next[v]!) * (next[v]! - x[i]!);
    });
  }
  return { moved, overlap };
}
