import type { PlaneGround, Vectors, WholeVectors } from "./content.ts";
import { longestOf } from "./content.ts";
import type { Box } from "./labels.ts";

/** Where things are, in CSS pixels. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly main: Box;
  /** Pixels where both axes are 0. */
  readonly originX: number;
  readonly originY: number;
  /** Pixels for a length of 1: of h, and of w. */
  readonly contextScale: number;
  readonly wordScale: number;
  /** The panel of W*; undefined where it is not known. */
  readonly inset: Box | undefined;
  readonly legend: { readonly x: number; readonly y: number };
  /** Pixels between the words of a line, which are below each other; 0 in a plane. */
  readonly lane: number;
  /** Pixels between the contexts of a line and the first word. */
  readonly laneTop: number;
}

/** From here on the legend stands beside the picture, else below it. */
const WIDE = 520;
const SIDE = 152;
const GAP = 18;
const LARGEST_MAIN = 560;
/** Pixels that axes and borders end before the picture does. */
export const EDGE = 10;
/** Of the half-width: the longest word's arrow, and the farthest context when it is drawn first. */
const LONGEST_WORD = 0.8;
/** Of a line, whose labels stand beside the tips. */
const LONGEST_ON_LINE = 0.6;
const FARTHEST = 0.56;
/** Within these parts of the half-width the scale of the contexts stays what it was. */
const KEPT = [0.3, 0.94] as const;
/** Ghosts may be longer than words of the same norm; they stay inside. */
const LONGEST_GHOST = 0.96;
const LANE = 19;

/** The size of h that is at the edge of the picture, from the longest that is drawn; the one before where that still fits it. */
export function contextBound(longest: number, before: number | undefined): number {
  if (before !== undefined && longest >= KEPT[0] * before && longest <= KEPT[1] * before) return before;
  return (longest || 1) / FARTHEST;
}

/** What moves while a decoder is trained, and what it is held against. */
export interface Shown {
  readonly decoder: WholeVectors | undefined;
  /** W_mm, or what L_mm has of words. */
  readonly margin: Vectors | WholeVectors | undefined;
  readonly finite: WholeVectors | undefined;
  /** Where theory says that trained contexts of one support meet, beside those that are drawn, at ‖H‖. */
  readonly meeting?: Float64Array | undefined;
}

/** The longest h that is drawn. */
export const reachOf = ({ places }: PlaneGround, { meeting }: Shown): number =>
  Math.max(longestOf(places), meeting ? longestOf(meeting) : 0);

/** What W_mm is multiplied by to have the norm of W; 1 where there is no W, or one of zeros. */
export const ghostFactor = ({ decoder, margin }: Shown): number =>
  decoder && margin && decoder.norm > 0 && margin.norm > 0 ? decoder.norm / margin.norm : 1;

export function frameOf(width: number, ground: PlaneGround, shown: Shown, bound: number): Frame {
  const isWide = width >= WIDE;
  const isLine = ground.projection.dimension === 1;
  const side = Math.min(isWide ? width - SIDE - GAP : width, LARGEST_MAIN);
  const left = Math.round((width - (isWide ? side + GAP + SIDE : side)) / 2);
  const lanes = isLine ? 92 + LANE * ground.words.length : side;
  const half = side / 2;
  const isSmall = !isWide || isLine;
  const panel = isSmall ? 96 : SIDE - 12;
  const below = { x: left + 8, y: lanes + 12 };
  const beside = { x: left + side + GAP, y: 14 };
  const corner = isWide ? { x: beside.x, y: isLine ? 150 : lanes - panel - 8 } : below;
  const inset = shown.finite && {
    ...{ left: corner.x, top: corner.y, right: corner.x + panel, bottom: corner.y + panel },
  };
  const legend = isWide ? beside : { x: left + 8 + (inset ? panel + GAP : 0), y: below.y };
  const bottom = Math.max(inset ? inset.bottom + 8 : 0, isWide ? legend.y + 120 : legend.y + 104);
  const ghosts = (shown.margin?.longest ?? 0) * ghostFactor(shown);
  const words = shown.decoder?.longest ?? 0;
  return {
    width,
    height: Math.ceil(Math.max(lanes, bottom)),
    main: { left, top: 0, right: left + side, bottom: lanes },
    // half a pixel off, so that lines of one pixel fill pixels
    originX: Math.floor(left + half) + 0.5,
    originY: isLine ? 46.5 : Math.floor(half) + 0.5,
    contextScale: half / bound,
    wordScale: isLine
      ? (half * LONGEST_ON_LINE) / (Math.max(words, ghosts) || 1)
      : half * Math.min(LONGEST_WORD / (words || ghosts || 1), LONGEST_GHOST / (ghosts || words || 1)),
    inset,
    legend,
    lane: isLine ? LANE : 0,
    laneTop: isLine ? 44 : 0,
  };
}
