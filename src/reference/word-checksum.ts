/** Σ_i mix(words[i], i, serial) mod 2³², every word at its place and in its readback: as the device makes it of what it sends. */
export function wordChecksum(words: Uint32Array, serial: number): number {
  let sum = 0;
  for (let i = 0; i < words.length; i++) {
    let hash = Math.imul((words[i]! ^ Math.imul(i, 0x9e3779b1)) + serial, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    sum = (sum + (hash ^ (hash >>> 16))) | 0;
  }
  return sum >>> 0;
}
