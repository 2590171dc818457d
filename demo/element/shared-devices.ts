import { openGpu, type Gpu } from "../../src/index.ts";
import { canHold, type Devices } from "../run.ts";

type Wanted = Parameters<Devices["open"]>[0];

/** A device, and who uses it: they are told when it is lost. */
interface Shared {
  readonly gpu: Promise<Gpu>;
  readonly users: Set<Wanted>;
}

/** The one that newcomers get. */
let current: Shared | undefined;

/** One device for all that is embedded in a page, as one of them sees it: opened for the first, and closed when the last has let go of it. */
export function sharedDevices(): Devices {
  const used = new Map<Gpu, { readonly shared: Shared; readonly wanted: Wanted }>();
  return {
    async open(wanted) {
      const { gpu, shared } = await join(wanted);
      used.set(gpu, { shared, wanted });
      return gpu;
    },
    release(gpu) {
      const { shared, wanted } = used.get(gpu)!;
      used.delete(gpu);
      leave(gpu, shared, wanted);
    },
  };
}

/** @throws GpuUnavailableError where there is none, or none that is large enough */
async function join(wanted: Wanted): Promise<{ gpu: Gpu; shared: Shared }> {
  const before = current;
  const shared = before ?? openShared(wanted.largestBufferBytes);
  current = shared;
  shared.users.add(wanted);
  const gpu = await shared.gpu.catch((error: unknown) => {
    if (current === shared) current = undefined;
    if (!before) throw error;
  });
  if (gpu && canHold(gpu, wanted.largestBufferBytes)) return { gpu, shared };
  // what others have opened is not for this one
  if (current === shared) current = undefined;
  if (gpu) leave(gpu, shared, wanted);
  return join(wanted);
}

function openShared(largestBufferBytes: number): Shared {
  const users = new Set<Wanted>();
  const gpu = openGpu({
    largestBufferBytes,
    onLoss: (loss) => {
      for (const { onLoss } of users) onLoss(loss);
    },
  });
  return { gpu, users };
}

function leave(gpu: Gpu, shared: Shared, wanted: Wanted): void {
  shared.users.delete(wanted);
  if (shared.users.size > 0) return;
  gpu.destroy();
  if (current === shared) current = undefined;
}
