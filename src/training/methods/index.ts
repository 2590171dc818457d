import { adam } from "./adam.ts";
import { gradientDescent } from "./gradient-descent.ts";
import { maxSteepest } from "./max-steepest.ts";
import { momentum } from "./momentum.ts";
import { muon } from "./muon.ts";
import { normalised } from "./normalised.ts";
import { sign } from "./sign.ts";
import { signedMomentum } from "./signed-momentum.ts";
import { spectralSteepest } from "./spectral-steepest.ts";
import { spectral } from "./spectral.ts";

/** The optimisers of `train`, gradient descent and what is run beside it. */
export const METHODS = {
  "gradient-descent": gradientDescent,
  normalised,
  momentum,
  adam,
  sign,
  "signed-momentum": signedMomentum,
  "max-steepest": maxSteepest,
  spectral,
  "spectral-steepest": spectralSteepest,
  muon,
} as const;
