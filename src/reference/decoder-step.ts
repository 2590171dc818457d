/** W ← W − length · direction, in float64 and in place. */
export function decoderStep(decoder: Float64Array, direction: ArrayLike<number>, length: number): void {
  for (let i = 0; i < decoder.length; i++) decoder[i]! -= length * direction[i]!;
}
