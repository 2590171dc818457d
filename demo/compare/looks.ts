import type { Marker } from "../charts.ts";
import type { LineLook } from "../views/markers.ts";
import { MOST_KEPT } from "./kept-runs.ts";

const COLORS = ["--line-1", "--line-2", "--line-3", "--line-4"];
const DASHES = [[], [7, 4], [2, 3], [9, 3, 2, 3]] as const;
const MARKERS: readonly Marker[] = ["circle", "square", "triangle", "diamond"];

/** No two have the same dashes and the same markers, so that they are told apart without colours. */
const keptLook = (slot: number): LineLook => {
  const round = Math.floor(slot / 4);
  return {
    color: COLORS[slot % 4]!,
    dash: DASHES[(slot + round) % 4]!,
    marker: MARKERS[(slot + 2 * round) % 4]!,
    width: 1.75,
  };
};

/** By place, from below: the run before, the kept ones by slot, the one under way. */
export const LOOKS: readonly LineLook[] = [
  { color: "--ink-3", dash: [], width: 1.5 },
  ...Array.from({ length: MOST_KEPT }, (_, slot) => keptLook(slot)),
  { color: "--ink", dash: [], width: 3.5 },
];

export const LAST_PLACE = 0;
export const placeOfSlot = (slot: number): number => 1 + slot;
export const CURRENT_PLACE: number = LOOKS.length - 1;
