import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TrainOptions, TrainResult } from "../../src/index.ts";
import { requireClose, requireRelative, requireSameBits } from "../support/compare.ts";
import { caseArray, caseBytes } from "../support/fixtures.ts";
import { Lab } from "../support/lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open();
});
afterAll(() => lab.close());

const wide = caseBytes("wide");
const plane = caseBytes("plane");
const call = <T>(name: string, ...args: unknown[]): Promise<T> =>
  lab.call<T>("/test/training/training.page.ts", name, ...args);

const statesOf = ({ state }: TrainResult): Float32Array[] => Object.values(state.arrays);

/** As the problem has it, and both by name. */
const EXECUTIONS: readonly Pick<TrainOptions, "execution">[] = [{}, { execution: "stepwise" }];

describe("a run", () => {
  test.each(EXECUTIONS)("repeats bit for bit, and continues from a state with the same bits: %j", async (options) => {
    const [whole, ended] = await call<[TrainResult, TrainResult]>("continueRun", wide, 137, 400, options);
    expect(ended.execution).toBe(options.execution ?? "one-workgroup");
    expect(ended.state.step).toBe(400);
    expect(ended.stepSize).toBe(whole.stepSize);
    statesOf(ended).forEach((array, i) => requireSameBits("state", array, statesOf(whole)[i]!));
    const later = whole.trace.filter(({ step }) => step > 137);
    expect(later.length).toBeGreaterThan(3);
    expect(ended.trace).toEqual(later);
  });

  test("what the segment began with and what has moved since add up to the decoder", async () => {
    const { state, decoder } = await call<TrainResult>("trainOn", plane, {
      steps: 300,
      execution: "stepwise",
    });
    const sum = statesOf({ state } as TrainResult);
    expect(Object.keys(state.arrays).slice(0, 4)).toEqual(["decoder", "decoder low", "moving", "moving low"]);
    const [high, low, moving, movingLow] = sum as [Float32Array, Float32Array, Float32Array, Float32Array];
    const paddedDim = high.length / 5;
    expect(moving.some((x) => x !== 0)).toBe(true);
    const joined = Float64Array.from(decoder, (_, i) => {
      const k = Math.floor(i / 2) * paddedDim + (i % 2);
      return high[k]! + low[k]! + (moving[k]! + movingLow[k]!);
    });
    requireClose("decoder", decoder, joined, (i) => 2 ** -44 * Math.abs(joined[i]!));
  });

  test("records the start, every step asked for, and nothing else", async () => {
    const { trace } = await call<TrainResult>("trainOn", plane, { steps: 700, record: [700, 0, 3, 3, 512] });
    expect(trace.map(({ step }) => step)).toEqual([0, 3, 512, 700]);
    expect(trace[0]!.norm).toBe(0);
    requireRelative("loss at zero", trace[0]!.loss, Math.log(5), 1e-6);
  });

  test("records more points than one submission holds", async () => {
    const record = Array.from({ length: 1000 }, (_, i) => i + 1);
    const { trace } = await call<TrainResult>("trainOn", plane, { steps: 1000, record });
    expect(trace.map(({ step }) => step)).toEqual(record);
    trace.slice(1).forEach((point, i) => expect(point.lossGap).toBeLessThan(trace[i]!.lossGap));
  });

  test("takes no step when asked for none", async () => {
    const result = await call<TrainResult>("trainOn", plane, { steps: 0, record: [0] });
    expect(result.status).toBe("done");
    expect(result.trace.map(({ step }) => step)).toEqual([0]);
    expect([...result.decoder]).toEqual(new Array(10).fill(0));
  });

  test("starts from a given decoder and from LeCun's draw", async () => {
    const given = caseArray("wide", "probe_decoder").data;
    const started = await call<TrainResult>("trainOn", wide, { steps: 0, record: [0], initial: given });
    requireClose("decoder", started.decoder, given, (i) => 2 ** -47 * Math.abs(given[i]!));
    const lecun = await call<TrainResult>("trainOn", wide, { steps: 0, record: [0], initial: "lecun", seed: 7 });
    // 600 independent N(0, 1/60): the sum of squares is 10 with a standard deviation of 10 sqrt(2 / 600), five of them allowed
    requireClose("norm", [lecun.trace[0]!.norm ** 2], [10], 50 * Math.sqrt(2 / 600));
    const other = await call<TrainResult>("trainOn", wide, { steps: 0, record: [0], initial: "lecun", seed: 8 });
    expect(other.decoder[0]).not.toBe(lecun.decoder[0]);
  });

  test.each([{}, { optimizer: "normalised" }, { execution: "stepwise" }])(
    "allocates and reads nothing between recorded points: %j",
    async (options) => {
      const created = await call<Record<string, number>>("createdPerStep", wide, options);
      // the one map is that of the last recorded point
      expect(created).toEqual({
        createBuffer: 0,
        createBindGroup: 0,
        createComputePipelineAsync: 0,
        createShaderModule: 0,
        mapAsync: 1,
      });
    },
  );

  test.each([
    {},
    { schedule: "inverse-sqrt" },
    { optimizer: "normalised" },
    { optimizer: "momentum" },
    { optimizer: "adam" },
    { execution: "stepwise" },
    { execution: "stepwise", optimizer: "normalised" },
    { execution: "stepwise", optimizer: "momentum" },
    { execution: "stepwise", optimizer: "adam" },
  ])("needs the memory that was announced, and gives it back: %j", async (options) => {
    const need = await call<{ totalBytes: number; largestBufferBytes: number }>("memoryOf", wide, options);
    const used = await call<Record<"total" | "largest" | "alive" | "reported", number>>("allocatedIn", wide, options);
    expect(used.alive).toBe(0);
    expect(used.largest).toBe(need.largestBufferBytes);
    expect(used.reported).toBe(need.totalBytes);
    expect(used.total).toBe(used.reported);
  });
});

