import type { Reading } from "../plane/choice.ts";
import type { Scene, Target } from "../plane/scene.ts";
import { TEXT_SIZE } from "../plane/shapes.ts";
import { announce } from "./announcer.ts";
import { make, onThemeChange, setText } from "./dom.ts";
import { paint } from "./plane-colors.ts";

type Place = readonly [x: number, y: number];

/** What a surface asks about the picture, and tells it. */
export interface PlaneOwner {
  /** Undefined while there is nothing to draw. */
  draw(width: number, reading: Reading | undefined, widthOf: (text: string) => number): Scene | undefined;
  describe(reading: Reading): string;
  /** A word's label was chosen. */
  chooseBorder(word: number): void;
  /** Of a context, as it is drawn. */
  placeOf(context: number): Place;
  canMove(): boolean;
  /** The size of h at the edge of the picture. */
  bound(): number;
  /** Draws a context elsewhere, or where it belongs. */
  move(context: number, place: Place | undefined): void;
  drop(context: number, place: Place): void;
}

/** A context in the hand. */
interface Held {
  readonly at: number;
  place: Place;
  readonly isByKeys: boolean;
  isMoved: boolean;
}

const MOVES: Readonly<Record<string, Place>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};
/** Of the half-width, at least: a key moves a context by the next of 1, 2 and 5 times a power of ten. */
const LEAST_MOVE = 0.02;
/** Pixels around a mark that are meant for it; a finger needs more. */
const REACH = { mouse: 8, touch: 18 } as const;
/** Pixels that a pointer may tremble without dragging. */
const TREMBLE = 3;

/** The drawing, which mouse, touch and keys read out, and whose contexts they move. */
export class PlaneSurface {
  readonly #owner: PlaneOwner;
  readonly #canvas = make("canvas", { "aria-hidden": "true" });
  readonly #surface = make("div", { class: "plane-surface", role: "application", tabindex: "0" });
  readonly #readout: HTMLElement;
  readonly #measured = new Map<string, number>();
  #scene: Scene | undefined;
  #reading: Reading | undefined;
  #held: Held | undefined;
  #pressed: { readonly x: number; readonly y: number } | undefined;
  #width = 0;

