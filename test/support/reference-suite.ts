import { expect, test } from "vitest";
import type { Evaluation, TracePoint, TrainResult } from "../../src/index.ts";
import { requireClose, requireCloseInNorm, requireRelative } from "./compare.ts";
import { caseArray, caseBytes, caseNumber, caseTrace, type CaseTracePoint } from "./fixtures.ts";
import type { Lab } from "./lab.ts";

/** Relative accuracy that is asked of the device; measured on a software adapter it is near 1e-7. */
const GAP = 1e-4;
const NORM = 1e-5;

/** The decoder is right to some 1e-7 of its norm, and so are the figures taken from it, besides what the limits may be off. */
const FIGURE = 1e-6;
/** The max-margin decoder is much nearer than its certificate says, √gap. */
const COSINE = 1e-4;
const LARGEST_ANGLE = Math.sqrt(1e-5);

function requireLimitMeasures(point: TracePoint, expected: CaseTracePoint, isSeparable: boolean): void {
  const errors = point.limitErrors!;
  requireClose(
    "subspace error",
    [point.subspaceError!],
    [expected.subspaceError],
    () => (errors.subspaceError ?? 0) + FIGURE * (expected.norm + expected.subspaceError),
  );
  for (const name of ["alignment", "alignmentPerp"] as const)
    if (isSeparable) {
      // none is proved where the problem is too large for a basis of F
      requireClose(name, [point[name]!], [expected[name]], Math.min((errors[name] ?? 0) + FIGURE, COSINE));
      requireClose(`error of ${name}`, [errors[name] ?? 0], [0], LARGEST_ANGLE);
    } else expect(point[name], name).toBeUndefined();
}

/**
 * Where a run ends; the cases are solved up to step 10,000, the largest up to 1,000. Three small ones go all the way: what the same
 * kernels would add up wrongly in the others shows in the first steps of theirs.
 */
const LAST_STEPS: Readonly<Record<string, number>> = {
  plane: 1e4,
  "mixed-supports": 1e4,
  "support-clash": 1e4,
  medium: 10,
};
const lastStep = (name: string): number => LAST_STEPS[name] ?? 1000;

/**
 * Tests of one solved case: loss, gradient and norm at two decoders, and a run of gradient descent beside both limits.
 * @param open the page they run in
 */
export function referenceTests(open: () => Lab, name: string): void {
  test("loss gap and gradient at two test points", async () => {
    for (const [point, gradientTolerance] of [
      ["probe", 1e-5],
      ["far", 1e-4],
    ] as const) {
      const decoder = caseArray(name, `${point}_decoder`).data;
      const found = await open().call<Evaluation>(
        "/test/training/training.page.ts",
        "evaluateAt",
        caseBytes(name),
        decoder,
      );
      requireRelative(`${point} gap`, found.lossGap, caseNumber(name, `${point}_gap`), GAP);
      requireCloseInNorm(
        `${point} gradient`,
        found.gradient,
        caseArray(name, `${point}_gradient`).data,
        gradientTolerance,
      );
      requireRelative("norm", found.norm, Math.sqrt(decoder.reduce((sum, w) => sum + w * w, 0)), NORM);
    }
  });

  test(`gradient descent with the safe step, to step ${lastStep(name)}`, async () => {
    const trace = caseTrace(name).filter(({ step }) => step <= lastStep(name));
    const record = trace.map(({ step }) => step);
    const found = await open().call<TrainResult>("/test/training/training.page.ts", "trainTowards", caseBytes(name), {
      steps: record.at(-1)!,
      record,
    });
    expect(found.status).toBe("done");
    requireRelative("step size", found.stepSize, caseNumber(name, "gd_step"), 1e-8);
    expect(found.trace.map(({ step }) => step)).toEqual(record);
    found.trace.forEach((point, i) => {
      requireRelative(`gap after ${point.step} steps`, point.lossGap, trace[i]!.gap, GAP);
      requireRelative(`norm after ${point.step} steps`, point.norm, trace[i]!.norm, NORM);
      requireRelative("loss", point.loss - caseNumber(name, "entropy"), point.lossGap, 1e-6);
      requireLimitMeasures(point, trace[i]!, caseNumber(name, "separable") === 1);
    });
    if (trace.length === caseTrace(name).length)
      requireCloseInNorm("decoder", found.decoder, caseArray(name, "gd_decoder").data, 1e-4);
  });
}
