"""Confirms the claims of a run with NumPy alone: python check_certificates.py PROBLEM.npz arrays.npz (result.json beside it)."""
import json, pathlib, sys
import numpy as np

problem, arrays = map(np.load, sys.argv[1:])
result = json.loads(pathlib.Path(sys.argv[2]).with_name("result.json").read_text())
H, claim = problem["embeddings"].astype(float), {k: np.inf if v is None else v for k, v in result.get("margin", {}).items()}
p = np.zeros((len(H), int(problem["vocabulary"])))
for row, start, end in zip(p, problem["offsets"][:-1], problem["offsets"][1:]):
    row[problem["tokens"][start:end]] = problem["probabilities"][start:end]
before = p > 0  # L_mm is of the problem before it was smoothed
p = (1 - result["smoothing"]) * p + result["smoothing"] / p.shape[1] if "smoothing" in result else p
S, facts = p > 0, []  # a fact: what is claimed to be zero or less, its value, and what rounding can have made of it
centre = lambda L: np.where(S, L - np.where(S, L, 0).sum(1, keepdims=True) / S.sum(1, keepdims=True), 0)

W, b = arrays["log_odds_decoder"], centre(np.log(np.where(S, p, 1)))
rounding = 1e-14 * np.linalg.norm(np.where(S, np.abs(H) @ np.abs(W).T + np.abs(b) + 1, 0))
missing = np.linalg.norm(b - centre(H @ W.T)) - arrays["log_odds_residual"] * np.linalg.norm(b)
facts.append(("log-odds missed by as much as claimed", abs(missing), rounding))
given = problem["probabilities"].dtype
if given.kind == "f":  # what the type of the probabilities rounds of their logarithms; centring at most doubles a norm
    share = float(np.finfo(given).eps) / 2 * (1 + float(np.finfo(given).tiny) / np.where(S, p, 1))
    rounding += 2 * np.linalg.norm(np.where(S, np.log1p(-np.minimum(share, 0.5)), 0))
facts.append((f"status {result['compatibility']['status']}: residual", arrays["log_odds_residual"] * np.linalg.norm(b)
              if result["compatibility"]["status"] == "compatible" else 0, rounding))
if "max_margin_decoder" in arrays:
    W, dual = arrays["max_margin_decoder"], arrays["max_margin_dual"]
    L, total, ascent = H @ W.T, -dual[~S].sum(), np.linalg.norm(dual.T @ H)
    facts += [("in-support logits differ by", np.abs(centre(L)).max(), 1e-6),
              ("margins fall short of 1 by", 1 - (np.where(S, L, np.inf).min(1, keepdims=True) - L)[~S].min(), 2e-6),
              ("‖W‖ over the upper bound", np.linalg.norm(W) / claim["upperBound"] - 1, 1e-13),
              ("lower bound² over twice the dual value", claim["lowerBound"] ** 2 / (2 * total - ascent**2) - 1, 1e-12),
              ("gap over the claim", 1 - (2 * total - ascent**2) / claim["upperBound"] ** 2 - claim["relativeGap"], 1e-12)]
elif "nonseparable_certificate" in arrays:
    dual = arrays["nonseparable_certificate"]
    rho, sizes = np.linalg.norm(dual.T @ H) / -dual[~S].sum(), np.abs(dual).T @ np.abs(H)
    facts.append(("ρ over 1 / lower bound", rho - 1 / claim["lowerBound"], 1e-14 * sizes.sum()))
if "max_margin_decoder" in arrays or "nonseparable_certificate" in arrays:
    facts += [("rows of the dual sum to zero, relative", np.abs(dual.sum(1)).max() / np.abs(dual).max(), 1e-13),
              ("dual above zero off the supports", dual[~S].max(), 0)]
left = arrays["left_behind"] > 0 if "left_behind" in arrays else np.zeros_like(S)  # CE has a minimiser where it is empty
if "held_back_multipliers" in arrays:  # Gordan's alternative: no direction of recession leaves a word with a multiplier behind
    dual = arrays["held_back_multipliers"]
    facts += [("multipliers times embeddings sum to", np.linalg.norm(dual.T @ H), 1e-14 * (np.abs(dual).T @ np.abs(H)).sum()),
              ("rows of the multipliers sum to", np.abs(dual.sum(1)).max(), 1e-14 * np.abs(dual).sum(1).max()),
              ("largest multiplier of a word held back", dual[~S & ~left].max(initial=-np.inf), -1e-14 * np.abs(dual).max()),
              ("multipliers of words left behind", np.abs(dual[left]).max(initial=0), 0)]
if "recession_direction" in arrays:  # along it the loss never rises, and falls for ever
    D = arrays["recession_direction"]
    drop, rounding = (np.where(S, H @ D.T, -np.inf).max(1, keepdims=True) - H @ D.T), 1e-14 * (np.abs(H) @ np.abs(D).T).max()
    facts += [("logits that have to be equal differ by", np.abs(drop[~left]).max(), rounding),
              ("words left behind lead by", -drop[left].min(), -rounding)]
if "nuclear_logits" in arrays:  # every L that meets the constraints has ‖L‖_* ≥ ⟨Y, L⟩ ≥ Σ(−Y off the supports), for ‖Y‖ ≤ 1
    S, L, Y = before, arrays["nuclear_logits"], arrays["nuclear_certificate"]
    facts += [("nuclear: in-support logits differ by", np.abs(centre(L)).max(), 1e-13),
              ("nuclear: margins fall short of 1 by", 1 - (np.where(S, L, np.inf).min(1, keepdims=True) - L)[~S].min(), 1e-13),
              ("nuclear norm over the value", np.linalg.norm(L, "nuc") / arrays["nuclear_value"] - 1, 1e-12),
              ("spectral norm of the certificate over 1", np.linalg.norm(Y, 2) - 1, 1e-12),
              ("rows of the certificate sum to", np.abs(Y.sum(1)).max(), 1e-13), ("certificate above zero off the supports", Y[~S].max(), 0),
              ("nuclear_dual over what the certificate proves", arrays["nuclear_dual"] / -Y[~S].sum() - 1, 1e-12)]
for name, value, allowed in facts:
    print(f"{'ok' if value <= allowed else 'FAILS':5}  {name}: {value:.2g} (at most {allowed:.1g})")
sys.exit(not all(value <= allowed for _, value, allowed in facts))
