/** Steps of the sums over a normal variable, from −RANGE to RANGE. */
const [STEP, RANGE] = [0.01, 9];
/** Steps of the sum over frequencies. */
const FREQUENCY_STEP = 0.05;

/**
 * θ(V, k), the d/m at which half of large random problems are separable.
 *
 * W separates when the differences of its logits are in F⊥ and every context's row x = W h_j lies in the cone
 * K = {x ∈ ℝ^V : x_z = c on the support, x_v ≤ c off it}, up to a constant on all words. With Gaussian contexts the logits are a random
 * subspace of dimension d(V − 1) of ℝ^{m(V − 1)}, which meets a product of m cones when d(V − 1) exceeds m times what the cone lacks: a
 * random subspace of dimension n misses a cone of statistical dimension δ in ℝ^N when n + δ < N (Amelunxen, Lotz, McCoy and Tropp 2014,
 * arXiv 1303.6672). δ is the mean number of free coordinates of the projection of a standard Gaussian onto K: of V words, the k of the
 * support and the N words off it that end at the level of the support count as one. So δ = V − (k − 1) − E N − 1 without the constant, and
 *
 *     θ = (k − 1 + E N) / (V − 1).
 *
 * It assumes that rows of logits are as good as a uniformly random subspace, though each is a product of words and contexts, that
 * supports are drawn independently of embeddings, and that m is large: at finite m the threshold lies above, by about a dimension.
 */
export function theta(words: number, support: number): number {
  const name = `${words}/${support}`;
  const known = found.get(name) ?? (support - 1 + meanAtLevel(words, support)) / (words - 1);
  found.set(name, known);
  return known;
}

/** What has been computed: each takes some 100 ms. */
const found = new Map<string, number>();

/**
 * E N: how many of the words off the support are at its level c in the projection of a standard Gaussian g onto K. c solves
 * k c − Σ_S g = Σ_off (g − c)₊, and N = #{off : g > c}. Word v is among them when k t − √k z − Σ_{other off} (g − t)₊ is above 0 at t = g_v;
 * that probability is an integral over the frequencies of its characteristic function (Gil-Pelaez 1951), which falls like exp(−k u²/2).
 * The sums over t and u are good to some 1e-6.
 */
function meanAtLevel(words: number, support: number): number {
  const others = words - support - 1;
  if (others < 0) return 0;
  const count = Math.round((2 * RANGE) / STEP);
  const level = (i: number): number => -RANGE + (i + 0.5) * STEP;
  const density = Float64Array.from(
    { length: count },
    (_, i) => Math.exp(-(level(i) ** 2) / 2) / Math.sqrt(2 * Math.PI),
  );
  const probability = new Float64Array(count).fill(0.5);
  for (let u = FREQUENCY_STEP / 2; u * Math.sqrt(support) < RANGE; u += FREQUENCY_STEP) {
    const damping = Math.exp((-support * u * u) / 2);
    // ∫_t^∞ e^{iu(g − t)} φ(g) dg + Φ(t), from the right
    let [real, imaginary, tail] = [0, 0, 0];
    for (let i = count - 1; i >= 0; i--) {
      const [t, half] = [level(i), (density[i]! * STEP) / 2];
      const [cosine, sine] = [Math.cos(u * t), Math.sin(u * t)];
      real += half * cosine;
      imaginary += half * sine;
      tail += half;
      const size = Math.hypot(real * cosine + imaginary * sine + 1 - tail, imaginary * cosine - real * sine);
      const angle = Math.atan2(imaginary * cosine - real * sine, real * cosine + imaginary * sine + 1 - tail);
      const phase = others * angle - u * support * t;
      probability[i]! -= ((FREQUENCY_STEP / Math.PI) * damping * (size ** others * Math.sin(phase))) / u;
      real += half * cosine;
      imaginary += half * sine;
      tail += half;
    }
  }
  let mean = 0;
  for (let i = 0; i < count; i++) mean += STEP * density[i]! * probability[i]!;
  return (words - support) * mean;
}
