import { KernelError, OptionError } from "../errors.ts";
import { describe } from "../support/options.ts";
import type { ProductVariant } from "../../shaders/lib/tile-product.wgsl.ts";
import type { ArrayView, GpuArray } from "../gpu/array.ts";
import { Batch } from "../gpu/batch.ts";
import type { Gpu } from "../gpu/device.ts";
import type { Dispatch } from "../gpu/kernel.ts";
import { readArrays } from "../readback/read-arrays.ts";
import type { Choice } from "../gpu/tuning.ts";
import { withWorkspace, type Workspace } from "../gpu/workspace.ts";
import { matrixProduct } from "../kernels/matrix-product.ts";
import { multiplyAdds, PRODUCTS, type ProductName, type ProductShape } from "../kernels/lib/product-tiles.ts";

/** Products of fewer multiply-adds are dispatch and little else: nothing to choose. */
const CHOSEN_FROM = 2 ** 21;
const SMALL_PRODUCT: ProductName = "none 4x4";

/** The sample of a shape: large enough to fill the adapter, small enough to be over in some 20 ms. */
const LARGEST_SAMPLE = {
  software: { rows: 256, inner4: 64, columns4: 128 },
  hardware: { rows: 1024, inner4: 128, columns4: 512 },
};
/** A run of the sample is repeated in one submission until it takes so long, because waiting for it takes 2 ms itself. */
const TIMED_MS = 8;
const MOST_REPEATS = 256;
const ROUNDS = 3;
/** A candidate that is so many times slower than the fastest is not timed again. */
const HOPELESS = 1.5;

/**
 * The variant for a product that is run many times. Small ones have a fixed one. For others candidates compute a sample of
 * like shape, which is checked and timed at the first use on a device; the choice then stays (see {@link Tuning}).
 * @throws OptionError when `openGpu` was told a variant that does not exist or needs what the device has not
 */
export async function chooseProduct(gpu: Gpu, shape: ProductShape): Promise<ProductVariant> {
  const { forced } = gpu.tuning;
  if (forced !== undefined) return PRODUCTS[requireProduct(gpu, forced)];
  if (multiplyAdds(shape) < CHOSEN_FROM) return PRODUCTS[SMALL_PRODUCT];
  const sample = sampleOf(gpu, shape);
  const name = `product like ${sample.rows} × ${4 * sample.inner4} × ${4 * sample.columns4}`;
  const candidates = productCandidates(gpu);
  const { variant } = await gpu.tuning.choose(name, candidates, () => compareProducts(gpu, sample, candidates));
  return PRODUCTS[variant as ProductName];
}

/** product ← left · right, or product + left · right, of matrices whose sizes are those of `shape`, in the variant that is chosen for it. */
export async function prepareProduct(
  workspace: Workspace,
  shape: ProductShape,
  arrays: Readonly<Record<"left" | "right" | "product", ArrayView<"f32">>>,
  { adds = false } = {},
): Promise<Dispatch> {
  const variant = await chooseProduct(workspace.gpu, shape);
  return workspace.prepare(matrixProduct, { arrays, params: { ...shape, adds: Number(adds) } }, variant);
}

/** What can be fastest on a kind of adapter and compiles at once there: in some 0.1 s on a software adapter. */
function productCandidates(gpu: Gpu): readonly ProductName[] {
  const names: ProductName[] = gpu.adapter.isSoftware
    ? // a CPU gains nothing from workgroup memory
      ["none 4x4", "quad 16x4"]
    : ["none 4x4", "none 8x8", "quad 16x4", "workgroup 8x4", "workgroup 8x8"];
  const able = names.filter((name) => isAble(gpu, name));
  return able.length > 1 ? able : [...able, "none 16x16"];
}

const isAble = (gpu: Gpu, name: ProductName): boolean =>
  PRODUCTS[name].sharing !== "quad" || gpu.device.features.has("subgroups");

function requireProduct(gpu: Gpu, name: string): ProductName {
  if (!Object.hasOwn(PRODUCTS, name))
    throw new OptionError("products", `expected one of ${Object.keys(PRODUCTS).join(", ")}, found ${describe(name)}`);
  if (!isAble(gpu, name as ProductName))
    throw new OptionError(
      "products",
      `${describe(name)} needs the feature subgroups, which this device was opened without`,
    );
  return name as ProductName;
}

/** Sizes rounded up to powers of two, and no larger than a sample is. */
function sampleOf(gpu: Gpu, shape: ProductShape): ProductShape {
  const largest = LARGEST_SAMPLE[gpu.adapter.isSoftware ? "software" : "hardware"];
  const extent = (key: keyof ProductShape): number => Math.min(2 ** Math.ceil(Math.log2(shape[key])), largest[key]);
  return { rows: extent("rows"), inner4: extent("inner4"), columns4: extent("columns4") };
}

/** A candidate that is ready and has given a right product. */
interface Contender {
  readonly name: ProductName;
  readonly dispatch: Dispatch;
  milliseconds: number;
}

