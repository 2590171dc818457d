import { FLOAT32_ROUNDOFF, FLOAT64_ROUNDOFF, type Entry } from "./contestant.ts";

/** A module of its own for each precision: the engine compiles a loop for the arrays that it has met. */
const entryOf = (Floats: Float32ArrayConstructor | Float64ArrayConstructor): Entry => ({
  peer: `plain ${Floats.name}`,
  form: "loops",
  roundoff: Floats === Float32Array ? FLOAT32_ROUNDOFF : FLOAT64_ROUNDOFF,
  open: async (setting) => {
    const module = `./plain-descent.ts?${Floats.name}`;
    const { plainDescent } = (await import(/* @vite-ignore */ module)) as typeof import("./plain-descent.ts");
    return plainDescent(setting, Floats);
  },
});

export const FLOAT64_LOOPS: Entry = entryOf(Float64Array);
export const plainEntries: readonly Entry[] = [entryOf(Float32Array), FLOAT64_LOOPS];
