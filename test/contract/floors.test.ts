import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The house, from the ground up: a file imports from its own floor and from those below, and nothing else. */
const FLOORS = [
  "errors.ts",
  "support",
  "problem",
  "formats",
  "gpu",
  "kernels",
  "reference",
  "readback",
  "float64",
  "maps",
  "solvers",
  "figures",
  "training",
  "predictions",
  "results",
  "studies",
  "questions",
  "index.ts",
  "cli",
] as const;

type Graph = ReadonlyMap<string, readonly string[]>;

/** Every file below a folder with the files of ours that it imports, for types or values, by path from the root. */
function importsBelow(folder: string): Graph {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).filter((file) =>
    /(?<!\.d)\.ts$/.test(file),
  );
  return new Map(
    files.map((file) => {
      const path = join(folder, file);
      const { importedFiles } = ts.preProcessFile(readFileSync(join(ROOT, path), "utf8"));
      const ours = importedFiles.map(({ fileName }) => fileName).filter((name) => name.startsWith("."));
      return [path, ours.map((name) => relative(ROOT, join(ROOT, dirname(path), name)))];
    }),
  );
}

const source = importsBelow("src");

const floorOf = (path: string): number => FLOORS.findIndex((floor) => path.split("/")[1] === floor);

/** Imports that no floor allows, `from → to`. */
function upwardArrows(graph: Graph): string[] {
  const arrows = [...graph].flatMap(([from, targets]) => targets.map((to) => [from, to] as const));
  return arrows
    .filter(([from, to]) => {
      if (to.startsWith("shaders/")) return floorOf(from) < FLOORS.indexOf("kernels");
      if (to === "package.json") return false;
      return !to.startsWith("src/") || floorOf(to) > floorOf(from);
    })
    .map(([from, to]) => `${from} → ${to}`);
}

/** Groups of files that import each other, each by way of the others. */
function circles(graph: Graph): string[][] {
  const reach = (from: string): Set<string> => {
    const seen = new Set<string>();
    const open = [...(graph.get(from) ?? [])];
    for (let next = open.pop(); next !== undefined; next = open.pop())
      if (!seen.has(next)) {
        seen.add(next);
        open.push(...(graph.get(next) ?? []));
      }
    return seen;
  };
  const reached = new Map([...graph.keys()].map((path) => [path, reach(path)]));
  const groups = [...graph.keys()]
    .filter((path) => reached.get(path)!.has(path))
    .map((path) => [...graph.keys()].filter((other) => reached.get(path)!.has(other) && reached.get(other)?.has(path)));
  return [...new Map(groups.map((group) => [group.join(), group])).values()];
}

test("every folder of src is a floor", () => {
  expect([...source.keys()].filter((path) => floorOf(path) < 0)).toEqual([]);
  expect(source.size).toBeGreaterThan(100);
});

test("no import points upwards", () => {
  expect(upwardArrows(source)).toEqual([]);
});

test("no files import each other in a circle", () => {
  expect(circles(new Map([...source, ...importsBelow("shaders"), ...importsBelow("demo")]))).toEqual([]);
});

test("shaders know nothing of src, and the page only its public surface", () => {
  const outside = (folder: string, allowed: string): string[] =>
    [...importsBelow(folder)].flatMap(([from, targets]) =>
      targets.filter((to) => to.startsWith("src/") && to !== allowed).map((to) => `${from} → ${to}`),
    );
  expect(outside("shaders", "")).toEqual([]);
  expect(outside("demo", "src/index.ts")).toEqual([]);
});

test("pictures import from src alone, so that the page and the tools can both draw them", () => {
  const targets = [...importsBelow("pictures").values()].flat();
  expect(targets.filter((to) => !/^(src|pictures)\//.test(to))).toEqual([]);
  expect(targets).toContain("src/index.ts");
});

describe("a planted arrow is found", () => {
  test("upwards", () => {
    expect(upwardArrows(new Map([["src/gpu/a.ts", ["src/maps/b.ts"]]]))).toEqual(["src/gpu/a.ts → src/maps/b.ts"]);
    expect(upwardArrows(new Map([["src/maps/a.ts", ["src/gpu/b.ts"]]]))).toEqual([]);
    expect(upwardArrows(new Map([["src/gpu/a.ts", ["shaders/b.ts"]]]))).toHaveLength(1);
    expect(upwardArrows(new Map([["src/gpu/a.ts", ["demo/b.ts"]]]))).toHaveLength(1);
  });

  test("in a circle", () => {
    const ring = new Map([
      ["a", ["b"]],
      ["b", ["c"]],
      ["c", ["a"]],
      ["d", ["a"]],
    ]);
    expect(circles(ring)).toEqual([["a", "b", "c"]]);
  });
});
