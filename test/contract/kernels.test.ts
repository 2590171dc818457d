import { readdirSync, readFileSync } from "node:fs";
import { createServer, type ViteDevServer } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { KernelSpec } from "../../src/gpu/kernel.ts";
import type { FactorVariant } from "../../shaders/factor-descent.wgsl.ts";
import type { CoefficientVariant } from "../../shaders/coefficient-descent.wgsl.ts";
import type { OneWorkgroupTile } from "../../shaders/lib/one-workgroup-product.wgsl.ts";
import type { OneWorkgroupVariant } from "../../shaders/one-workgroup-descent.wgsl.ts";
import { chooseMethod, isSpectral, OPTIMIZERS, residentStepOf } from "../../src/training/methods/method.ts";
import { PRODUCTS } from "../../src/kernels/lib/product-tiles.ts";
import { ascentTile, MOST_LANES } from "../../src/kernels/one-workgroup-ascent.ts";
import { stripWgsl } from "../../tools/strip-wgsl.ts";

const root = new URL("../../", import.meta.url);
const stemsIn = (folder: string, ending: string): string[] =>
  readdirSync(new URL(folder, root))
    .filter((file) => file.endsWith(ending) && !file.endsWith(".d.ts"))
    .map((file) => file.slice(0, -ending.length));

const stems = stemsIn("shaders", ".wgsl.ts");
const modules = import.meta.glob<Record<string, KernelSpec>>("../../src/kernels/*.ts", { eager: true });
const isSpec = (value: unknown): value is KernelSpec =>
  typeof value === "object" && value !== null && "bindings" in value;
const specs = Object.values(modules)
  .flatMap((module) => Object.values(module))
  .filter(isSpec);

test("there are kernels", () => {
  expect(stems.length).toBeGreaterThan(8);
  expect(specs.map(({ name }) => name).sort()).toEqual([...stems].sort());
});

describe.each(stems)("the stem %s", (stem) => {
  test("has its host half, its mirror and its test", () => {
    expect(stemsIn("src/kernels", ".ts")).toContain(stem);
    expect(stemsIn("src/reference", ".ts")).toContain(stem);
    expect(stemsIn("test/gpu", ".test.ts")).toContain(stem);
  });
});

const TILES = Object.values(PRODUCTS);
const ONE_WORKGROUP_TILES: readonly OneWorkgroupTile[] = [
  { words: 10, lanes: 4, rows: 5, columns: 4, sharing: "quad" },
  { words: 32, lanes: 64, rows: 3, columns: 1, sharing: "none" },
];
/** What the steps of every optimiser go along. */
const STEPS = OPTIMIZERS.filter((optimizer) => !isSpectral({ optimizer })).map(
  (optimizer): OneWorkgroupVariant["step"] => {
    const { along } = residentStepOf(chooseMethod({ optimizer }));
    return typeof along === "string" ? along : along.rule;
  },
);
/** Of kernels whose variant is more than a tile; the first one uses every array. */
const VARIANTS: Readonly<Record<string, readonly unknown[]>> = {
  "coefficient-descent": [true, false].flatMap((hasMomentum) =>
    ONE_WORKGROUP_TILES.map((tile): CoefficientVariant => ({ ...tile, hasMomentum })),
  ),
  "one-workgroup-descent": STEPS.flatMap((step) =>
    ONE_WORKGROUP_TILES.map((tile): OneWorkgroupVariant => ({ ...tile, step })),
  ),
  "factor-descent": STEPS.flatMap((step) =>
    ONE_WORKGROUP_TILES.map((tile): FactorVariant => ({ ...tile, dim: 8, step })),
  ),
  "entrywise-step": STEPS.filter((step) => typeof step !== "string"),
  "one-workgroup-ascent": [true, false].flatMap((quads) =>
    [true, false].map((software) => ascentTile({ words: 10, contexts: 50 }, { quads, software })),
  ),
};
const variantsOf = ({ name }: KernelSpec): readonly unknown[] => VARIANTS[name] ?? TILES;

