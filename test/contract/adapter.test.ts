import { expect, test } from "vitest";
import { describeAdapter } from "../../src/gpu/adapter.ts";

const unnamed = { vendor: "", architecture: "", device: "", description: "" };

test.each([
  { vendor: "google", architecture: "swiftshader" },
  { vendor: "mesa", description: "llvmpipe (LLVM 19.1.7, 256 bits)" },
  { vendor: "mesa", device: "lavapipe" },
  { vendor: "microsoft", architecture: "warp" },
  { vendor: "microsoft", architecture: "WARP" },
  { description: "Microsoft Basic Render Driver" },
  { vendor: "mesa", isFallbackAdapter: true },
])("a CPU that plays the GPU is named as one: %o", (info) => {
  const { isSoftware, label } = describeAdapter({ ...unnamed, ...info });
  expect(isSoftware).toBe(true);
  expect(label).toMatch(/\w.* \(software adapter\)$/);
});

test.each([
  { vendor: "nvidia", architecture: "hopper", description: "NVIDIA H100 80GB HBM3" },
  { vendor: "intel", architecture: "gen-12lp", description: "Mesa Intel(R) Xe Graphics" },
  { vendor: "apple", architecture: "metal-3", isFallbackAdapter: false },
  { vendor: "amd", description: "a warped name" },
  {},
])("a GPU is not: %o", (info) => {
  const { isSoftware, label } = describeAdapter({ ...unnamed, ...info });
  expect(isSoftware).toBe(false);
  expect(label).not.toContain("software");
  expect(label).toMatch(/\w/);
});

test.each([
  [
    { description: "ANGLE (Mesa, llvmpipe, OpenGL ES 3.2)" },
    "ANGLE (Mesa, llvmpipe, OpenGL ES 3.2), compatibility mode (software adapter)",
  ],
  [
    { description: "ANGLE (Intel, Mesa Intel(R) HD Graphics 520, OpenGL ES 3.2)" },
    "ANGLE (Intel, Mesa Intel(R) HD Graphics 520, OpenGL ES 3.2), compatibility mode",
  ],
  [{ isFallbackAdapter: true }, "unnamed adapter, compatibility mode (software adapter)"],
])("one of the level compatibility is said to be: %o", (info, label) => {
  expect(describeAdapter({ ...unnamed, ...info }, true).label).toBe(label);
});
