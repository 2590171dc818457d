"""Both factors by Adam with decoupled decay in NumPy, for bench/stories.ts.

Standard input: a line of JSON, then the arrays it names, raw. Standard output: a line of JSON.
"""

import json
import sys
import time

import numpy as np

request = json.loads(sys.stdin.buffer.readline())
arrays = {
    name: np.frombuffer(sys.stdin.buffer.read(count * np.dtype(dtype).itemsize), dtype)
    for name, dtype, count in request["arrays"]
}
V, d, m, steps, eta, decay = (request[key] for key in ("V", "d", "m", "steps", "stepSize", "ridge"))
(beta1, beta2), epsilon = request["betas"], request["epsilon"]
offsets = arrays["offsets"].astype(np.int64)
labels = np.zeros((m, V), np.float32)
labels[np.repeat(np.arange(m), np.diff(offsets)), arrays["tokens"]] = arrays["probabilities"]
weights = arrays["weights"].astype(np.float32)[:, None]
W = arrays["decoder"].astype(np.float32).reshape(V, d)
H = arrays["embeddings"].astype(np.float32).reshape(m, d)
moments = [[np.zeros_like(x), np.zeros_like(x)] for x in (W, H)]

begin = time.perf_counter()
for k in range(1, steps + 1):
    logits = H @ W.T
    logits -= logits.max(axis=1, keepdims=True)
    np.exp(logits, out=logits)
    logits /= logits.sum(axis=1, keepdims=True)
    logits -= labels
    logits *= weights
    gradients = (logits.T @ H, logits @ W)
    for x, g, (first, second) in zip((W, H), gradients, moments):
        first += np.float32(1 - beta1) * (g - first)
        second += np.float32(1 - beta2) * (g * g - second)
        size = np.sqrt(second / np.float32(1 - beta2**k)) + np.float32(epsilon)
        x *= np.float32(1 - eta * decay)
        x -= np.float32(eta / (1 - beta1**k)) * first / size
seconds = time.perf_counter() - begin

logits = H.astype(float) @ W.T.astype(float)
logits -= logits.max(axis=1, keepdims=True)
logits -= np.log(np.exp(logits).sum(axis=1, keepdims=True))
p = labels.astype(float)
gap = (weights * np.where(p > 0, p * (np.log(np.where(p > 0, p, 1)) - logits), 0)).sum()
print(json.dumps({"seconds": seconds, "lossGap": float(gap)}))
