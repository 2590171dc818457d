/** STORAGE, COPY_SRC and COPY_DST of GPUBufferUsage, which is not there where there is no WebGPU. */
export const STORAGE_USAGE = 0x80 | 0x04 | 0x08;