  /** Appends itself to the figure, but not the line in which it reads out. */
  constructor(figure: HTMLElement, readout: HTMLElement, owner: PlaneOwner) {
    this.#owner = owner;
    this.#readout = readout;
    this.#surface.setAttribute("aria-roledescription", "picture of vectors");
    this.#surface.append(this.#canvas);
    figure.append(this.#surface);
    this.#surface.addEventListener("pointermove", (event) => this.#point(event));
    this.#surface.addEventListener("pointerdown", (event) => this.#press(event));
    this.#surface.addEventListener("pointerup", (event) => this.#release(event));
    this.#surface.addEventListener("pointercancel", () => this.#putBack());
    this.#surface.addEventListener("pointerleave", ({ pointerType }) => {
      if (pointerType !== "touch" && !this.#held) this.#read(undefined);
    });
    // a finger on a context drags it, elsewhere it scrolls the page
    this.#surface.addEventListener("touchstart", (event) => this.#touch(event), { passive: false });
    this.#surface.addEventListener("keydown", (event) => this.#key(event));
    this.#surface.addEventListener("blur", () => {
      this.#putBack();
      this.#read(undefined);
    });
    new ResizeObserver(() => {
      if (figure.clientWidth === this.#width) return;
      this.#width = figure.clientWidth;
      this.#draw();
    }).observe(figure);
    onThemeChange(this.#surface, () => this.#draw());
    this.#say();
  }

  /** Draws what the picture has become, and reads anew what is read. */
  update(label: string): void {
    const moves = this.#owner.canMove() ? ", Enter picks up a context" : "";
    this.#surface.setAttribute("aria-label", `${label}; the arrow keys read them out${moves}`);
    this.#draw();
    const isThere = this.#reading && this.#targetOf(this.#reading);
    if (this.#scene && this.#reading && !isThere) this.#reading = undefined;
    this.#say();
  }

  #draw(): void {
    if (this.#width === 0) return;
    this.#scene = this.#owner.draw(this.#width, this.#reading, (text) => this.#widthOf(text));
    if (this.#scene) paint(this.#canvas, this.#scene);
  }

  #widthOf(text: string): number {
    const known = this.#measured.get(text);
    if (known !== undefined) return known;
    const context = this.#canvas.getContext("2d")!;
    context.font = `600 ${TEXT_SIZE}px ${getComputedStyle(this.#canvas).fontFamily}`;
    const { width } = context.measureText(text);
    this.#measured.set(text, width);
    return width;
  }

  #targetOf(reading: Reading): Target | undefined {
    return this.#scene?.targets.find(({ kind, at }) => kind === reading.kind && at === reading.at);
  }

  #read(reading: Reading | undefined): void {
    if (reading?.kind === this.#reading?.kind && reading?.at === this.#reading?.at) return;
    this.#reading = reading;
    this.#draw();
    this.#say();
  }

  #say(): void {
    const idle = "Point at a context or a word, or use the arrow keys, to read it.";
    setText(this.#readout, this.#reading ? this.#owner.describe(this.#reading) : idle);
  }

  /** What is under a pointer: the nearest mark within its reach, else the word whose label it is on. */
  #under(event: PointerEvent): { readonly x: number; readonly y: number; readonly reading: Reading | undefined } {
    const box = this.#canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const reach = event.pointerType === "touch" ? REACH.touch : REACH.mouse;
    const far = (target: Target): number => Math.hypot(target.x - x, target.y - y) - target.radius;
    const near = (this.#scene?.targets ?? [])
      .filter((target) => far(target) <= reach)
      .sort((a, b) => far(a) - far(b))[0];
    const label = this.#labelAt(x, y);
    return { x, y, reading: near ?? (label === undefined ? undefined : { kind: "word", at: label }) };
  }

  #labelAt(x: number, y: number): number | undefined {
    return this.#scene?.wordLabels.find(
      ({ left, right, top, bottom }) => x >= left && x <= right && y >= top && y <= bottom,
    )?.at;
  }

  #point(event: PointerEvent): void {
    const { x, y, reading } = this.#under(event);
    if (this.#held && !this.#held.isByKeys && this.#pressed) {
      if (!this.#held.isMoved && Math.hypot(x - this.#pressed.x, y - this.#pressed.y) < TREMBLE) return;
      this.#carry(this.#placeAt(x, y));
      return;
    }
    if (this.#held) return;
    this.#surface.classList.toggle("is-over-context", reading?.kind === "context" && this.#owner.canMove());
    this.#surface.classList.toggle("is-over-word", reading?.kind === "word");
    this.#read(reading);
  }

  #press(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.#putBack();
    const { x, y, reading } = this.#under(event);
    this.#read(reading);
    this.#pressed = { x, y };
    if (reading?.kind !== "context" || !this.#owner.canMove()) return;
    this.#surface.setPointerCapture(event.pointerId);
    this.#held = { at: reading.at, place: this.#owner.placeOf(reading.at), isByKeys: false, isMoved: false };
    this.#surface.classList.add("is-dragging");
  }

  /** A finger that stops a page that is still scrolling takes up nothing. */
  #touch(event: TouchEvent): void {
    if (!event.cancelable) {
      this.#putBack();
      this.#pressed = undefined;
    } else if (this.#held) event.preventDefault();
  }

  #release(event: PointerEvent): void {
    if (this.#held && !this.#held.isByKeys) this.#drop();
    else if (this.#pressed) {
      const { reading } = this.#under(event);
      if (reading?.kind === "word") this.#owner.chooseBorder(reading.at);
    }
    this.#pressed = undefined;
  }

  /** h of a place in the picture, which it stays within. */
  #placeAt(x: number, y: number): Place {
    const { originX, originY, contextScale } = this.#scene!.frame;
    return this.#within([(x - originX) / contextScale, (originY - y) / contextScale]);
  }

  #within([x, y]: Place): Place {
    const most = 0.96 * this.#owner.bound();
    const clamp = (value: number): number => Math.min(Math.max(value, -most), most);
    return [clamp(x), clamp(y)];
  }

  #carry(place: Place): void {
    this.#held!.place = place;
    this.#held!.isMoved = true;
    this.#owner.move(this.#held!.at, place);
  }

  #drop(): void {
    const { at, place, isMoved } = this.#held!;
    this.#let();
    if (isMoved) this.#owner.drop(at, place);
  }

  #putBack(): void {
    if (!this.#held) return;
    const { at, isMoved } = this.#held;
    this.#let();
    if (isMoved) this.#owner.move(at, undefined);
  }

  #let(): void {
    this.#held = undefined;
    this.#surface.classList.remove("is-dragging");
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const said = this.#held?.isByKeys ? this.#keyWhileHeld(event.key) : this.#keyWhileReading(event.key);
    if (said === undefined) return;
    event.preventDefault();
    announce(said);
  }

  /** What is to be said; undefined for a key that means nothing here. */
  #keyWhileReading(key: string): string | undefined {
    const targets = this.#scene?.targets ?? [];
    if (targets.length === 0) return undefined;
    const now = targets.findIndex(({ kind, at }) => kind === this.#reading?.kind && at === this.#reading.at);
    if (key === "Enter") {
      if (this.#reading?.kind === "word") {
        this.#owner.chooseBorder(this.#reading.at);
        return this.#readout.textContent;
      }
      if (this.#reading?.kind !== "context" || !this.#owner.canMove()) return undefined;
      const { at } = this.#reading;
      this.#held = { at, place: this.#owner.placeOf(at), isByKeys: true, isMoved: false };
      return "Picked up: the arrow keys move it, Enter drops it, Escape puts it back.";
    }
    const last = targets.length - 1;
    const next: Readonly<Record<string, number>> = {
      ArrowRight: Math.min(now + 1, last),
      ArrowDown: Math.min(now + 1, last),
      ArrowLeft: Math.max(now - 1, 0),
      ArrowUp: Math.max(now - 1, 0),
      Home: 0,
      End: last,
    };
    const to = next[key];
    if (to === undefined) return undefined;
    this.#read({ kind: targets[to]!.kind, at: targets[to]!.at });
    return this.#readout.textContent;
  }

  #keyWhileHeld(key: string): string | undefined {
    const move = MOVES[key];
    if (move) {
      const step = niceStep(LEAST_MOVE * this.#owner.bound());
      const [x, y] = this.#held!.place;
      this.#carry(this.#within([x + step * move[0], y + step * move[1]]));
      return this.#readout.textContent;
    }
    if (key !== "Enter" && key !== "Escape") return undefined;
    if (key === "Enter") this.#drop();
    else this.#putBack();
    return `${key === "Enter" ? "Dropped" : "Put back"}: ${this.#readout.textContent}`;
  }
}

/** The least of 1, 2 and 5 times a power of ten that is not smaller. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= least)!;
}
