import { openGpu, synthetic, type AdapterDescription, type Choice, type Gpu } from "../src/index.ts";
import type { GpuArray } from "../src/gpu/array.ts";
import { Batch } from "../src/gpu/batch.ts";
import type { Dispatch } from "../src/gpu/kernel.ts";
import { readArrays } from "../src/readback/read-arrays.ts";
import { withWorkspace, type Workspace } from "../src/gpu/workspace.ts";
import { deviceProblem } from "../src/maps/device-problem.ts";
import { chooseProduct } from "../src/maps/product.ts";
import { matrixProduct } from "../src/kernels/matrix-product.ts";
import { segmentStep } from "../src/kernels/segment-step.ts";
import { multiplyAdds, PRODUCTS, type ProductName, type ProductShape } from "../src/kernels/lib/product-tiles.ts";
import { chooseMethod } from "../src/training/methods/method.ts";
import { recordSegment } from "../src/training/estimate.ts";
import { prepareIteration } from "../src/training/engines/prepare-iteration.ts";
import { SEGMENT } from "../src/training/engines/segments.ts";
import { F32_UNIT } from "../test/support/compare.ts";
import { normals } from "../test/support/draw.ts";
import { SIZES, sizesUpTo, type SizeName } from "./sizes.ts";
import { table } from "./table.ts";

/*
 * The two products of a step of gradient descent, L = W Hᵀ and G = B H with the update of the decoder at its end, in
 * every variant: first right, then how fast, and whether the variant chosen by a short sample is the fastest here. Then a
 * whole iteration against its two products.
 */

const STEP_SIZE = 0.5;
/** A submission is made to take so long, because waiting for it takes 2 ms itself. */
const SUBMISSION_MS = 40;
/** What takes so many times as long as the fastest is not timed again. */
const HOPELESS = 2;
/** Elements of a product that are computed again in float64. */
const CHECKED = 500;

/** Times of one run among several in a submission, milliseconds. */
interface Timing {
  readonly medianMs: number;
  readonly leastMs: number;
  readonly mostMs: number;
  readonly submissions: number;
}

interface VariantResult extends Timing {
  readonly variant: ProductName;
  readonly compileMs: number;
  /** At the median, a multiply-add counted as two. */
  readonly gflops: number;
  /** Largest error of a checked element in units of its bound, at most 1. */
  readonly error: number;
}

interface ProductResult {
  readonly kernel: string;
  readonly shape: readonly number[];
  readonly variants: readonly VariantResult[];
  readonly chosen: string;
  readonly fastest: string;
  /** Median time of the chosen variant by that of the fastest. */
  readonly chosenToFastest: number;
}

interface SizeResult {
  readonly words: number;
  readonly dim: number;
  readonly contexts: number;
  /** What choosing took at the first use, for all samples that were not known: compilation, then checks and timing. */
  readonly compilationMs: number;
  readonly comparisonMs: number;
  readonly products: readonly ProductResult[];
  readonly iteration: Timing;
  /** Median of an iteration by the sum of the medians of its two products. */
  readonly iterationToProducts: number;
  /** Median milliseconds of each kernel of the iteration by itself. */
  readonly parts: Readonly<Record<string, number>>;
}

interface ProductsResult {
  readonly adapter: AdapterDescription;
  readonly choices: Readonly<Record<string, Choice>>;
  readonly sizes: readonly SizeResult[];
}

export async function run({ largest, rounds }: { largest: SizeName; rounds: number }): Promise<ProductsResult> {
  const gpu = await openGpu({ tuning: new Map() });
  const sizes: SizeResult[] = [];
  for (const size of sizesUpTo(largest, "small")) sizes.push(await measureSize(gpu, size, rounds));
  gpu.destroy();
  return { adapter: gpu.adapter, choices: Object.fromEntries(gpu.choices), sizes };
}

async function measureSize(gpu: Gpu, size: SizeName, rounds: number): Promise<SizeResult> {
  const { vocabularySize: words, embeddingDim: dim, contextCount: contexts } = SIZES[size];
  const shapes = {
    "matrix-product": { rows: words, inner4: dim / 4, columns4: contexts / 4 },
    "segment-step": { rows: words, inner4: contexts / 4, columns4: dim / 4 },
  };
  const known = new Set(gpu.choices.keys());
  const chosen = {
    "matrix-product": nameOf(await chooseProduct(gpu, shapes["matrix-product"])),
    "segment-step": nameOf(await chooseProduct(gpu, shapes["segment-step"])),
  };
  let [compilationMs, comparisonMs] = [0, 0];
  for (const [name, choice] of gpu.choices) {
    if (known.has(name)) continue;
    compilationMs += choice.compilationMs;
    comparisonMs += choice.comparisonMs;
  }
  console.log(
    `\nV = ${words}, d = ${dim}, m = ${contexts}: chosen in ${comparisonMs.toFixed(0)} ms, after ${compilationMs.toFixed(0)} ms of compilation`,
  );
  const products: ProductResult[] = [];
  for (const kernel of ["matrix-product", "segment-step"] as const)
    products.push(await withWorkspace(gpu, (w) => measureProduct(w, kernel, shapes[kernel], chosen[kernel], rounds)));
  const whole = await withWorkspace(gpu, (workspace) => measureIteration(workspace, size, rounds));
  return { words, dim, contexts, compilationMs, comparisonMs, products, ...whole };
}

