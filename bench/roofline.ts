import { memoryNeeded, openGpu, synthetic, type AdapterDescription, type Execution, type Gpu } from "../src/index.ts";
import type { Dispatch } from "../src/gpu/kernel.ts";
import { withWorkspace } from "../src/gpu/workspace.ts";
import { deviceProblem } from "../src/maps/device-problem.ts";
import { chooseMethod } from "../src/training/methods/method.ts";
import { recordSegment, timeDispatches } from "../src/training/estimate.ts";
import { prepareIteration } from "../src/training/engines/prepare-iteration.ts";
import { SEGMENT } from "../src/training/engines/segments.ts";
import { measureCeilings, type Ceilings } from "./ceilings.ts";
import { SIZES, sizesUpTo, type SizeName } from "./sizes.ts";
import { table } from "./table.ts";

/*
 * Every kernel of a step of gradient descent at the sizes of the bench `gd`: what it computes and moves as a function of its shape,
 * the time it takes, and both rates against what the adapter does at most. Bytes count every array once (twice where it is
 * written); kernels load most of them more often.
 */

interface KernelFigures {
  readonly kernel: string;
  readonly dispatches: number;
  readonly operations: number;
  readonly bytes: number;
  readonly ms: number;
}

interface RooflineResult {
  readonly adapter: AdapterDescription;
  readonly ceilings: Ceilings;
  readonly steps: readonly {
    readonly size: SizeName;
    readonly execution: Execution;
    readonly memoryBytes: number;
    readonly kernels: readonly KernelFigures[];
  }[];
}

export async function run({ largest }: { largest: SizeName }): Promise<RooflineResult> {
  const gpu = await openGpu({ largestBufferBytes: 2 ** 28 });
  const ceilings = await measureCeilings(gpu);
  console.log(
    `ceilings: ${(ceilings.operationsPerSecond / 1e9).toFixed(1)} GFLOP/s in multiply-adds, ${(ceilings.bytesPerSecond / 1e9).toFixed(2)} GB/s of loads, ${(1e3 * ceilings.dispatchMs).toFixed(1)} µs a dispatch`,
  );
  const steps: RooflineResult["steps"][number][] = [];
  for (const size of sizesUpTo(largest))
    for (const execution of size === "tiny" ? (["one-workgroup", "stepwise"] as const) : (["stepwise"] as const)) {
      const problem = synthetic({ ...SIZES[size], seed: 1 });
      const kernels = await measureStep(gpu, size, execution);
      const { totalBytes: memoryBytes } = await memoryNeeded(problem, { execution });
      steps.push({ size, execution, memoryBytes, kernels });
      console.log(`\n${size}, ${execution}, ${(memoryBytes / 2 ** 20).toFixed(1)} MiB\n${tableOf(kernels, ceilings)}`);
    }
  gpu.destroy();
  return { adapter: gpu.adapter, ceilings, steps };
}

function measureStep(gpu: Gpu, size: SizeName, execution: Execution): Promise<KernelFigures[]> {
  return withWorkspace(gpu, async (workspace) => {
    const device = deviceProblem(workspace, synthetic({ ...SIZES[size], seed: 1 }));
    const stepping = { method: chooseMethod({}), stepSize: 1e-3, taken: SEGMENT };
    const { each, once } = recordSegment(await prepareIteration(workspace, device, execution, stepping), execution);
    const byKernel = new Map<string, { dispatch: Dispatch; share: number }[]>();
    for (const [dispatches, share] of [
      [each, 1],
      [once, 1 / SEGMENT],
    ] as const)
      for (const dispatch of dispatches)
        byKernel.set(dispatch.label, [...(byKernel.get(dispatch.label) ?? []), { dispatch, share }]);
    const figures: KernelFigures[] = [];
    for (const [kernel, parts] of byKernel) {
      let [dispatches, operations, bytes, ms] = [0, 0, 0, 0];
      for (const { dispatch, share } of parts) {
        dispatches += share;
        operations += share * dispatch.cost.operations;
        bytes += share * dispatch.cost.bytes;
        ms += share * (await timeDispatches(gpu, [dispatch]));
      }
      figures.push({ kernel, dispatches, operations, bytes, ms });
    }
    return figures;
  });
}

function tableOf(kernels: readonly KernelFigures[], { operationsPerSecond, bytesPerSecond }: Ceilings): string {
  const share = (rate: number, ceiling: number): string => `${((100 * rate) / ceiling).toFixed(0)} %`;
  const rows = kernels.map(({ kernel, operations, bytes, ms }) => {
    const [operationRate, byteRate] = [(1e3 * operations) / ms, (1e3 * bytes) / ms];
    return [
      kernel,
      (operations / 1e6).toPrecision(3),
      (bytes / 2 ** 20).toPrecision(3),
      ms.toPrecision(3),
      (operationRate / 1e9).toPrecision(3),
      share(operationRate, operationsPerSecond),
      (byteRate / 1e9).toPrecision(3),
      share(byteRate, bytesPerSecond),
    ];
  });
  return table([["kernel", "MFLOP", "MiB", "ms a step", "GFLOP/s", "of most", "GB/s", "of most"], ...rows]);
}
