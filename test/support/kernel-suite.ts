import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { KernelSpec } from "../../src/gpu/kernel.ts";
import { requireSameBits } from "./compare.ts";
import type { KernelRun } from "./kernel.page.ts";
import { Lab } from "./lab.ts";

type Floats = Record<string, Float32Array>;
type Wholes = Record<string, Uint32Array>;
type Arrays = Record<string, Float32Array | Uint32Array>;

/** One set of inputs, and what must hold of the outputs. */
export interface KernelCase {
  readonly name: string;
  readonly params: Record<string, number>;
  readonly variant?: unknown;
  /** Every binding; outputs that are not read first may be left out and start as a sentinel. */
  readonly arrays: Arrays;
  /** Throws when an output is wrong; `wholes` are the outputs of u32. */
  readonly check: (outputs: Floats, wholes: Wholes) => void;
}

/** A text of the WGSL and what is planted in its place; with a third entry, in the cases for which that holds. */
export type Fault = readonly [from: string, to: string, isIn?: (one: KernelCase) => boolean];

/** What untouched memory holds: a value no kernel writes, as a number and as the bits of one. */
const SENTINEL = { f32: -1.2345678e33, u32: 0xf673da51 };
const SPARE = 5;

const untouched = (type: "f32" | "u32", length: number): Float32Array | Uint32Array =>
  (type === "f32" ? new Float32Array(length) : new Uint32Array(length)).fill(SENTINEL[type]);

/** {@link kernelTests} in the page that this worker's files share. */
export function kernelSuite(spec: KernelSpec, cases: readonly KernelCase[], faults: readonly Fault[]): void {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.open();
  });
  afterAll(() => lab.close());
  kernelTests(() => lab, spec, cases, faults);
}

/**
 * Tests of one kernel: every case passes; the same input gives the same bits, also with spare workgroups and in a grid
 * that is laid out on y; nothing is written past an output's end; each planted fault fails a case. A fault is planted in
 * those cases whose variant has its text.
 * @param open the page they run in
 */
export function kernelTests(
  open: () => Lab,
  spec: KernelSpec,
  cases: readonly KernelCase[],
  faults: readonly Fault[],
): void {
  const outputs = Object.entries(spec.bindings).filter(([, { access }]) => access === "read_write");

  async function run(one: KernelCase, extra: Partial<KernelRun> = {}): Promise<Arrays> {
    const arrays: Arrays = { ...one.arrays };
    for (const [name, binding] of outputs) {
      const padded = untouched(binding.type, binding.length(one.params) + SPARE);
      if (arrays[name]) padded.set(arrays[name]);
      arrays[name] = padded;
    }
    const found = await open().call<Arrays>("/test/support/kernel.page.ts", "runKernel", {
      kernel: spec.name,
      params: one.params,
      ...(one.variant !== undefined && { variant: one.variant }),
      arrays,
      ...extra,
    } satisfies KernelRun);
    return Object.fromEntries(
      outputs.map(([name, { type }]) => {
        const values = found[name]!;
        requireSameBits(`${name} past its end`, values.slice(-SPARE), untouched(type, SPARE));
        return [name, values.slice(0, -SPARE)];
      }),
    );
  }

  describe(`kernel ${spec.name}`, () => {
    test("runs on a named adapter", async () => {
      const label = await open().call<string>("/test/support/kernel.page.ts", "adapterLabel");
      expect(label).not.toBe("");
      console.info(`${spec.name} on ${label}`);
    });

    test.each(cases)("$name", async (one) => {
      const found = await run(one);
      check(one, found);
      const variations: Partial<KernelRun>[] = [{}, { spareGroups: 3 }, { gridWidth: 2 }];
      for (const variation of variations) {
        const again = await run(one, variation);
        for (const [name] of outputs) requireSameBits(name, again[name]!, found[name]!);
      }
    });

    if (spec.rows)
      test("has the same bits in ranges of rows", async () => {
        const divided = cases.flatMap((one) => {
          const mostBound = leastBound(spec, one.params);
          return mostBound === undefined ? [] : [{ one, mostBound }];
        });
        expect(divided.length, "no case has more rows than a range").toBeGreaterThan(0);
        for (const { one, mostBound } of divided) {
          const [found, inParts] = [await run(one), await run(one, { mostBound })];
          for (const [name] of outputs) requireSameBits(name, inParts[name]!, found[name]!);
        }
      });

    const planted = faults.map(([from, to, isIn = (): boolean => true]) => ({ from, to, isIn }));
    test.each(planted)("the fault $from → $to is caught", async ({ from, to, isIn }) => {
      const touched = cases.filter((one) => isIn(one) && spec.source(one.variant).includes(from));
      expect(touched.length, "no variant has the fault's text").toBeGreaterThan(0);
      for (const one of touched) {
        const faulty = run(one, { fault: [from, to], spareGroups: 3 });
        if (await failureOf(faulty.then((found) => check(one, found)))) return;
      }
      expect.fail("no case noticed the fault");
    });
  });
}

const ROWS_AT_ONCE = 64;

/** The least that can be bound at once, in bytes, or undefined where that are all rows. */
function leastBound({ rows, bindings }: KernelSpec, params: Record<string, number>): number | undefined {
  const of = Object.values(bindings);
  const perRow = Math.max(...of.map((binding) => binding.perRow?.(params) ?? 0));
  const whole = Math.max(...of.map((binding) => (binding.perRow ? 0 : binding.length(params))));
  const most = Math.max(ROWS_AT_ONCE * perRow, whole);
  return params[rows!.count]! * perRow > most ? 4 * most : undefined;
}

function check(one: KernelCase, found: Arrays): void {
  const entries = Object.entries(found);
  const floats = entries.filter((entry): entry is [string, Float32Array] => entry[1] instanceof Float32Array);
  const wholes = entries.filter((entry): entry is [string, Uint32Array] => entry[1] instanceof Uint32Array);
  one.check(Object.fromEntries(floats), Object.fromEntries(wholes));
}

/** How a check failed; a fault that does not even compile proves nothing and is thrown on. */
async function failureOf(work: Promise<void>): Promise<Error | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if ("code" in (error as Error) || /the fault's text/.test(String(error))) throw error;
    return error as Error;
  }
}
