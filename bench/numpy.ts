import { FLOAT32_ROUNDOFF, FLOAT64_ROUNDOFF, type Entry, type Setting } from "./contestant.ts";
import { decode, encode } from "../test/support/bridge.ts";

type Precision = "float32" | "float64";

/** What bench/peers.mjs runs bench/numpy_gd.py with. */
export interface NumpyRequest {
  readonly dtype: Precision;
  readonly setting: Setting;
  readonly steps: number;
  /** Nothing is measured when it is 0. */
  readonly windowMs: number;
}

export interface NumpyAnswer {
  readonly ms?: number;
  /** Empty after no steps. */
  readonly decoder: Float32Array | Float64Array;
}

/** In another process on the same machine, reached through the function that bench/run.mjs puts into the page. */
async function ask(request: NumpyRequest): Promise<NumpyAnswer> {
  const { askNumpy } = globalThis as unknown as { askNumpy: (request: string) => Promise<string> };
  return decode(await askNumpy(encode(request))) as NumpyAnswer;
}

/** What a script of this folder is run with: its name, a header of its own, and arrays. */
export interface ScriptRequest {
  readonly script: `${string}.py`;
  readonly arrays?: Readonly<Record<string, Float32Array | Float64Array | Uint32Array>>;
  readonly [name: string]: unknown;
}

/** What a script gives: a line of JSON, and float64 values after it. */
export interface ScriptAnswer<Answer = unknown> {
  readonly answer: Answer;
  readonly values: Float64Array;
}

/** Runs a script in another process on the same machine; null where it has no NumPy. */
export async function askScript<Answer>(request: ScriptRequest): Promise<ScriptAnswer<Answer> | null> {
  const { askPython } = globalThis as unknown as { askPython: (request: string) => Promise<string> };
  return decode(await askPython(encode(request))) as ScriptAnswer<Answer> | null;
}

/** None where the machine has no NumPy. */
export async function numpyEntries(): Promise<readonly Entry[]> {
  const { hasNumpy } = globalThis as unknown as { hasNumpy: () => Promise<boolean> };
  if (!(await hasNumpy())) return [];
  return (["float32", "float64"] as const).map((dtype) => ({
    peer: `NumPy ${dtype}`,
    form: "by hand",
    roundoff: dtype === "float32" ? FLOAT32_ROUNDOFF : FLOAT64_ROUNDOFF,
    open: (setting) =>
      Promise.resolve({
        decoderAfter: async (steps) => (await ask({ dtype, setting, steps, windowMs: 0 })).decoder,
        measure: async (windowMs) => (await ask({ dtype, setting, steps: 0, windowMs })).ms!,
        close: () => undefined,
      }),
  }));
}