const nameOf = (variant: unknown): ProductName =>
  (Object.keys(PRODUCTS) as ProductName[]).find((name) => PRODUCTS[name] === variant)!;

/** The arrays of a product and what its elements have to be. */
interface Subject {
  prepare(name: ProductName): Promise<Dispatch>;
  /** After the first run: the largest error in units of its bound. */
  check(): Promise<number>;
}

async function measureProduct(
  workspace: Workspace,
  kernel: "matrix-product" | "segment-step",
  shape: ProductShape,
  chosen: ProductName,
  rounds: number,
): Promise<ProductResult> {
  const { gpu } = workspace;
  const subject = subjectOf(workspace, kernel, shape);
  const able = Object.keys(PRODUCTS).filter(
    (name) => PRODUCTS[name as ProductName].sharing !== "quad" || gpu.device.features.has("subgroups"),
  ) as ProductName[];
  const ready: { name: ProductName; dispatch: Dispatch; compileMs: number; error: number; firstMs: number }[] = [];
  for (const name of able) {
    const begin = performance.now();
    const dispatch = await subject.prepare(name);
    const compileMs = performance.now() - begin;
    const firstMs = await submit(gpu, [dispatch], 1);
    const error = await subject.check();
    if (!(error <= 1)) throw new Error(`${kernel}, ${name}: wrong by ${error} times its error bound`);
    ready.push({ name, dispatch, compileMs, error, firstMs });
  }
  const timings = await timeInTurn(
    gpu,
    ready.map(({ dispatch, firstMs }) => ({ work: [dispatch], firstMs })),
    rounds,
  );
  const variants = ready.map(({ name, compileMs, error }, i): VariantResult => {
    const gflops = (2 * multiplyAdds(shape)) / timings[i]!.medianMs / 1e6;
    return { variant: name, compileMs, gflops, error, ...timings[i]! };
  });
  const fastest = variants.reduce((a, b) => (b.medianMs < a.medianMs ? b : a));
  const chosenToFastest = variants.find(({ variant }) => variant === chosen)!.medianMs / fastest.medianMs;
  const sizes = [shape.rows, 4 * shape.inner4, 4 * shape.columns4];
  const rows = variants.map((one) => [
    `${one.variant}${one.variant === chosen ? " (chosen)" : ""}`,
    one.gflops.toFixed(2),
    one.medianMs.toFixed(2),
    `${one.leastMs.toFixed(2)} to ${one.mostMs.toFixed(2)}`,
    String(one.submissions),
    one.compileMs.toFixed(0),
    one.error.toFixed(2),
  ]);
  console.log(
    `\n${table([[`${kernel} ${sizes.join(" × ")}`, "GFLOP/s", "median ms", "spread", "times", "compile ms", "error/bound"], ...rows])}`,
  );
  console.log(`chosen takes ${chosenToFastest.toFixed(2)} of the fastest, ${fastest.variant}`);
  return { kernel, shape: sizes, variants, chosen, fastest: fastest.variant, chosenToFastest };
}

