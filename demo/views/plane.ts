import type { Reading } from "../plane/choice.ts";
import { groundOf, vectorsOf, type DecoderPicture, type PlaneGround } from "../plane/content.ts";
import { describe, notes, summary } from "../plane/descriptions.ts";
import { contextBound, frameOf, reachOf, type Shown } from "../plane/frame.ts";
import type { PlanePicture } from "../plane/picture.ts";
import { sceneOf, type Scene } from "../plane/scene.ts";
import { svgOf } from "../plane/svg.ts";
import { trainedCastOf, trainedContent, type TrainedCast, type TrainedPicture } from "../plane/trained.ts";
import { make, setText } from "./dom.ts";
import { lightColor } from "./plane-colors.ts";
import { PlaneSurface } from "./plane-surface.ts";
import { PlaneTable } from "./plane-table.ts";

export interface PlaneListener {
  /** A context was dragged to another place. */
  onMove?(context: number, h: readonly [number, number]): void;
}

/** What is shown, and what has been made of it. */
interface Known extends Shown {
  readonly picture: PlanePicture;
  readonly ground: PlaneGround;
  /** Of trained embeddings. */
  readonly cast?: TrainedCast;
}

/** Of the picture as a file, in pixels of its text. */
const SVG_WIDTH = 330;
/** Of a letter, in pixels, as the file's fonts have it. */
const LETTER = 6.7;
const NOWHERE = "none";

/**
 * Contexts and words in the plane: h_j as discs of their next words, the rows of the decoder as arrows, those of W_mm as ghosts, and W*
 * beside them. Contexts can be dragged where d = 2. Of trained embeddings both move, and ghosts are those of L_mm.
 */
export class PlaneView {
  readonly #listener: PlaneListener;
  readonly #title = make("span", { class: "chart-title" }, "The plane");
  readonly #note = make("p", { class: "hint" });
  readonly #select = make("select", { id: "plane-border" });
  readonly #readout = make("p", { class: "plane-readout" });
  readonly #surface: PlaneSurface;
  readonly #table: PlaneTable;
  #known: Known | undefined;
  /** The size of h at the edge. */
  #bound: number | undefined;
  /** Where a context is that is being dragged, or was until the page shows its problem. */
  #moved: { readonly at: number; readonly place: readonly [number, number] } | undefined;
  /** Among all words. */
  #border: number | undefined;

  /** Fills the figure. */
  constructor(figure: HTMLElement, listener: PlaneListener = {}) {
    this.#listener = listener;
    figure.classList.add("plane");
    figure.append(
      make(
        "figcaption",
        { class: "plane-caption" },
        this.#title,
        make("label", { for: "plane-border" }, "Border of ", this.#select),
      ),
    );
    this.#surface = new PlaneSurface(figure, this.#readout, {
      draw: (width, reading, widthOf) => this.#scene(width, reading, widthOf),
      describe: (reading) => (this.#known ? describe(this.#drawn(), this.#known, reading) : ""),
      chooseBorder: (at) => this.#chooseBorder(this.#known?.ground.words[at]?.index),
      placeOf: (at) => {
        const { places } = this.#drawn();
        return [places[2 * at]!, places[2 * at + 1]!];
      },
      canMove: () =>
        "onMove" in listener &&
        this.#known?.ground.projection.of === "coordinates" &&
        this.#known.ground.projection.dimension === 2,
      bound: () => this.#bound!,
      move: (at, place) => {
        this.#moved = place && { at, place };
        this.#refresh();
      },
      drop: (at, place) => this.#listener.onMove?.(this.#known!.ground.contexts[at]!.index, place),
    });
    figure.append(this.#readout, this.#note);
    this.#table = new PlaneTable(figure);
    this.#select.addEventListener("change", () =>
      this.#chooseBorder(this.#select.value === NOWHERE ? undefined : Number(this.#select.value), true),
    );
  }

