import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { readProblem } from "../../src/formats/problem-file.ts";
import type { LogOdds, MaxMargin, Problem } from "../../src/index.ts";
import { matrixProduct } from "../../src/kernels/matrix-product.ts";
import { softmax } from "../../src/kernels/softmax.ts";
import { analyseIn, reportLines } from "../support/analysis.ts";
import { faultsOfLogOdds, faultsOfMaxMargin } from "../support/claim-checks.ts";
import { requireCloseInNorm, requireRelative } from "../support/compare.ts";
import { caseArray, caseBytes, caseNumber } from "../support/fixtures.ts";
import { kernelTests } from "../support/kernel-suite.ts";
import { Lab } from "../support/lab.ts";
import { productCase, productShapes, SMALLEST_PRODUCTS } from "../support/products.ts";
import { referenceTests } from "../support/reference-suite.ts";
import { SOFTMAX_CASES } from "../support/softmax-cases.ts";

interface TriedAdapter {
  readonly renderer: string;
  readonly flags: readonly string[];
  /** Environment variables of its Chrome. */
  readonly environment?: Readonly<Record<string, string>>;
}

const OPENGL_ES = ["--use-webgpu-adapter=opengles", "--use-gl=angle", "--ignore-gpu-blocklist"];
const SWIFTSHADER: TriedAdapter = { renderer: "SwiftShader", flags: [...OPENGL_ES, "--use-angle=swiftshader"] };
/** Mesa's, on Linux alone, also where there is a GPU: what compiles for it is LLVM. */
const LLVMPIPE: TriedAdapter = {
  renderer: "llvmpipe",
  flags: [...OPENGL_ES, "--use-angle=gl-egl"],
  environment: {
    LIBGL_ALWAYS_SOFTWARE: "1",
    __EGL_VENDOR_LIBRARY_FILENAMES: "/usr/share/glvnd/egl_vendor.d/50_mesa.json",
  },
};

const CASES = ["plane", "wide"];
/** Without `subgroups` there are no quads. */
const WITHOUT_QUADS = productShapes(SMALLEST_PRODUCTS).filter(({ variant }) => variant.sharing !== "quad");

describe.each(process.platform === "linux" ? [SWIFTSHADER, LLVMPIPE] : [SWIFTSHADER])(
  "on $renderer by way of OpenGL ES, of the level compatibility",
  ({ renderer, flags, environment = {} }) => {
    let lab: Lab;
    beforeAll(async () => {
      for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
      lab = await Lab.start({ flags, isCompatibility: true });
      vi.unstubAllEnvs();
    });
    afterAll(() => lab.close());
    const open = (): Lab => lab;

    test("openGpu names it, and flags it as a software adapter", async () => {
      const label = await lab.call<string>("/test/support/kernel.page.ts", "adapterLabel").catch(String);
      expect(label, "llvmpipe is in Debian's packages libegl1 and libgl1-mesa-dri").toContain(renderer);
      expect(label).toMatch(/^ANGLE \(.*\), compatibility mode \(software adapter\)$/);
    });

    test("a caller's device on it is named and flagged alike", async () => {
      const labels = await lab.call<string[]>("/test/adapters/compatibility.page.ts", "labelsOfBoth");
      expect(labels[1]).toBe(labels[0]);
    });

    kernelTests(open, softmax, SOFTMAX_CASES, [["total = add(total, block);", "total.high += block;"]]);
    kernelTests(open, matrixProduct, WITHOUT_QUADS.map(productCase), []);

    describe.each(CASES)("%s", (name) => {
      referenceTests(open, name);

      test("log-odds hold, and are those of the solved case", async () => {
        const found = await lab.call<LogOdds>("/test/solvers/log-odds.page.ts", "solve", caseBytes(name));
        expect(found.adapter.label).toContain(renderer);
        const isCompatible = caseNumber(name, "compatible") === 1;
        expect(found.status).toBe(isCompatible ? "compatible" : "incompatible");
        expect(faultsOfLogOdds(await problemOf(name), found, isCompatible ? { isCompatible } : {})).toEqual([]);
        requireCloseInNorm("decoder", found.decoder, caseArray(name, "log_odds_decoder").data, 1e-11);
      });

      test("the max-margin decoder is certified, and that of the solved case", async () => {
        const gapTolerance = 1e-8;
        const options = { gapTolerance, refine: true };
        const found = await lab.call<MaxMargin>("/test/solvers/max-margin.page.ts", "solve", caseBytes(name), options);
        expect(found.status).toBe("optimal-certified");
        expect(faultsOfMaxMargin(await problemOf(name), found, {}, gapTolerance)).toEqual([]);
        requireRelative("norm", found.norm, Math.sqrt(2 * caseNumber(name, "max_margin_value")), gapTolerance);
        // ‖W − W_mm‖² ≤ 2 (P − D) = gap ‖W‖²
        const expected = caseArray(name, "max_margin_decoder").data;
        requireCloseInNorm("decoder", found.decoder!, expected, 1.01 * Math.sqrt(gapTolerance));
      });
    });

    test("a report says that it was computed there, and what float64 makes of its figures", async () => {
      const analysis = await analyseIn(lab, "plane.npz", caseBytes("plane"), { limitsWithin: 3600 });
      const lines = reportLines(analysis);
      expect(lines.get("adapter")).toContain(renderer);
      expect(lines.get("adapter")).toContain("compatibility mode (software adapter)");
      expect(lines.get("float64 check")).toMatch(/^agrees: /);
    });
  },
);

async function problemOf(name: string): Promise<Problem> {
  return (await readProblem(new File([caseBytes(name) as Uint8Array<ArrayBuffer>], `${name}.npz`))).problem;
}
