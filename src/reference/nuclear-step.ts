import { projectOntoRoom } from "./lib/project-onto-room.ts";

/** The kernel nuclear-step in float64, on copies: `shift` is found anew. */
export function nuclearStep(
  given: Readonly<Record<"margins" | "u" | "moved" | "y", ArrayLike<number>>>,
  shape: Readonly<Record<"contexts" | "words" | "context_stride" | "word_stride", number>>,
): Record<"moved" | "y" | "shift", Float64Array> {
  const { margins, u } = given;
  const [moved, y] = [Float64Array.from(given.moved), Float64Array.from(given.y)];
  const shift = new Float64Array(shape.contexts);
  for (let j = 0; j < shape.contexts; j++) {
    const places = Array.from({ length: shape.words }, (_, v) => v * shape.word_stride + j * shape.context_stride);
    const b = places.map((i) => 2 * u[i]! - moved[i]! - margins[i]!);
    const next = projectOntoRoom(
      b,
      places.map((i) => (margins[i] === 0 ? Infinity : 0)),
    );
    places.forEach((i, v) => {
      y[i] = next[v]!;
      moved[i] = moved[i]! - u[i]! + next[v]!;
      if (margins[i] === 0) shift[j] = b[v]! - next[v]!;
    });
  }
  return { moved, y, shift };
}