  /** Draws this, as it is: nothing moves between one call and the next. */
  show(picture: PlanePicture): void {
    const before = this.#known;
    const isTrained = "factors" in picture;
    const isNew = picture.problem !== before?.picture.problem || isTrained !== "factors" in before.picture;
    this.#known = isTrained ? trainedKnown(picture, before) : decoderKnown(picture, before);
    const { ground } = this.#known;
    const isOther = isNew && !isLike(ground, before?.ground);
    if (isNew) this.#moved = undefined;
    if (isOther) this.#border = undefined;
    // where contexts grow, their scale does at every step
    this.#bound = contextBound(reachOf(ground, this.#known), isOther || isTrained ? undefined : this.#bound);
    if (isNew) this.#offerBorders(ground);
    this.#select.disabled = !this.#known.decoder;
    setText(this.#title, ground.projection.dimension === 1 ? "The line" : "The plane");
    setText(this.#note, notes(ground, this.#known, !isTrained && picture.decoder !== undefined).join(" "));
    this.#refresh();
  }

  /** The same picture as a file by itself: a column of a paper wide, in the light theme's colours. */
  toSvg(): string {
    const scene = this.#scene(SVG_WIDTH, undefined, (text) => LETTER * text.length);
    const { shapes = [], width = SVG_WIDTH, height = SVG_WIDTH } = scene ?? {};
    const known = this.#known;
    return svgOf(shapes, {
      ...{ width, height, title: this.#title.textContent, colorOf: lightColor },
      description: known ? `${summary(known.ground, known, known.picture.step)}. ${this.#note.textContent}` : "",
    });
  }

  #scene(width: number, reading: Reading | undefined, widthOf: (text: string) => number): Scene | undefined {
    if (!this.#known) return undefined;
    const ground = this.#drawn();
    const border = ground.words.findIndex(({ index }) => index === this.#border);
    return sceneOf({
      ...{ ground, shown: this.#known, reading, widthOf },
      frame: frameOf(width, ground, this.#known, this.#bound!),
      border: border < 0 ? undefined : border,
    });
  }

  /** With the context where it is held. */
  #drawn(): PlaneGround {
    const { ground } = this.#known!;
    if (!this.#moved) return ground;
    const places = ground.places.slice();
    places.set(this.#moved.place, 2 * this.#moved.at);
    return { ...ground, places };
  }

  #refresh(): void {
    const { ground, picture } = this.#known!;
    this.#surface.update(summary(ground, this.#known!, picture.step));
    this.#table.show(this.#drawn(), this.#known!);
  }

  #offerBorders({ words }: PlaneGround): void {
    this.#select.replaceChildren(
      make("option", { value: NOWHERE }, "no word"),
      ...words.map(({ index, name }) => make("option", { value: String(index) }, name)),
    );
    this.#select.value = String(this.#border ?? NOWHERE);
  }

  /** A word that is chosen again by its label is given up. */
  #chooseBorder(word: number | undefined, isSelected = false): void {
    this.#border = word === this.#border && !isSelected ? undefined : word;
    this.#select.value = String(this.#border ?? NOWHERE);
    this.#refresh();
  }
}

/** Of a picture; what a step before it has already made of the same is kept. */
function decoderKnown(picture: DecoderPicture, before: Known | undefined): Known {
  const old = before && "decoder" in before.picture ? before.picture : undefined;
  const isKept = picture.problem === old?.problem && picture.margin === old.margin;
  const ground = isKept ? before!.ground : groundOf(picture.problem, picture.margin);
  return {
    ...{ picture, ground },
    decoder: vectorsOf(ground, picture.decoder),
    margin: isKept ? before!.margin : vectorsOf(ground, picture.margin),
    finite: isKept && picture.finite === old.finite ? before!.finite : vectorsOf(ground, picture.finite),
  };
}

function trainedKnown(picture: TrainedPicture, before: Known | undefined): Known {
  const { problem } = picture;
  const cast = before?.cast?.problem === problem ? before.cast : trainedCastOf(problem);
  return { picture, cast, ...trainedContent(picture, cast) };
}

/** Whether a problem is drawn as the one before, one of whose contexts was moved perhaps: of the same sizes. */
const isLike = (ground: PlaneGround, before: PlaneGround | undefined): boolean =>
  before?.projection.dimension === ground.projection.dimension &&
  before.problem.contextCount === ground.problem.contextCount &&
  before.problem.vocabularySize === ground.problem.vocabularySize;
