import type { PlaneGround } from "./content.ts";
import type { Frame, Shown } from "./frame.ts";

/** Something that can be read out: a context or a word, by its place among those that are drawn. */
export interface Reading {
  readonly kind: "context" | "word";
  readonly at: number;
}

/** What a scene is made of. */
export interface SceneChoice {
  readonly ground: PlaneGround;
  readonly shown: Shown;
  readonly frame: Frame;
  /** The word whose borders are drawn. */
  readonly border?: number | undefined;
  readonly reading?: Reading | undefined;
  /** Of a text, in pixels. */
  readonly widthOf: (text: string) => number;
}
