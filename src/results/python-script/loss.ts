/** Arrays of a problem, from those that the script begins with, and its entropy. */
export const ENTROPY = `# H = −Σ_j π_j Σ_z p_jz log p_jz, the least that CE can be
contexts = np.repeat(np.arange(m), np.diff(offsets))  # the context of each probability
H = -(weights[contexts] * probabilities * np.log(probabilities)).sum()
`;

/** The loss of a decoder, and what a float32 figure of it can be off by. */
export const LOSS = `S = np.zeros((m, V), dtype=bool)  # which words follow which contexts
S[contexts, tokens] = True
P = np.zeros((m, V))
P[contexts, tokens] = probabilities
log_p = np.log(np.where(S, P, 1))


def loss(W, h):
    """KL(p_j ‖ q_j), q_j the softmax within the support of context j; log(1 + e^(off_j − in_j)), of the log-sum-exps off the
    support and in it; and the residual softmax(W h_j) − p_j. CE − H is the weighted sum of the first two, and nothing cancels."""
    L = h @ W.T
    t = np.where(S, L - log_p, 0)
    mean = (P * t).sum(1, keepdims=True)
    t = np.where(S, t - mean, 0)
    near = np.where(np.abs(t) < 1e-3, t, 0)
    phi = np.where(np.abs(t) < 1e-3, near**2 * (1 / 2 + near / 6 + near**2 / 24), np.expm1(t) - t)
    KL = np.log1p((P * phi).sum(1, keepdims=True))  # = log Σ_z p e^t, for Σ_z p t = 0
    log_in = mean + KL
    log_off = np.logaddexp.reduce(np.where(S, -np.inf, L), axis=1, keepdims=True)
    off = np.logaddexp(0, log_off - log_in)
    residual = np.where(S, P * np.expm1(t - KL - off), np.exp(np.minimum(L - log_in - off, 0)))
    return KL[:, 0], off[:, 0], residual


U = 2.0**-24  # the rounding unit of float32


def allowed(W, h, moved_in=0.0, moved_all=0.0):
    """What the parts of CE − H can be off by where logits differ by at most moved_in within a support, and moved_all at all.
    KL moves by at most √(2 KL) x + x²/2 with x half of that (Pinsker's inequality, and a variance of at most x²), and
    log(1 + e^odds) by a factor of at most e^moved_all. The kernels round: logits off the supports like sums of d products,
    those within like sums of pairs of float32, exponentials and sums of contexts and words by up to m + V + 1000 units."""
    KL, off, _ = loss(W, h)
    size = np.linalg.norm(W, axis=1).max() * np.linalg.norm(h, axis=1)
    x = moved_in / 2 + 4 * (W.shape[1] / 4 + 8) ** 2 * U**2 * size
    inside = weights @ (np.sqrt(2 * KL) * x + x**2 / 2 + (m + V + 1000) * U * KL)
    odds = moved_all + (2 * W.shape[1] + 64) * U * size
    return inside, weights @ (off * (np.expm1(odds) + (m + V + 1000) * U))
`;
