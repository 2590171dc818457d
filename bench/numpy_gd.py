"""Gradient descent in NumPy, for bench/gd.ts.

Standard input: a line of JSON, then the arrays it names, raw. Standard output: a line of JSON, then the decoder, raw.
"""

import json
import sys
import time

import numpy as np

request = json.loads(sys.stdin.buffer.readline())
floats = np.dtype(request["dtype"])
arrays = {
    name: np.frombuffer(sys.stdin.buffer.read(count * np.dtype(dtype).itemsize), dtype)
    for name, dtype, count in request["arrays"]
}
V, d, m = request["V"], request["d"], request["m"]
offsets = arrays["offsets"].astype(np.int64)
embeddings = arrays["embeddings"].astype(floats).reshape(m, d)
scaled = (request["stepSize"] * arrays["weights"][:, None] * arrays["embeddings"].reshape(m, d)).astype(floats)
labels = np.zeros((m, V), floats)
labels[np.repeat(np.arange(m), np.diff(offsets)), arrays["tokens"]] = arrays["probabilities"]
decoder = arrays["start"].astype(floats).reshape(V, d)
logits = np.empty((m, V), floats)


def iterate(count):
    global decoder
    for _ in range(count):
        np.matmul(embeddings, decoder.T, out=logits)
        np.subtract(logits, logits.max(axis=1, keepdims=True), out=logits)
        np.exp(logits, out=logits)
        np.divide(logits, logits.sum(axis=1, keepdims=True), out=logits)
        np.subtract(logits, labels, out=logits)
        decoder -= logits.T @ scaled


iterate(request["steps"])
answer = {}
output = decoder.tobytes() if request["steps"] else b""
if request["windowMs"]:
    iterate(1)
    count, elapsed = 1, 0.0
    while True:
        begin = time.perf_counter()
        iterate(count)
        elapsed = 1e3 * (time.perf_counter() - begin)
        if elapsed >= request["windowMs"]:
            break
        count = int(np.ceil(count * min(8, 1.3 * request["windowMs"] / max(elapsed, 1e-2))))
    answer["ms"] = elapsed / count
sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + output)
