import type { Gpu } from "../../src/gpu/device.ts";

/** A buffer that was made on a device. */
interface MadeBuffer {
  readonly label: string | undefined;
  readonly size: number;
  readonly usage: number;
  isAlive: boolean;
}

/** The buffers that are made on a device from now on; in a page. */
export function buffersMade({ device }: Pick<Gpu, "device">): readonly MadeBuffer[] {
  const made: MadeBuffer[] = [];
  const create = device.createBuffer.bind(device);
  device.createBuffer = (descriptor) => {
    const buffer = create(descriptor);
    const { label, size, usage } = descriptor;
    const one: MadeBuffer = { label, size, usage, isAlive: true };
    made.push(one);
    const destroy = buffer.destroy.bind(buffer);
    buffer.destroy = () => {
      one.isAlive = false;
      destroy();
    };
    return buffer;
  };
  return made;
}

/** Those that are no staging buffers, which stay with the device. */
export const ofTasks = (made: readonly MadeBuffer[]): readonly MadeBuffer[] =>
  made.filter(({ usage }) => !(usage & GPUBufferUsage.MAP_READ));

export const bytesOf = (made: readonly MadeBuffer[]): number => made.reduce((sum, { size }) => sum + size, 0);

/** How many are alive. */
export const aliveOf = (made: readonly MadeBuffer[]): number => made.filter(({ isAlive }) => isAlive).length;
