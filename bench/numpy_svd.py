"""Matrices of a kind and their singular values in NumPy, for bench/svd.ts.

Standard input: a line of JSON. Standard output: a line of JSON, then the matrix and its singular values, raw float64.
"""

import json
import sys
import time

import numpy as np

request = json.loads(sys.stdin.buffer.readline())
kind, rows, columns = request["kind"], request["rows"], request["columns"]
random = np.random.default_rng(request["seed"])
terms = min(rows, columns)
if kind == "random":
    matrix = random.standard_normal((rows, columns))
else:
    values = {
        "rank-deficient": np.where(np.arange(terms) < terms // 3, np.linspace(2, 1, terms), 0),
        "repeated": np.where(np.arange(terms) < terms // 2, 2.0, 1.0),
        "graded": 10.0 ** (-8 * np.arange(terms) / terms),
    }[kind]
    left, _ = np.linalg.qr(random.standard_normal((rows, terms)))
    right, _ = np.linalg.qr(random.standard_normal((columns, terms)))
    matrix = left * values @ right.T
begin = time.perf_counter()
values = np.linalg.svd(matrix)[1]
seconds = time.perf_counter() - begin
sys.stdout.buffer.write(json.dumps({"seconds": seconds}).encode() + b"\n")
sys.stdout.buffer.write(matrix.tobytes() + values.tobytes())
