import { BLOCK, type Work } from "../../support/host-spells.ts";

// What grows here grows without holding the thread for long.

const LIST_BLOCK = 1 << 16;

/** Integers in blocks: a single array would stop the thread for tens of milliseconds whenever it grows. */
export class IntList {
  readonly #blocks: Int32Array[] = [];
  #length = 0;

  push(value: number): void {
    const place = this.#length++ % LIST_BLOCK;
    if (place === 0) this.#blocks.push(new Int32Array(LIST_BLOCK));
    this.#blocks[this.#blocks.length - 1]![place] = value;
  }

  *join(): Work<Int32Array> {
    const joined = new Int32Array(this.#length);
    for (const [i, block] of this.#blocks.entries()) {
      const start = i * LIST_BLOCK;
      joined.set(block.subarray(0, this.#length - start), start);
      yield { done: start, total: this.#length };
    }
    return joined;
  }
}

/** Numbers pairs of non-negative integers in order of first appearance. */
export class PairIndex {
  size = 0;
  #first: Int32Array = new Int32Array(BLOCK);
  #second: Int32Array = new Int32Array(BLOCK);
  /** Number + 1 of the pair in each place of a table with open addressing, 0 where free; at most half full. */
  #table = new Int32Array(2 * BLOCK);

  firstOf(pair: number): number {
    return this.#first[pair]!;
  }
  secondOf(pair: number): number {
    return this.#second[pair]!;
  }

  /** Makes room for `extra` more pairs; {@link number} must not be called for more without. */
  *reserve(extra: number): Work<void> {
    const needed = this.size + extra;
    if (needed <= this.#first.length) return;
    this.#first = yield* enlarged(this.#first, needed);
    this.#second = yield* enlarged(this.#second, needed);
    this.#table = new Int32Array(2 * this.#first.length);
    for (let pair = 0; pair < this.size; pair++) {
      this.#table[this.#placeOf(this.#first[pair]!, this.#second[pair]!)] = pair + 1;
      if (pair % BLOCK === 0) yield;
    }
  }

  number(first: number, second: number): number {
    const place = this.#placeOf(first, second);
    if (this.#table[place] === 0) {
      this.#first[this.size] = first;
      this.#second[this.size] = second;
      this.#table[place] = ++this.size;
    }
    return this.#table[place]! - 1;
  }

  #placeOf(first: number, second: number): number {
    const mask = this.#table.length - 1;
    let place = Math.imul(first, 0x9e3779b1) ^ Math.imul(second + 0x7f4a7c15, 0x85ebca6b);
    place = Math.imul(place ^ (place >>> 16), 0xc2b2ae35);
    place = (place ^ (place >>> 13)) & mask;
    for (;;) {
      const pair = this.#table[place]! - 1;
      if (pair < 0 || (this.#first[pair] === first && this.#second[pair] === second)) return place;
      place = (place + 1) & mask;
    }
  }
}

/** The array, or a copy with zeros behind it: its length times the least power of 2 that makes room for `needed`. */
export function* enlarged(array: Int32Array, needed: number): Work<Int32Array> {
  let { length } = array;
  while (length < needed) length *= 2;
  if (length === array.length) return array;
  const larger = new Int32Array(length);
  for (let start = 0; start < array.length; start += 4 * LIST_BLOCK) {
    larger.set(array.subarray(start, start + 4 * LIST_BLOCK), start);
    yield;
  }
  return larger;
}
