import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { KernelSpec } from "../../src/gpu/kernel.ts";
import { requireSameBits } from "./compare.ts";
import type { KernelRun } from "./kernel.page.ts";
import { Lab } from "./lab.ts";

type Arrays = Record<string, Float32Array | Uint32Array>;

/** One set of inputs, and what must hold of the outputs. */
export interface KernelCase {
  readonly name: string;
  readonly params: Record<string, number>;
  readonly variant?: unknown;
  /** Every binding; outputs that are not read first may be left out and start as a sentinel. */
  readonly arrays: Arrays;
  /** Throws when an output is wrong. */
  readonly check: (outputs: Record<string, Float32Array>) => void;
}

/** A text of the WGSL and what is planted in its place; with a third entry, in the cases for which that holds. */
export type Fault = readonly [from: string, to: string, isIn?: (one: KernelCase) => boolean];

/** What untouched memory holds: a value no kernel writes. */
const SENTINEL = -1.2345678e33;
const SPARE = 5;

/**
 * Tests of one kernel: every case passes; the same input gives the same bits, also with spare workgroups and in a grid
 * that is laid out on y; nothing is written past an output's end; each planted fault fails a case.
 */
export function kernelSuite(spec: KernelSpec, cases: readonly KernelCase[], faults: readonly Fault[]): void {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.open();
  });
  afterAll(() => lab.close());

  const outputNames = Object.entries(spec.bindings)
    .filter(([, binding]) => binding.access === "read_write")
    .map(([name]) => name);

  async function run(one: KernelCase, extra: Partial<KernelRun> = {}): Promise<Record<string, Float32Array>> {
    const arrays: Arrays = { ...one.arrays };
    for (const name of outputNames) {
      const length = spec.bindings[name]!.length(one.params);
      const padded = new Float32Array(length + SPARE).fill(SENTINEL);
      if (arrays[name]) padded.set(arrays[name]);
      arrays[name] = padded;
    }
    const found = await lab.call<Record<string, Float32Array>>("/test/support/kernel.page.ts", "runKernel", {
      kernel: spec.name,
      params: one.params,
      ...(one.variant !== undefined && { variant: one.variant }),
      arrays,
      ...extra,
    } satisfies KernelRun);
    return Object.fromEntries(
      outputNames.map((name) => {
        const values = found[name]!;
        requireSameBits(`${name} past its end`, values.slice(-SPARE), new Float32Array(SPARE).fill(SENTINEL));
        return [name, values.slice(0, -SPARE)];
      }),
    );
  }

  describe(`kernel ${spec.name}`, () => {
    test("runs on a named adapter", async () => {
      const label = await lab.call<string>("/test/support/kernel.page.ts", "adapterLabel");
      expect(label).not.toBe("");
      console.info(`${spec.name} on ${label}`);
    });

    test.each(cases)("$name", async (one) => {
      const outputs = await run(one);
      one.check(outputs);
      const variations: Partial<KernelRun>[] = [{}, { spareGroups: 3 }, { gridWidth: 2 }];
      for (const variation of variations) {
        const again = await run(one, variation);
        for (const name of outputNames) requireSameBits(name, again[name]!, outputs[name]!);
      }
    });

    const planted = faults.map(([from, to, isIn = (): boolean => true]) => ({ from, to, isIn }));
    test.each(planted)("the fault $from → $to is caught", async ({ from, to, isIn }) => {
      const failures: unknown[] = [];
      for (const one of cases.filter(isIn)) {
        const failed = await failureOf(run(one, { fault: [from, to], spareGroups: 3 }).then(one.check));
        if (failed) failures.push(failed);
      }
      expect(failures.length, "no case noticed the fault").toBeGreaterThan(0);
    });
  });
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
