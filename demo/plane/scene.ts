import { bordersIn } from "./border-shapes.ts";
import { isFirstOfSupport, textBeside, type PlaneGround, type Vectors } from "./content.ts";
import type { Reading, SceneChoice } from "./choice.ts";
import { EDGE, ghostFactor, type Frame } from "./frame.ts";
import { around, LINE_HEIGHT, placeLabels, type Box, type Label } from "./labels.ts";
import { legendOf, insetOf } from "./legend.ts";
import { arrow, dashedRing, disc, ghost, polyline, slice, type PathShape, type Shape } from "./shapes.ts";

/** Where a thing is, and within how many pixels it is meant. */
export interface Target extends Reading {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

export interface Scene {
  readonly frame: Frame;
  readonly width: number;
  readonly height: number;
  readonly shapes: readonly Shape[];
  readonly targets: readonly Target[];
  /** Boxes of words' labels, which choose the word whose borders are drawn. */
  readonly wordLabels: readonly (Box & { readonly at: number })[];
}

const LEAST_RADIUS = 3.5;
/** More words than this are named only where they are this part of the longest: near the origin they would cover each other. */
const MOST_NAMED_WORDS = 12;
const LEAST_NAMED = 0.4;
/** A shorter arrow has its label at its ghost. */
const SHORT = 8;

export function sceneOf(choice: SceneChoice): Scene {
  const { ground, shown, frame, reading } = choice;
  const contexts = contextTargets(ground, frame);
  const words = wordTargets(choice);
  const discs = contexts.map(({ x, y, radius }) => around({ x, y }, 2 * radius + 2, 2 * radius + 2));
  const shafts = words.flatMap(({ x, y, at }) => shaft(frame, x, y, at));
  const borders = bordersIn(choice);
  const texts: Text[] = [
    ...named(words, frame).map((target) => {
      const { label, color } = ground.words[target.at]!;
      return { label: wordLabelOf(choice, target, label), fill: color, word: target.at };
    }),
    ...contexts.flatMap((target) => {
      const text = textBeside(ground, target.at);
      return text === undefined ? [] : [{ label: contextLabelOf(frame, target, text), fill: "--ink" }];
    }),
    ...borders.labels.map((label) => ({ label, fill: "--ink-2" })),
  ];
  const places = placeLabels(
    texts.map(({ label }) => label),
    inset(frame.main, 3),
    [...discs, ...shafts, ...ghostTips(choice)],
    choice.widthOf,
  );
  const marked = [...contexts, ...words].find(({ kind, at }) => kind === reading?.kind && at === reading.at);
  return {
    ...{ frame, width: frame.width, height: frame.height },
    shapes: [
      ...borders.shapes,
      ...axes(frame),
      ...vectorShapes(choice),
      ...meetingRings(choice, contexts),
      ...contexts.flatMap((target) => pie(ground, target)),
      ...(marked ? [ring(marked)] : []),
      ...texts.map(({ label: { text }, fill, word }, i) => ({
        ...{ text, fill, ...places[i]!, anchor: "middle" as const, isBold: word !== undefined },
      })),
      ...insetOf(ground, shown.finite, frame.inset, choice.widthOf),
      ...legendOf(choice),
    ],
    targets: [...contexts, ...words],
    wordLabels: texts.flatMap(({ label: { text }, word }, i) =>
      word === undefined ? [] : [{ ...around(places[i]!, choice.widthOf(text) + 8, LINE_HEIGHT + 10), at: word }],
    ),
  };
}

/** Those words that have labels; the others can be read out. */
function named(words: readonly Target[], frame: Frame): readonly Target[] {
  if (words.length <= MOST_NAMED_WORDS || frame.lane > 0) return words;
  const lengths = words.map(({ x, y }) => Math.hypot(x - frame.originX, y - frame.originY));
  return words.filter((_, i) => lengths[i]! >= LEAST_NAMED * Math.max(...lengths));
}

interface Text {
  readonly label: Label;
  readonly fill: string;
  /** Whose label it is, among the words that are drawn. */
  readonly word?: number;
}

function contextTargets({ contexts, places }: PlaneGround, frame: Frame): Target[] {
  const half = (frame.main.right - frame.main.left) / 2;
  const largest = Math.min(15, Math.max(9.5, 0.052 * half)) / (1 + contexts.length / 40);
  return contexts.map(({ size }, at) => {
    const [x, y] = contextPlace(frame, places, at);
    return { kind: "context", at, radius: Math.max(LEAST_RADIUS, largest * size), x, y };
  });
}

const contextPlace = ({ originX, originY, contextScale }: Frame, pairs: Float64Array, at: number): [number, number] => [
  originX + contextScale * pairs[2 * at]!,
  originY - contextScale * pairs[2 * at + 1]!,
];

/** Tips of the words' arrows, or of their ghosts where the decoder has no length yet. */
function wordTargets({ ground, shown, frame }: SceneChoice): Target[] {
  const { decoder, margin } = shown;
  const factor = ghostFactor(shown);
  return ground.words.flatMap((_, at) => {
    const tip = decoder && tipOf(frame, decoder, at, 1);
    const far = margin && tipOf(frame, margin, at, factor);
    const [startX, startY] = startOf(frame, at);
    const isLong = (point: readonly [number, number]): boolean =>
      Math.hypot(point[0] - startX, point[1] - startY) >= SHORT;
    const found = tip && (isLong(tip) || !far) ? tip : (far ?? tip);
    return found ? [{ kind: "word" as const, at, x: found[0], y: found[1], radius: 5 }] : [];
  });
}

const startOf = ({ originX, originY, lane, laneTop }: Frame, at: number): [number, number] => [
  originX,
  originY + laneTop + lane * at,
];

function tipOf(frame: Frame, { pairs }: Vectors, at: number, factor: number): [number, number] {
  const [x, y] = startOf(frame, at);
  const scale = factor * frame.wordScale;
  return [x + scale * pairs[2 * at]!, y - scale * pairs[2 * at + 1]!];
}

/** Beyond the tip; on a line beyond the ghost as well, where it points to the same side. */
function wordLabelOf({ shown, frame }: SceneChoice, { at, x, y }: Target, text: string): Label {
  const [startX, startY] = startOf(frame, at);
  const ghostX = shown.margin ? tipOf(frame, shown.margin, at, ghostFactor(shown))[0] : x;
  const isBeyond = frame.lane > 0 && (ghostX - x) * (x - startX) > 0;
  return { text, x: isBeyond ? ghostX : x, y, clearance: 5, angle: Math.atan2(y - startY, x - startX) };
}

/** Away from the origin; those of a line above it. */
function contextLabelOf({ originX, originY, lane }: Frame, { x, y, radius }: Target, text: string): Label {
  const angle = lane > 0 ? -Math.PI / 2 : Math.atan2(y - originY, x - originX);
  return { text, x, y, clearance: radius + 4, angle };
}

/** Boxes along an arrow, which labels keep off. */
function shaft(frame: Frame, x: number, y: number, at: number): Box[] {
  const [startX, startY] = startOf(frame, at);
  const count = Math.floor(Math.hypot(x - startX, y - startY) / 10);
  return Array.from({ length: count }, (_, i) => {
    const part = (i + 1) / count;
    return around({ x: startX + part * (x - startX), y: startY + part * (y - startY) }, 5, 5);
  });
}

/** What labels keep off as well: a ghost that is hidden says nothing. */
function ghostTips({ ground, shown: { decoder, margin }, shown, frame }: SceneChoice): Box[] {
  if (!decoder || !margin) return [];
  return ground.words.map((_, at) => {
    const [x, y] = tipOf(frame, margin, at, ghostFactor(shown));
    return around({ x, y }, 10, 10);
  });
}

function axes({ main, originX, originY, lane }: Frame): PathShape[] {
  const style = { stroke: "--rule", width: 1 };
  const box = inset(main, EDGE);
  const across = polyline([
    [box.left, originY],
    [box.right, originY],
  ]);
  const down = polyline([
    [originX, lane > 0 ? originY - 7 : box.top],
    [originX, box.bottom],
  ]);
  return [
    { path: across, ...style },
    { path: down, ...style },
  ];
}

function vectorShapes({ ground, shown, frame }: SceneChoice): PathShape[] {
  const { decoder, margin } = shown;
  const factor = ghostFactor(shown);
  const from = (at: number): [number, number] => startOf(frame, at);
  const ghosts = ground.words.flatMap(({ color }, at) =>
    margin ? ghost({ from: from(at), to: tipOf(frame, margin, at, factor) }, color) : [],
  );
  const arrows = ground.words.flatMap(({ color }, at) =>
    decoder ? arrow({ from: from(at), to: tipOf(frame, decoder, at, 1) }, color, 2) : [],
  );
  return [...ghosts, ...arrows];
}

/** Where theory says that contexts are to be, once for each support. */
function meetingRings({ ground, shown: { meeting }, frame }: SceneChoice, contexts: readonly Target[]): PathShape[] {
  if (!meeting) return [];
  const first = contexts.filter(({ at }) => isFirstOfSupport(ground.contexts, at));
  return first.map(({ at, radius }) => dashedRing(...contextPlace(frame, meeting, at), radius + 4));
}

/** A context: a disc of its next words in their colours. */
function pie({ contexts, words }: PlaneGround, { at, x, y, radius }: Target): PathShape[] {
  const colors = new Map(words.map(({ index, color }) => [index, color]));
  let before = 0;
  const slices = contexts[at]!.next.map(({ word, probability }) => {
    const from = before;
    before += probability;
    return { path: slice(x, y, radius, from, before), fill: colors.get(word) ?? "--bar", stroke: "--paper", width: 1 };
  });
  return [{ path: disc(x, y, radius + 2), fill: "--paper" }, ...slices, outline(x, y, radius + 0.5)];
}

const outline = (x: number, y: number, radius: number): PathShape => ({
  path: disc(x, y, radius),
  stroke: "--ink-2",
  width: 1,
});

const ring = ({ x, y, radius }: Target): PathShape => ({
  path: disc(x, y, radius + 5),
  stroke: "--accent",
  width: 2,
});

const inset = ({ left, top, right, bottom }: Box, by: number): Box => ({
  left: left + by,
  top: top + by,
  right: right - by,
  bottom: bottom - by,
});