describe("a run that is", () => {
  test("cancelled lets go of its iteration before the submission under way has ended, and returns what is done", async () => {
    const { result, submissionsAwaited, pointsSeen } = await call<{
      result: TrainResult;
      submissionsAwaited: number;
      pointsSeen: number;
    }>("cancelRun", wide);
    expect(submissionsAwaited).toBe(0);
    expect(result.status).toBe("cancelled");
    expect(pointsSeen).toBeGreaterThan(10);
    expect(result.state.step).toBeGreaterThanOrEqual(result.trace.at(-1)!.step);
    expect(result.trace.length).toBeGreaterThanOrEqual(pointsSeen);
    const replayed = await call<TrainResult>("trainOn", wide, { steps: result.state.step });
    requireSameBits("decoder", replayed.decoder, result.decoder);
  });

  test("cancelled before it starts takes no step", async () => {
    const result = await call<TrainResult>("runAborted", plane);
    expect(result.status).toBe("cancelled");
    expect(result.state.step).toBe(0);
  });

  test("paused stands still, and goes on to the same end", async () => {
    const { whilePaused, result } = await call<{ whilePaused: [number, number]; result: TrainResult }>(
      "pauseRun",
      wide,
    );
    expect(whilePaused[0]).toBeGreaterThan(0);
    expect(whilePaused[1]).toBe(whilePaused[0]);
    expect(whilePaused[0]).toBeLessThan(5000);
    const straight = await call<TrainResult>("trainOn", wide, { steps: 5000 });
    requireSameBits("decoder", result.decoder, straight.decoder);
    expect(result.trace).toEqual(straight.trace);
  });

  test("left in the middle of its iteration has a result", async () => {
    const { seen, result } = await call<{ seen: unknown[]; result: TrainResult }>("breakOff", plane);
    expect(seen).toHaveLength(3);
    expect(result.status).toBe("cancelled");
    expect(result.state.step).toBeLessThan(100_000);
  });

  test("paused, resumed and paused in one moment stands still", async () => {
    const [before, after] = await call<[number, number]>("pauseTwice", wide);
    expect(before).toBeGreaterThan(0);
    expect(after).toBe(before);
  });

  test("used twice or not at all is refused or ends; it never hangs", async () => {
    expect(await call("misuseRun", plane)).toEqual({
      secondLoop: "STATE",
      untouched: "done",
      loopAfterResult: "STATE",
      points: 3,
      leftBeforeItBegan: ["cancelled", 0],
    });
  });

  test("is on a problem that other tasks on the device share", async () => {
    expect(await call("uploadsOf", plane)).toEqual({ uploads: 1, left: 0 });
  });

  test("refused by one of its kernels leaves nothing on the device", async () => {
    expect(await call("failToPrepare", wide)).toEqual({ code: "KERNEL", alive: 0 });
  });

  test("measured wrongly on the device has the figures of float64, marked", async () => {
    const { result, report, lossGap } = await call<{ result: TrainResult; report: string; lossGap: number }>(
      "trainOnWrongSums",
      plane,
      { steps: 20 },
    );
    expect(result.trace.length).toBeGreaterThan(10);
    expect(result.trace.every(({ isDoubtful }) => isDoubtful)).toBe(true);
    expect(Math.abs(result.trace.at(-1)!.lossGap / lossGap - 1)).toBeLessThan(1e-12);
    expect(report).toMatch(/float64 check +DISAGREES: at 10 of 10 recorded points/);
    const sound = await call<TrainResult>("trainOn", plane, { steps: 20 });
    expect(sound.trace.some(({ isDoubtful }) => isDoubtful)).toBe(false);
  });

  test("so short of steps that squares underflow is not doubted", async () => {
    const result = await call<TrainResult>("trainOn", plane, { steps: 3, stepSize: 1e-30 });
    expect(result.trace.map(({ norm }) => norm)).toEqual([0, 0, 0]);
    expect(Math.max(...result.decoder.map(Math.abs))).toBeGreaterThan(0);
    expect(result.trace.some(({ isDoubtful }) => isDoubtful)).toBe(false);
  });

  test.each([{}, { optimizer: "adam" }, { execution: "stepwise" }, { execution: "stepwise", optimizer: "momentum" }])(
    "cancelled before it goes on from a state has the decoder of that state: %j",
    async (options) => {
      // within a segment, so that part of it is what the segment has moved
      const { decoder, found } = await call<Record<"decoder" | "found", Float64Array>>(
        "cancelContinued",
        wide,
        options,
      );
      const size = Math.hypot(...decoder);
      expect(size).toBeGreaterThan(0);
      // sums of at most as many terms as there are contexts or steps of a segment, in float32
      requireClose("decoder", found, decoder, () => (256 + 8) * 2 ** -24 * size);
    },
  );

  test("left without its Gpu, which was closed, says so, running or paused", async () => {
    expect(await call<string>("closeDevice", wide)).toBe("DEVICE_LOST");
    expect(await call<string>("closePaused", wide)).toBe("DEVICE_LOST");
  });
});

