import { NORMS } from "./norms/norms.ts";
import type { Study } from "./study.ts";
import { THRESHOLD } from "./threshold/threshold.ts";

/** By name. */
export const STUDIES: Readonly<Record<string, Study>> = { threshold: THRESHOLD, norms: NORMS };
