import { requireSeal } from "../src/index.ts";
import type { RunEnd, RunPoint, SealedState } from "./models/point.ts";
import type { RunView } from "./run-view.ts";
import { sourceOf } from "./presets.ts";
import { readMoves, withMoves, withSmoothing, type LoadedProblem, type SourceData } from "./sources.ts";
import type { State } from "./state/keys.ts";

/** Counted up with every change of what is saved: a page does not read what another version of it saved. */
const SCHEMA = 3;

/** A larger one is not saved: it is written whole, every few seconds. */
const MOST_BYTES = 2 ** 25;

/** A run between two steps with all that it takes to go on with it, as structured clones can carry it. */
export interface SavedRun {
  readonly schema: typeof SCHEMA;
  /** Milliseconds since 1970. */
  readonly savedAt: number;
  readonly name: string;
  readonly source: SourceData;
  /** The page's state that it was made from. */
  readonly page: State;
  /** What was recorded up to the state's step. */
  readonly trace: readonly RunPoint[];
  readonly trainingMs: number;
  readonly state: SealedState;
  /** SHA-256 of all the rest, but for the bytes of files, which the problem's fingerprint is for. */
  readonly digest: Uint8Array;
}

/** A saved run whose problem is loaded, and is its own. */
export interface RestoredRun {
  readonly saved: SavedRun;
  readonly loaded: LoadedProblem;
}

/** The run to save; undefined where it is too large, and of one without a GPU. */
export async function savedRun(view: RunView, state: RunEnd["state"]): Promise<SavedRun | undefined> {
  if (!("arrays" in state)) return undefined;
  const { loaded, settings, trace, trainingMs } = view;
  const { source } = loaded;
  const run: Omit<SavedRun, "state" | "digest"> = {
    ...{ schema: SCHEMA, savedAt: Date.now(), name: loaded.name, source },
    ...{ page: settings.state, trainingMs },
    trace: trace.map(({ decoder: _, ...point }) => point),
  };
  const stateBytes = Object.values(state.arrays).reduce((sum, { byteLength }) => sum + byteLength, 0);
  const files = source.kind === "file" ? [source.file, source.tokenizer, source.vectors] : [];
  const fileBytes = files.reduce((sum, file) => sum + (file?.size ?? 0), 0);
  const bytes = bytesOf(run);
  if (bytes.size + stateBytes + fileBytes > MOST_BYTES) return undefined;
  return { ...run, state, digest: await digestOf(bytes) };
}

/** The run that was saved, if the value is one of this schema, whole, and of the problem that its source has. */
export async function restoredRun(value: unknown): Promise<RestoredRun | undefined> {
  try {
    const saved = value as SavedRun;
    const { state, digest, ...run } = saved;
    if (run.schema !== SCHEMA) return undefined;
    if (String(await digestOf(bytesOf(run))) !== String(digest)) return undefined;
    const { signal } = new AbortController();
    const read = await sourceOf(run.source).load({ seed: Number(run.page.seed), signal, onProgress: () => undefined });
    const loaded = withSmoothing(withMoves(read, readMoves(run.page.moved)), Number(run.page.smoothing));
    await requireSeal(loaded.problem, state);
    return { saved, loaded };
  } catch {
    // whatever else is there: nothing to go on from
    return undefined;
  }
}

/** As text, but arrays by their bytes. */
function bytesOf(run: Omit<SavedRun, "state" | "digest">): Blob {
  const arrays: ArrayBufferView<ArrayBuffer>[] = [];
  const text = JSON.stringify(run, (_, value: unknown) => {
    if (!ArrayBuffer.isView(value)) return value;
    arrays.push(value as ArrayBufferView<ArrayBuffer>);
    return value.byteLength;
  });
  return new Blob([text, ...arrays]);
}

async function digestOf(bytes: Blob): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", await bytes.arrayBuffer()));
}