function compareProducts(gpu: Gpu, sample: ProductShape, candidates: readonly ProductName[]): Promise<Choice> {
  return withWorkspace(gpu, async (workspace) => {
    const run = prepareSample(workspace, sample);
    const refused: Record<string, string> = {};
    const contenders: Contender[] = [];
    const begin = performance.now();
    const compiled = await Promise.allSettled(candidates.map((name) => run.prepare(name)));
    const compilationMs = performance.now() - begin;
    for (const [i, result] of compiled.entries()) {
      const name = candidates[i]!;
      try {
        if (result.status === "rejected") throw result.reason;
        if (!(await run.isRight(result.value))) throw new KernelError(`${name} gives wrong products on this adapter.`);
        contenders.push({ name, dispatch: result.value, milliseconds: Infinity });
      } catch (error) {
        if (!(error instanceof KernelError)) throw error;
        refused[name] = error.message;
      }
    }
    if (contenders.length === 0)
      throw new KernelError(
        `No variant of a matrix product works on this adapter: ${Object.values(refused).join("; ")}`,
      );
    const fastest = await timeContenders(workspace.gpu, contenders);
    const timings = Object.fromEntries(contenders.map(({ name, milliseconds }) => [name, milliseconds]));
    const comparisonMs = performance.now() - begin - compilationMs;
    return { variant: fastest.name, timings, refused, compilationMs, comparisonMs };
  });
}

/** The least of several times each, taken in turn: what else the machine does then meets all of them. */
async function timeContenders(gpu: Gpu, contenders: readonly Contender[]): Promise<Contender> {
  const fastestOf = (): Contender => contenders.reduce((a, b) => (b.milliseconds < a.milliseconds ? b : a));
  for (const one of contenders) one.milliseconds = await timeRun(gpu, one.dispatch, 1);
  // by runs that were all waited for singly: what is repeated below looks faster for that alone
  const limit = HOPELESS * fastestOf().milliseconds;
  const hopeful = contenders.filter(({ milliseconds }) => milliseconds <= limit);
  let repeats = 1;
  while (repeats < MOST_REPEATS && repeats * (await timeRun(gpu, fastestOf().dispatch, repeats)) < TIMED_MS)
    repeats *= 4;
  for (let round = 0; round < ROUNDS; round++)
    for (const one of hopeful) {
      one.milliseconds = Math.min(one.milliseconds, await timeRun(gpu, one.dispatch, repeats));
    }
  return fastestOf();
}

/** Milliseconds of one run among `repeats` in a submission. */
async function timeRun(gpu: Gpu, dispatch: Dispatch, repeats: number): Promise<number> {
  const batch = new Batch(gpu, "timing of products");
  for (let i = 0; i < repeats; i++) batch.dispatch(dispatch);
  const begin = performance.now();
  batch.submit();
  await gpu.idle();
  return (performance.now() - begin) / repeats;
}

interface Sample {
  prepare(name: ProductName): Promise<Dispatch>;
  /** Runs it and compares with the host: C x = A (B x) for a vector x of whole numbers, exact in any order. */
  isRight(dispatch: Dispatch): Promise<boolean>;
}

function prepareSample(workspace: Workspace, params: ProductShape): Sample {
  const { rows, inner4, columns4 } = params;
  const [inner, columns] = [4 * inner4, 4 * columns4];
  const [a, b] = [wholeNumbers(1, rows * inner), wholeNumbers(2, inner * columns)];
  const x = Float64Array.from(wholeNumbers(3, columns));
  const array = (label: string, extents: number[], data?: Float32Array<ArrayBuffer>): GpuArray<"f32"> =>
    workspace.array(label, "f32", extents, data);
  const left = array("sample's left side", [rows, inner], a);
  const right = array("sample's right side", [inner, columns], b);
  const product = array("sample's product", [rows, columns]);
  const untouched = new Float32Array(rows * columns).fill(NaN);
  const expected = timesVector(a, timesVector(b, x));
  return {
    prepare: (name) =>
      workspace.prepare(
        matrixProduct,
        { arrays: { left, right, product }, params: { ...params, adds: 0 } },
        PRODUCTS[name],
      ),
    isRight: async (dispatch) => {
      product.write(untouched);
      const batch = new Batch(workspace.gpu, "check of products");
      batch.dispatch(dispatch);
      batch.submit();
      const [found] = await readArrays(product);
      return timesVector(found, x).every((value, row) => value === expected[row]);
    },
  };
}

/** Whole numbers from −4 to 4 without a pattern: sums of thousands of their products are exact in float32. */
function wholeNumbers(seed: number, length: number): Float32Array<ArrayBuffer> {
  const values = new Float32Array(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    values[i] = ((state >>> 16) % 9) - 4;
  }
  return values;
}

/** A row-major matrix with as many columns as x has entries, times x. */
function timesVector(matrix: Float32Array, x: Float64Array): Float64Array {
  const result = new Float64Array(matrix.length / x.length);
  for (let row = 0; row < result.length; row++)
    for (let i = 0; i < x.length; i++) result[row]! += matrix[row * x.length + i]! * x[i]!;
  return result;
}
