/** What Adam moves: the decoder and the two running averages, of the gradient and of its square. */
export interface AdamArrays {
  readonly decoder: Float64Array;
  readonly first: Float64Array;
  readonly second: Float64Array;
}

/**
 * Step number `count` of Adam (Kingma and Ba 2015, ε as PyTorch adds it) in float64 and in place; a decoder entry whose
 * gradients have all been zero stays.
 */
export function adamStep(
  { decoder, first, second }: AdamArrays,
  gradient: ArrayLike<number>,
  length: number,
  { count, betas: [beta1, beta2], epsilon }: { count: number; betas: readonly [number, number]; epsilon: number },
): void {
  const [correction1, correction2] = [1 - beta1 ** count, 1 - beta2 ** count];
  for (let i = 0; i < decoder.length; i++) {
    const g = gradient[i]!;
    first[i] = beta1 * first[i]! + (1 - beta1) * g;
    second[i] = beta2 * second[i]! + (1 - beta2) * g * g;
    const size = Math.sqrt(second[i]! / correction2);
    if (size > 0) decoder[i]! -= (length * (first[i]! / correction1)) / (size + epsilon);
  }
}
