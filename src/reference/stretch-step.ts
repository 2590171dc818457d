/** moving[v] ← decay moving[v] − η Σ_j R[v, j] h_j: the map of `off-span-step` without its halves. */
export { offSpanStep as stretchStep } from "./off-span-step.ts";
