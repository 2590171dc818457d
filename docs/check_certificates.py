"""Confirms what a run claims, with NumPy alone: python check_certificates.py PROBLEM.npz arrays.npz

The claims are read from result.json beside arrays.npz. With u = 2^-53 a sum of n products errs by at most n u times the sum of
their sizes; four times that is allowed, since the program has rounded too. In-support logits may differ by 1e-6 of the margin.
"""

import json
import pathlib
import sys

import numpy as np

UNIT = 2.0**-53
EQUALITY_TOLERANCE = 1e-6


def check_log_odds(H, support, log_p, decoder, residual, claimed):
    def centre(rows):
        return np.where(support, rows - (rows * support).sum(1, keepdims=True) / support.sum(1, keepdims=True), 0)

    b = centre(np.where(support, log_p, 0))
    sizes = np.where(support, np.abs(H) @ np.abs(decoder).T + np.abs(log_p) + 1, 0)
    rounding = 8 * (sum(decoder.shape) + 4) * UNIT * np.linalg.norm(sizes)  # twice, for centring
    rest = np.linalg.norm(b - centre(H @ decoder.T))
    yield "log-odds: residual, off the claim by", abs(rest - residual * np.linalg.norm(b)), rounding
    yield "log-odds: residual in result.json, off by", abs(claimed["residual"] - residual), 0
    if claimed["status"] == "compatible":
        yield "log-odds: residual of a compatible problem", rest, rounding


def check_decoder(H, support, decoder, claimed):
    logits, norm, rounding = H @ decoder.T, np.linalg.norm(decoder), 4 * decoder.size * UNIT
    error = 4 * (H.shape[1] + 1) * UNIT * (np.abs(H) @ np.abs(decoder).T).max() + EQUALITY_TOLERANCE
    lowest = np.where(support, logits, np.inf).min(1, keepdims=True)
    yield "decoder: in-support logits differ by", np.where(support, logits - lowest, 0).max(), error
    yield "decoder: margins fall short of 1 by", 1 - (lowest - logits)[~support].min(), error
    yield "decoder: norm, off the claim by", abs(norm / claimed["norm"] - 1), rounding
    yield "decoder: margin 1/‖W‖, off the claim by", abs(norm * claimed["margin"] - 1), rounding
    yield "decoder: norm over the upper bound", norm / claimed["upperBound"] - 1, rounding


def check_multipliers(name, support, dual):
    sizes = np.maximum(np.abs(dual).sum(1), np.finfo(float).tiny)
    yield f"{name}: row sums, relative", (np.abs(dual.sum(1)) / sizes).max(), 4 * dual.shape[1] * UNIT
    yield f"{name}: largest entry off the supports", dual[~support].max(), 0


def dual_figures(H, support, dual):
    """Σ(−β_off), ‖Σ_j β_j h_jᵀ‖, and what rounding can have made of each."""
    total, terms = -dual[~support].sum(), 4 * (sum(dual.shape) + 4) * UNIT
    return total, np.linalg.norm(dual.T @ H), terms * total, terms * np.linalg.norm(np.abs(dual).T @ np.abs(H))


def check_dual(H, support, dual, claimed):
    yield from check_multipliers("dual", support, dual)
    total, norm, total_error, norm_error = dual_figures(H, support, dual)
    lower, upper, gap = claimed["lowerBound"], claimed["upperBound"], claimed["relativeGap"]
    proved, error = 2 * total - norm**2, 2 * total_error + 2 * norm * norm_error
    yield "bounds: lower² less twice the dual value", lower**2 - proved, error
    yield "bounds: lower less upper", lower - upper, 0
    yield "bounds: relative gap, over the claim by", 1 - proved / upper**2 - gap, error / upper**2
    yield "bounds: cosine of the angle, off by", abs(np.cos(claimed["angleBoundRadians"]) - np.sqrt(1 - gap)), 8 * UNIT


def check_ray(H, support, ray, claimed):
    yield from check_multipliers("ray", support, ray)
    total, rho, total_error, rho_error = dual_figures(H, support, ray)
    yield "ray: total, off 1 by", abs(total - 1), total_error
    yield "ray: ρ over 1 / lower bound", rho - 1 / claimed["lowerBound"], rho_error


def facts(problem, arrays, result):
    H, offsets = problem["embeddings"].astype(float), problem["offsets"]
    log_p = np.zeros((len(H), int(problem["vocabulary"])))
    support = np.zeros(log_p.shape, bool)
    for j, (start, end) in enumerate(zip(offsets[:-1], offsets[1:])):
        support[j, problem["tokens"][start:end]] = True
        log_p[j, problem["tokens"][start:end]] = np.log(problem["probabilities"][start:end])
    # JSON has no infinity: a bound that is not known is null
    margin = {key: np.inf if value is None else value for key, value in result["margin"].items()}
    finite, residual = arrays["log_odds_decoder"], arrays["log_odds_residual"]
    yield from check_log_odds(H, support, log_p, finite, float(residual), result["compatibility"])
    if "max_margin_decoder" in arrays:
        yield from check_decoder(H, support, arrays["max_margin_decoder"], margin)
    if "max_margin_dual" in arrays:
        yield from check_dual(H, support, arrays["max_margin_dual"], margin)
    if "nonseparable_certificate" in arrays:
        yield from check_ray(H, support, arrays["nonseparable_certificate"], margin)


def main(problem_file, arrays_file):
    result = json.loads(pathlib.Path(arrays_file).with_name("result.json").read_text())
    holds = True
    for name, value, allowed in facts(np.load(problem_file), np.load(arrays_file), result):
        verdict = "ok" if value <= allowed else "FAILS"  # NaN fails
        holds &= verdict == "ok"
        print(f"{verdict:5}  {name} {value:.2g} (allowed {allowed:.2g})")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