describe.each(specs)("the specification of $name", (spec) => {
  const source = spec.source(variantsOf(spec)[0]);

  test("declares what the WGSL declares, in one order", () => {
    const declared = [...source.matchAll(/@group\(0\) @binding\((\d+)\) var<([^>]+)> (\w+): (.+);/g)].map(
      ([, binding, space, name, type]) => ({ binding: Number(binding), space, name, type }),
    );
    expect(declared[0]).toEqual({ binding: 0, space: "uniform", name: "params", type: "Params" });
    expect(declared.slice(1).map(({ binding, name, space }) => ({ binding, name, space }))).toEqual(
      Object.entries(spec.bindings).map(([name, { access }], i) => ({
        binding: i + 1,
        name,
        space: `storage, ${access}`,
      })),
    );
    for (const { name, type } of declared.slice(1)) {
      const element = spec.bindings[name!]!.type;
      const allowed =
        element === "f32"
          ? ["array<f32>", "array<vec2f>", "array<vec4f>"]
          : ["array<u32>", "array<atomic<u32>>", "array<Entry>"];
      expect(allowed, `${name}`).toContain(type);
    }
    const fields = /struct Params \{([^}]*)\}/.exec(source)![1]!;
    expect([...fields.matchAll(/(\w+): (\w+),/g)].map(([, name, type]) => [name, type])).toEqual(
      Object.entries(spec.params),
    );
  });

  test("reads first, then writes, and stays within the default limits, also those of the level compatibility", () => {
    const access = Object.values(spec.bindings).map((binding) => binding.access);
    expect(access).toEqual([...access].sort());
    expect(access.length).toBeLessThanOrEqual(8);
    for (const variant of variantsOf(spec)) {
      expect(workgroupBytes(spec.source(variant))).toBeLessThanOrEqual(16384);
      expect(workgroupThreads(spec.source(variant))).toBeLessThanOrEqual(128);
    }
  });

  test("has one entry point, named for the kernel, and a header in the fixed order", () => {
    const entry = `${spec.name.replaceAll("-", "_")}_main`;
    expect([...source.matchAll(/@compute[^{]*fn (\w+)/g)].map((match) => match[1])).toEqual([entry]);
    const header = source.split("struct Params")[0]!;
    expect(header).toMatch(
      new RegExp(
        `^\\s*(enable subgroups;\\s+)?// ${spec.name}: [\\s\\S]*// shapes [\\s\\S]*// dispatch [\\s\\S]*// order [\\s\\S]*// assumes [\\s\\S]*// mirror    src/reference/${spec.name}\\.ts`,
      ),
    );
  });

  test("uses every storage array it declares", () => {
    const code = source.slice(source.indexOf("\n", source.lastIndexOf("@group")));
    for (const name of Object.keys(spec.bindings)) expect(code).toMatch(new RegExp(`\\b${name}\\[`));
  });

  test("is listed in the kernel table", () => {
    const table = readFileSync(new URL("shaders/README.md", root), "utf8").replace(/ {2,}/g, " ");
    const purpose = new RegExp(`^// ${spec.name}: (.*)$`, "m").exec(source)![1]!;
    expect(table).toContain(`| \`${spec.name}\` | ${purpose} |`);
  });
});

test.each([true, false])(
  "the ascent's workgroup has no more threads than a device allows; software: %s",
  (software) => {
    for (const mostLanes of [128, 256])
      for (let contexts = 1; contexts <= MOST_LANES; contexts++) {
        const { lanes, columns } = ascentTile({ words: 10, contexts }, { quads: false, software, mostLanes });
        expect(lanes).toBeLessThanOrEqual(mostLanes);
        expect(lanes * columns).toBeGreaterThanOrEqual(contexts);
      }
  },
);

function workgroupThreads(source: string): number {
  const [, across, down = "1"] = /@workgroup_size\((\d+)(?:, (\d+))?\)/.exec(source)!;
  return Number(across) * Number(down);
}

function workgroupBytes(source: string): number {
  const declared = [...source.matchAll(/var<workgroup> \w+: (.*);/g)].map((match) => match[1]!);
  return declared.reduce((sum, type) => {
    if (type === "f32") return sum + 4;
    const [, element, count] = /^array<(f32|vec4f), (\d+)>$/.exec(type) ?? [];
    expect(element, `${type}: a type whose size this test knows`).toBeDefined();
    return sum + (element === "f32" ? 4 : 16) * Number(count);
  }, 0);
}

/** What a generator writes is read as it stands: one variant of each kernel that has any, reviewed like code. */
describe.each(specs.filter((spec) => spec.source.length > 0))("the expanded variant of $name", (spec) => {
  test("is the reviewed one", async () => {
    const [first] = variantsOf(spec);
    const said = `// variant   ${JSON.stringify(first)}\n`;
    await expect(said + spec.source(first)).toMatchFileSnapshot(`../../shaders/expanded/${spec.name}.wgsl`);
  });
});

test("nothing else is kept as an expanded variant", () => {
  const generated = specs.filter((spec) => spec.source.length > 0).map(({ name }) => name);
  expect(stemsIn("shaders/expanded", ".wgsl").sort()).toEqual(generated.sort());
});

test("every variant has the same interface", () => {
  for (const spec of specs) {
    const [first, ...others] = variantsOf(spec).map((variant) =>
      spec
        .source(variant)
        .split("@compute")[0]!
        .match(/@group.*|^ {2}\w+: \w+,$/gm),
    );
    for (const other of others) expect(other).toEqual(first);
  }
});

describe("a build", () => {
  let server: ViteDevServer;
  beforeAll(async () => {
    server = await createServer({
      configFile: false,
      logLevel: "error",
      plugins: [stripWgsl()],
      server: { middlewareMode: true, ws: false, watch: null },
      optimizeDeps: { noDiscovery: true },
    });
  });
  afterAll(() => server.close());

  test.each(specs)("has the code of $name, and not its header", async (spec) => {
    const built = Object.values(await server.ssrLoadModule(`/src/kernels/${spec.name}.ts`)).find(isSpec)!;
    for (const variant of variantsOf(spec)) {
      const source = built.source(variant);
      expect(source).not.toMatch(/^\/\//m);
      expect(codeLines(source)).toEqual(codeLines(spec.source(variant)));
    }
  });
});

const codeLines = (source: string): string[] =>
  source
    .split("\n")
    .map((line) => line.replace(/\s*\/\/.*/, ""))
    .filter((line) => line.trim() !== "");