function subjectOf(workspace: Workspace, kernel: "matrix-product" | "segment-step", shape: ProductShape): Subject {
  const [rows, inner, columns] = [shape.rows, 4 * shape.inner4, 4 * shape.columns4];
  const [a, b] = [normals(1, rows * inner), normals(2, inner * columns)];
  const left = workspace.array("left", "f32", [rows, inner], a);
  const right = workspace.array("right", "f32", [inner, columns], b);
  const output = (label: string): GpuArray<"f32"> => workspace.array(label, "f32", [rows, columns]);
  const spoilt = new Float32Array(rows * columns).fill(NaN);
  const checkAgainst = async (factor: number, result: GpuArray<"f32">): Promise<number> => {
    const [found] = await readArrays(result);
    result.write(spoilt);
    let worst = 0;
    for (let n = 0; n < CHECKED; n++) {
      // spread over all rows and columns: 7919 is prime
      const element = (n * (Math.floor((rows * columns) / CHECKED) + 7919)) % (rows * columns);
      const [row, column] = [Math.floor(element / columns), element % columns];
      let [sum, size] = [0, 0];
      for (let i = 0; i < inner; i++) {
        const term = a[row * inner + i]! * b[i * columns + column]!;
        sum += term;
        size += Math.abs(term);
      }
      const bound = (inner + 2) * F32_UNIT * Math.abs(factor) * size;
      const error = Math.abs(found[element]! - factor * sum) / bound;
      // a NaN stays
      worst = error <= worst ? worst : error;
    }
    return worst;
  };
  if (kernel === "matrix-product") {
    const product = output("product");
    const arrays = { left, right, product };
    return {
      prepare: (name) => workspace.prepare(matrixProduct, { arrays, params: { ...shape, adds: 0 } }, PRODUCTS[name]),
      check: () => checkAgainst(1, product),
    };
  }
  const moving = output("moving");
  const arrays = { residual: left, embeddings: right, moving };
  // a decay of 0: each run gives the product anew
  const params = { ...shape, step_size: STEP_SIZE, decay: 0 };
  return {
    prepare: (name) => {
      moving.write(new Float32Array(rows * columns));
      return workspace.prepare(segmentStep, { arrays, params }, PRODUCTS[name]);
    },
    check: () => checkAgainst(-STEP_SIZE, moving),
  };
}

async function measureIteration(
  workspace: Workspace,
  size: SizeName,
  rounds: number,
): Promise<Pick<SizeResult, "iteration" | "iterationToProducts" | "parts">> {
  const { gpu } = workspace;
  const device = deviceProblem(workspace, synthetic(SIZES[size]));
  const stepping = { method: chooseMethod({}), stepSize: 0.01, taken: SEGMENT };
  const { each: iteration } = recordSegment(
    await prepareIteration(workspace, device, "stepwise", stepping),
    "stepwise",
  );
  const isProduct = ({ label }: Dispatch): boolean => label === "matrix-product" || label === "segment-step";
  const works = [iteration, iteration.filter(isProduct), ...iteration.map((one) => [one])];
  const begun: Begun[] = [];
  for (const work of works) begun.push({ work, firstMs: await submit(gpu, work, 1) });
  const [total, products, ...alone] = await timeInTurn(gpu, begun, rounds, Infinity);
  const parts = Object.fromEntries(iteration.map(({ label }, i) => [label, alone[i]!.medianMs]));
  const iterationToProducts = total!.medianMs / products!.medianMs;
  const rows = Object.entries({ ...parts, "both products": products!.medianMs, "the iteration": total!.medianMs });
  console.log(`\n${table([["part", "median ms"], ...rows.map(([name, ms]) => [name, ms.toFixed(2)])])}`);
  console.log(`an iteration takes ${iterationToProducts.toFixed(2)} of its two products`);
  return { iteration: total!, iterationToProducts, parts };
}

/** Dispatches that have run once, and how long that took. */
interface Begun {
  readonly work: readonly Dispatch[];
  readonly firstMs: number;
}

/** Each in turn, round by round, so that what else the machine does meets all of them; only once what is hopeless. */
async function timeInTurn(
  gpu: Gpu,
  begun: readonly Begun[],
  rounds: number,
  hopeless: number = HOPELESS,
): Promise<Timing[]> {
  const least = Math.min(...begun.map(({ firstMs }) => firstMs));
  const times = begun.map(({ firstMs }): number[] => (firstMs <= hopeless * least ? [] : [firstMs]));
  const isTimed = times.map(({ length }) => length === 0);
  for (let round = 0; round < rounds; round++)
    for (const [i, { work, firstMs }] of begun.entries()) {
      if (!isTimed[i]) continue;
      const repeats = Math.min(Math.max(1, Math.round(SUBMISSION_MS / firstMs)), 2000);
      times[i]!.push((await submit(gpu, work, repeats)) / repeats);
    }
  return times.map((all) => {
    const sorted = all.sort((x, y) => x - y);
    const middle = (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.floor(sorted.length / 2)]!) / 2;
    return { medianMs: middle, leastMs: sorted[0]!, mostMs: sorted.at(-1)!, submissions: sorted.length };
  });
}

/** Milliseconds of a submission with so many runs of the work. */
async function submit(gpu: Gpu, work: readonly Dispatch[], repeats: number): Promise<number> {
  const batch = new Batch(gpu, "bench of products");
  for (let i = 0; i < repeats; i++) batch.dispatch(...work);
  const begin = performance.now();
  batch.submit();
  await gpu.idle();
  return performance.now() - begin;
}
