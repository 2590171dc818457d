import { OptionError, ShapeError } from "../errors.ts";
import type { Problem } from "../problem/problem.ts";
import { crc32 } from "../support/crc32.ts";
import { inSpells, type Work } from "../support/host-spells.ts";
import { describe } from "../support/options.ts";
import type { Execution } from "./engines/execution.ts";
import type { Method } from "./methods/method.ts";

/** What is trained: a decoder by `train`, both factors by `trainEmbeddings`. */
type TrainedModel = "decoder" | "embeddings";

/** By what a state is known again; a CRC-32 each. */
export interface Seal {
  /** Of all that the run depends on of its problem: sizes, supports, probabilities, weights, and for a decoder the embeddings. */
  readonly problemChecksum: number;
  /** Of everything else in the state. */
  readonly checksum: number;
}

/** What every state has. */
export interface AnyState extends Method {
  readonly model: TrainedModel;
  /** Steps taken so far. */
  readonly step: number;
  /** η in numbers. */
  readonly stepSize: number;
  readonly execution: Execution;
  readonly arrays: Readonly<Record<string, Float32Array>>;
}

/** A run between two steps: given to `from`, the run goes on with the same bits as if it had never stopped. */
export interface TrainState extends AnyState, Seal {
  readonly model: "decoder";
  /**
   * The device's arrays by name, with rows and columns padded to multiples of four. A matrix [V, d] that is kept to about 48 bits is
   * two arrays, `NAME` and `NAME low`, whose sum it is. Runs in one workgroup keep the decoder at which their last segment of steps
   * began, and the change since then: as a matrix, or as coefficients of the embeddings. Adam's averages are those of the gradient
   * times a power of two.
   */
  readonly arrays: Readonly<Record<string, Float32Array>>;
}

/** A state with what it is known by later. */
export async function sealed<State extends AnyState>(problem: Problem, state: State): Promise<State & Seal> {
  const { problemChecksum, checksum } = await sealOf(problem, state);
  return { ...state, problemChecksum, checksum };
}

/** @throws ShapeError for what is no state of a run of the model */
export function requireState(from: (AnyState & Seal) | undefined, model: TrainedModel): void {
  if (from === undefined) return;
  const { arrays, model: found } = (from ?? {}) as Partial<AnyState>;
  const values = Object.values(arrays ?? {}) as unknown[];
  if (values.length === 0 || !values.every((array) => array instanceof Float32Array))
    throw new ShapeError(
      `from: expected a state that a run returned, with Float32Arrays, found ${values.length === 0 ? "one without arrays" : "other arrays"}`,
    );
  if (found !== model)
    throw new ShapeError(`from: expected a state of a run of the model "${model}", found ${describe(found)}`);
}

/**
 * A state that was kept, before it is gone on from; a run looks by itself.
 * @throws OptionError for a state of another problem, and one that is not as the run returned it
 */
export async function requireSeal(problem: Problem, from: AnyState & Seal): Promise<void> {
  const { problemChecksum, checksum } = await sealOf(problem, from);
  if (from.problemChecksum !== problemChecksum)
    throw new OptionError("from", "expected a state of this problem, found one of another problem");
  if (from.checksum !== checksum)
    throw new OptionError("from", "expected the state as the run returned it, found one that was changed");
}

async function sealOf(problem: Problem, state: AnyState & Partial<Seal>): Promise<Seal> {
  const { arrays, checksum: _, problemChecksum: __, ...settings } = state;
  const byName = <T>(entries: Readonly<Record<string, T>>): [string, T][] =>
    Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1));
  const named = byName(arrays);
  const text = JSON.stringify([byName(settings), named.map(([name, { length }]) => [name, length])]);
  return {
    problemChecksum: await problemChecksumOf(problem, state.model),
    checksum: await inSpells(checksumOf([new TextEncoder().encode(text), ...named.map(([, array]) => array)])),
  };
}

const KNOWN = { decoder: new WeakMap<Problem, number>(), embeddings: new WeakMap<Problem, number>() } as const;

async function problemChecksumOf(problem: Problem, model: TrainedModel): Promise<number> {
  const known = KNOWN[model].get(problem);
  if (known !== undefined) return known;
  const { contextCount, vocabularySize, embeddingDim, embeddings, offsets, tokens, probabilities, weights } = problem;
  const found = await inSpells(
    checksumOf([
      Float64Array.of(contextCount, vocabularySize),
      ...[offsets, tokens, probabilities, weights],
      ...(model === "decoder" ? [Float64Array.of(embeddingDim), Float64Array.from(embeddings)] : []),
    ]),
  );
  KNOWN[model].set(problem, found);
  return found;
}

const CHUNK_BYTES = 1 << 20;

function* checksumOf(arrays: readonly ArrayBufferView[]): Work<number> {
  let crc = 0;
  for (const { buffer, byteOffset, byteLength } of arrays)
    for (let start = 0; start < byteLength; start += CHUNK_BYTES) {
      crc = crc32(new Uint8Array(buffer, byteOffset + start, Math.min(CHUNK_BYTES, byteLength - start)), crc);
      yield undefined;
    }
  return crc;
}
