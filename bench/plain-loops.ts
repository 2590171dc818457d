import { FLOAT32_ROUNDOFF, FLOAT64_ROUNDOFF, type Entry } from "./contestant.ts";
import type { LoopsName } from "./plain-descent.ts";

/** A module of its own for each: the engine compiles a loop for the arrays that it has met. */
const entryOf = (Floats: Float32ArrayConstructor | Float64ArrayConstructor, loops: LoopsName): Entry => ({
  peer: `${loops} JS, ${Floats.name}`,
  form: "loops",
  roundoff: Floats === Float32Array ? FLOAT32_ROUNDOFF : FLOAT64_ROUNDOFF,
  open: async (setting) => {
    const module = `./plain-descent.ts?${Floats.name}-${loops}`;
    const { plainDescent } = (await import(/* @vite-ignore */ module)) as typeof import("./plain-descent.ts");
    return plainDescent(setting, Floats, loops);
  },
});

export const FLOAT64_LOOPS: Entry = entryOf(Float64Array, "blocked");
export const plainEntries: readonly Entry[] = [
  entryOf(Float32Array, "plain"),
  entryOf(Float64Array, "plain"),
  entryOf(Float32Array, "blocked"),
  FLOAT64_LOOPS,
];
