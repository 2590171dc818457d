import { CAPACITY } from "./capacity/capacity.ts";
import { EDGE } from "./edge/edge.ts";
import { EMERGENCE } from "./emergence/emergence.ts";
import { GENERALISATION } from "./generalisation/generalisation.ts";
import { NORMS } from "./norms/norms.ts";
import type { Study } from "./study.ts";
import { THRESHOLD } from "./threshold/threshold.ts";

/** By name. */
export const STUDIES: Readonly<Record<string, Study>> = {
  threshold: THRESHOLD,
  capacity: CAPACITY,
  generalisation: GENERALISATION,
  norms: NORMS,
  edge: EDGE,
  emergence: EMERGENCE,
};
