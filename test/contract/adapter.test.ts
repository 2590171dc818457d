import { expect, test } from "vitest";
import { describeAdapter } from "../../src/gpu/device.ts";

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
