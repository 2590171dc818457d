import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Lab } from "../support/lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open();
});
afterAll(() => lab.close());
const call = <T>(name: string, ...args: unknown[]): Promise<T> =>
  lab.call<T>("/test/gpu/device.page.ts", name, ...args);

const MIB = 2 ** 20;

describe("opening the GPU", () => {
  test("asks for the default limits, and names a software adapter as one", async () => {
    const opened = await call<{ label: string; isSoftware: boolean; largest: number }>("open", {});
    expect(opened.largest).toBe(128 * MIB);
    expect(opened.label.includes("software adapter")).toBe(opened.isSoftware);
    expect(opened.label).toMatch(/\w/);
  });

  test("asks for more only when a problem needs it", async () => {
    const opened = await call<{ largest: number }>("open", { largestBufferBytes: 200 * MIB });
    expect(opened.largest).toBe(200 * MIB);
  });

  test("asks an adapter for what it binds of a buffer, where that is less", async () => {
    const asked = (bound: number, bytes: number): Promise<unknown> =>
      call("limitsAskedOf", { maxStorageBufferBindingSize: bound * MIB, maxBufferSize: 2048 * MIB }, bytes * MIB);
    expect(await asked(128, 100)).toEqual({});
    expect(await asked(128, 147)).toEqual({ maxStorageBufferBindingSize: 128 * MIB });
    expect(await asked(1024, 147)).toEqual({ maxStorageBufferBindingSize: 147 * MIB });
    expect(await asked(200, 300)).toEqual({ maxStorageBufferBindingSize: 200 * MIB, maxBufferSize: 300 * MIB });
  });

  test.each([
    ["insecure-context", "openInsecure", [], "WebGPU is only there for secure pages, and this one is not secure."],
    ["no-api", "openWithoutApi", [], "This browser has no WebGPU."],
    [
      "limits",
      "open",
      [{ largestBufferBytes: 2 ** 45 }],
      /^The problem needs one buffer of 35184372088832 bytes; the device allows \d+\.$/,
    ],
    ["feature", "open", [{ features: ["no-such-feature"] }], /does not offer the feature no-such-feature\.$/],
    ["lost", "openConsumed", [], "The browser would not open the GPU device."],
  ])("is refused with the reason %s", async (reason, name, args, message) => {
    await expect(call(name, ...args)).rejects.toThrow(message);
    await expect(call(name, ...args)).rejects.toMatchObject({ code: "GPU_UNAVAILABLE", reason });
  });

  test("a software adapter is refused where it is not wanted, and only then", async () => {
    const { isSoftware } = await call<{ isSoftware: boolean }>("open", {});
    const opening = call("open", { software: "refuse" });
    if (isSoftware) await expect(opening).rejects.toMatchObject({ reason: "software-adapter" });
    else await expect(opening).resolves.toMatchObject({ isSoftware: false });
  });

  test("without an adapter the reason says so", async () => {
    const bare = await Lab.start({ gpu: false });
    try {
      await expect(bare.call("/test/gpu/device.page.ts", "open", {})).rejects.toMatchObject({
        code: "GPU_UNAVAILABLE",
        reason: "no-adapter",
      });
    } finally {
      await bare.close();
    }
  });

  test("a caller's device is used and outlives the handle", async () => {
    expect(await call<Float32Array>("borrowDevice")).toEqual(Float32Array.of(1, 2, 3, 4));
  });
});

describe("kernels and arrays", () => {
  test("run with their params, past one workgroup", async () => {
    const values = await call<Float32Array>("runDouble", "target_[id.x] = 2.0 * source[id.x];", 130, 130);
    expect([...values]).toEqual(Array.from({ length: 130 }, (_, i) => 2 * i));
  });

  test("a kernel that does not compile names itself, the line and the reason", async () => {
    await expect(call("runDouble", "target_[id.x] = source;", 4, 4)).rejects.toThrow(
      /^double does not compile, line 8: /,
    );
    await expect(call("runDouble", "target_[id.x] = source;", 4, 4)).rejects.toMatchObject({ code: "KERNEL" });
  });

  test("a short array is refused before anything runs", async () => {
    await expect(call("runDouble", "", 8, 7)).rejects.toThrow("double: source: expected at least 8 values, found 7");
  });

  test("are compiled once; a failed compilation is tried again", async () => {
    expect(await call<number[]>("countCompilations")).toEqual([1, 1, 2, 3]);
  });

  test("an array above the device's limit says what it needs", async () => {
    await expect(call("arrayTooLarge")).rejects.toThrow(
      "logits (32768 × 4096) needs 536870912 bytes; this device makes buffers of up to 268435456: pass largestBufferBytes to openGpu.",
    );
  });

  test("data of another length are refused", async () => {
    await expect(call("arrayOfOtherLength")).rejects.toThrow("weights: expected 2 × 3 = 6 values, found 5");
  });

  test("reading reuses its staging buffer, and what its receipt is made with", async () => {
    expect(await call("stagingReuse")).toEqual({ created: [2, 0, 0, 0, 0], values: Float32Array.of(1.5, -2, 3) });
  });

  test("reads of more than 64 MiB go in rounds", async () => {
    expect(await call("readLarge")).toEqual({ wrong: 0, rounds: 2 });
  });

  test("what the device refused is thrown once, and the work after it goes on", async () => {
    expect(await call<string[]>("refuseOnce")).toEqual(["KERNEL", "idle", "1,2,3,4"]);
  });

  test("nothing is made up after a loss", async () => {
    await expect(call("readAfterLoss")).rejects.toMatchObject({ code: "DEVICE_LOST" });
    await expect(call("idleAfterLoss")).rejects.toMatchObject({ code: "DEVICE_LOST" });
  });
});