test.each([
  [[0, 0], "embeddings: expected some to differ from zero, found none; every decoder would have the same loss"],
  [[1e-30, 0], "embeddings: expected sizes whose squares float32 holds, 1e-15 to 1e15, found a largest of 1e-30"],
  [
    [1e18, -1e18],
    "embeddings: expected sizes whose squares float32 holds, 1e-15 to 1e15, found a largest of 1000000000000000000",
  ],
])("no safe step is invented for embeddings %j", async (embeddings, message) => {
  const problem = { vocabularySize: 3, embeddingDim: 2, embeddings, offsets: [0, 1], tokens: [1], probabilities: [1] };
  await expect(call("trainOn", problem, { steps: 1 })).rejects.toThrow(message);
});

describe("options out of range are refused", () => {
  const state = { model: "decoder", step: 0, stepSize: 1, arrays: { decoder: new Float32Array(4) } };
  test.each([
    [{ steps: -1 }, "steps: expected a whole number from 0 to 1000000000, found -1"],
    [{ steps: 1.5 }, "steps: expected a whole number from 0 to 1000000000, found 1.5"],
    [{ steps: NaN }, "steps: expected a whole number from 0 to 1000000000, found NaN"],
    [
      { stepsize: 1 },
      "stepsize: no such option, expected one of steps, optimizer, schedule, momentum, betas, epsilon, stepSize, record, initial, seed, execution, towards, keep, from, onCheckpoint, signal, onProgress; nearest is stepSize",
    ],
    [{ stepSize: 0 }, 'stepSize: expected "safe" or a number from 1e-37 to 1e18, found 0'],
    [{ stepSize: -0.1 }, 'stepSize: expected "safe" or a number from 1e-37 to 1e18, found -0.1'],
    [{ stepSize: Infinity }, 'stepSize: expected "safe" or a number from 1e-37 to 1e18, found Infinity'],
    [{ stepSize: "fast" }, 'stepSize: expected "safe" or a number from 1e-37 to 1e18, found fast'],
    [{ steps: 10, record: [5, 11] }, "record: expected whole numbers from 0 to 10, found 11"],
    [{ steps: 10, record: [2.5] }, "record: expected whole numbers from 0 to 10, found 2.5"],
    [{ initial: [1, 2, 3] }, "decoder: expected 5 × 2 = 10 values, found 3"],
    [
      { initial: [0, 0, 0, NaN, 0, 0, 0, 0, 0, 0] },
      "decoder: expected finite numbers below 1e18 in size, found NaN at row 1, column 1",
    ],
    [{ initial: "lecun", seed: -1 }, /^seed: expected/],
    [{ seed: "x" }, /^seed: expected/],
    [{ execution: "fast" }, 'execution: expected "one-workgroup" or "stepwise", found "fast"'],
    [
      { execution: "one-workgroup", from: { ...state, execution: "stepwise" } },
      'execution: expected "stepwise", as the state has that the run goes on from, found "one-workgroup"',
    ],
    [{ initial: "bogus" }, 'initial: expected "zero" or "lecun", found "bogus"'],
    [{ record: "all" }, 'record: expected "log" or a list of steps, found "all"'],
    [{ from: { ...state, step: 0.5 } }, "from.step: expected a whole number from 0 to 1000000000, found 0.5"],
    [{ from: { ...state, stepSize: NaN } }, 'from.stepSize: expected "safe" or a number from 1e-37 to 1e18, found NaN'],
    [{ from: state, initial: "zero" }, "initial: expected none beside from, whose state the run goes on from"],
  ])("%j", async (options, message) => {
    await expect(call("trainOn", plane, options)).rejects.toThrow(message);
    expect((await call<TrainResult>("trainOn", plane, { steps: 1 })).status).toBe("done");
  });
});
