/** moving[v] ← decay moving[v] − η Σ_j R[v, j] h_j: the map of `off-support-step` without its halves. */
export { offSupportStep as segmentStep } from "./off-support-step.ts";
