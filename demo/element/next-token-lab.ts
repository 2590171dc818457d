import { FileError, OptionError, type RunRecord } from "../../src/index.ts";
import { explain, isAbort } from "../explain.ts";
import { pictureOfRun } from "../plane/picture.ts";
import { PRESETS, presetSource } from "../presets.ts";
import { recordOf } from "../record.ts";
import { Runner } from "../run.ts";
import { seenOf, type RunView } from "../run-view.ts";
import { SAMPLE_TEXT } from "../sample-text.ts";
import { fileSource, readMoves, textSource, withMoves, withSmoothing, type Source } from "../sources.ts";
import { KEY_NAMES, type KeyName, type State } from "../state/keys.ts";
import { stateOf } from "../state/link.ts";
import { corpusOf, settingsOf } from "../state/settings.ts";
import { addLiveRegion } from "../views/announcer.ts";
import { Charts } from "../views/charts.ts";
import { make, setText } from "../views/dom.ts";
import { PlaneView } from "../views/plane.ts";
import { ACTION_LABELS, mainAction, statusText } from "../views/run-bar.ts";
import { sharedDevices } from "./shared-devices.ts";
import { elementStyles } from "./styles.ts";

/** What an element can show. */
const PLOTS = ["plane", "curves"] as const;
type Plot = (typeof PLOTS)[number];

/** Of the page that an element has no place for. */
const PAGE_KEYS: readonly KeyName[] = ["view", "lesson"];
const STATE_KEYS: readonly KeyName[] = KEY_NAMES.filter((name) => !PAGE_KEYS.includes(name));

/** Told by an event `ntp-run` whenever its run starts, pauses, ends or fails. */
export interface RunEventDetail {
  readonly phase: "waiting" | "starting" | "running" | "paused" | "ready" | "checking" | "done" | "diverged" | "failed";
  /** Steps taken. */
  readonly step: number;
}

/** Nobody is told when an element in the window is hidden or shown. */
const LOOK_MS = 250;

/** How many there have been, so that the cursors of each are its own. */
let count = 0;

const Base = (globalThis as { HTMLElement?: typeof HTMLElement }).HTMLElement ?? (class {} as typeof HTMLElement);

/**
 * `<next-token-lab>`: a problem of next-token prediction, trained while a reader looks at it. Its attributes are the keys of the laboratory's
 * links (`preset`, `optimizer`, `step-size`, `steps`, `seed`, …); `plots` names what is shown of `plane curves`, by default both, and `src` a
 * file with a problem in place of a preset. All elements of a page share a device. A run starts when its element is seen first, waits
 * while it is out of sight, and ends when it is taken away. Colours are custom properties (`--paper`, `--ink`, `--accent`, `--line-1`, …).
 */
export class NextTokenLab extends Base {
  static readonly observedAttributes: readonly string[] = [...STATE_KEYS, "plots", "src"];

  #made: Made | undefined;
  #isToBegin = false;

  connectedCallback(): void {
    if (this.#made) return;
    this.#made = new Made(this);
    this.#begin();
  }

  disconnectedCallback(): void {
    // one that is only moved goes on
    queueMicrotask(() => {
      if (this.isConnected) return;
      this.#made?.dispose();
      this.#made = undefined;
    });
  }

  attributeChangedCallback(): void {
    this.#begin();
  }

  /** The run so far as the record that the laboratory saves; undefined before there is one. */
  get record(): RunRecord | undefined {
    return this.#made?.record;
  }

  /** Goes on with a run that was paused, or starts it again when it has ended. */
  run(): void {
    this.#made?.run();
  }

  pause(): void {
    this.#made?.pause();
  }

  /** Once for all attributes that change together. */
  #begin(): void {
    if (!this.#made || this.#isToBegin) return;
    this.#isToBegin = true;
    queueMicrotask(() => {
      this.#isToBegin = false;
      this.#made?.begin();
    });
  }
}

/** What an element is while it is in a page. */
class Made {
  readonly #host: NextTokenLab;
  readonly #root: ShadowRoot;
  readonly #button = make("button", { type: "button", class: "primary" }, ACTION_LABELS.run);
  readonly #status = make("span", { class: "status" });
  readonly #progress = make("progress", { max: "1", value: "0", "aria-label": "Steps taken" });
  readonly #headline = make("p", { class: "headline" });
  readonly #figures = make("div", { class: "figures" });
  readonly #alert = make("p", { class: "alert", role: "alert", hidden: "" });
  readonly #adapter = make("p", { class: "adapter" });
  readonly #live = make("p", { class: "visually-hidden", "aria-live": "polite" });
  readonly #plane = make("figure", { "data-figure": "plane", "aria-label": "The plane" });
  readonly #curves = make("div", { class: "charts", "data-figure": "curves" });
  readonly #planeView: PlaneView;
  readonly #charts: Charts;
  readonly #runner: Runner;
  readonly #forgetRegion: () => void;
  readonly #seen: IntersectionObserver;
  #reading = new AbortController();
  #wantsPlane = true;
  #isVisible = false;
  #nextLook: ReturnType<typeof setTimeout> | undefined;
  /** There is a run that is to begin when it is seen. */
  #isDue = false;
  /** The run was paused because nobody sees it. */
  #isWaiting = false;
  #isScheduled = false;
  #isOver = false;
  #phase: RunView["phase"] | undefined;

  constructor(host: NextTokenLab) {
    this.#host = host;
    this.#root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
    this.#root.adoptedStyleSheets = [...elementStyles()];
    this.#figures.append(this.#plane, this.#curves);
    const bar = make("div", { class: "bar", part: "bar" }, this.#button, this.#status);
    this.#root.replaceChildren(
      ...[bar, this.#progress, this.#headline, this.#figures, this.#alert, this.#adapter, this.#live],
    );
    this.#planeView = new PlaneView(this.#plane);
    this.#charts = new Charts(this.#curves, `lab-${++count}`);
    this.#forgetRegion = addLiveRegion(this.#live);
    this.#runner = new Runner(
      {
        onChange: (view) => this.#schedule(view),
        onFailure: (error) => this.#fail(error),
        onCheckpoint: () => undefined,
      },
      sharedDevices(),
    );
    this.#button.addEventListener("click", () => this.#press());
    this.#seen = new IntersectionObserver((entries) => this.#look(entries.at(-1)!.isIntersecting));
    this.#seen.observe(host);
  }

  get record(): RunRecord | undefined {
    const { view } = this.#runner;
    return view && recordOf(view);
  }

  /** Takes up what the attributes say, as soon as it is seen. */
  begin(): void {
    this.#reading.abort();
    this.#isDue = !this.#isVisible;
    if (this.#isVisible) this.#attempt((signal) => this.#start(signal));
  }

  run(): void {
    const action = this.#runner.view && mainAction(this.#runner.view);
    this.#isWaiting = false;
    if (action === "run" || action === "resume") this.#attempt(() => this.#runner.resume());
    else if (action !== "pause") this.begin();
  }

  pause(): void {
    this.#isWaiting = false;
    this.#runner.pause();
  }

  dispose(): void {
    this.#isOver = true;
    this.#reading.abort();
    this.#seen.disconnect();
    clearTimeout(this.#nextLook);
    this.#forgetRegion();
    this.#charts.destroy();
    this.#root.replaceChildren();
    void this.#runner.close();
  }

  #press(): void {
    if (this.#runner.view && mainAction(this.#runner.view) === "pause") this.pause();
    else this.run();
  }

  /** @param isInSight it is in the window; on a slide that is not shown it is not seen there */
  #look(isInSight: boolean): void {
    clearTimeout(this.#nextLook);
    if (isInSight) this.#nextLook = setTimeout(() => this.#look(true), LOOK_MS);
    const isVisible = isInSight && this.#host.checkVisibility({ visibilityProperty: true, opacityProperty: true });
    this.#isVisible = isVisible;
    const { view } = this.#runner;
    if (isVisible && this.#isDue) this.begin();
    else if (isVisible && this.#isWaiting) this.run();
    else if (!isVisible && (view?.phase === "running" || view?.phase === "starting")) {
      this.#runner.pause();
      this.#isWaiting = true;
    }
  }

  async #start(signal: AbortSignal): Promise<void> {
    const given = STATE_KEYS.flatMap((name) => {
      const value = this.#host.getAttribute(name);
      return value === null ? [] : [[name, value]];
    });
    const { state, notes } = stateOf(new URLSearchParams(given).toString());
    this.#say([...notes, ...this.#showPlots()].join(" "));
    const settings = await settingsOf(state);
    const source = await this.#sourceOf(state, signal);
    const loaded = await source.load({ seed: settings.seed, signal, onProgress: () => undefined });
    if (signal.aborted) return;
    this.#isWaiting = false;
    const problem = withSmoothing(withMoves(loaded, readMoves(state.moved)), settings.smoothing);
    await this.#runner.start(problem, settings);
  }

  /** Shows the figures that are asked for. @returns what was asked for and is not there, a sentence each */
  #showPlots(): string[] {
    const wanted = (this.#host.getAttribute("plots") ?? PLOTS.join(" ")).split(/\s+/).filter(Boolean);
    const isPlot = (name: string): name is Plot => (PLOTS as readonly string[]).includes(name);
    this.#wantsPlane = wanted.includes("plane");
    this.#curves.hidden = !wanted.includes("curves");
    return wanted
      .filter((name) => !isPlot(name))
      .map((name) => `plots: expected names of ${PLOTS.join(", ")}, found “${name}”.`);
  }

  async #sourceOf(state: State, signal: AbortSignal): Promise<Source> {
    const src = this.#host.getAttribute("src");
    if (src !== null) {
      const url = new URL(src, this.#host.baseURI);
      const name = url.protocol === "data:" ? "problem" : decodeURIComponent(url.pathname.split("/").at(-1)!) || src;
      const response = await fetch(url, { signal }).catch((error: unknown) => {
        signal.throwIfAborted();
        throw new FileError(name, "the server gave no answer, or does not let this page read it", { cause: error });
      });
      if (!response.ok) throw new FileError(name, `the server answered ${response.status}`);
      return fileSource({ file: new File([await response.blob()], name), corpus: corpusOf(state) });
    }
    if (state.preset === "text") return textSource(state.text || SAMPLE_TEXT, corpusOf(state));
    const preset = PRESETS.find(({ key }) => key === state.preset);
    if (!preset) throw new OptionError("preset", "expected a preset, or a file in src, found neither");
    return presetSource(preset);
  }

  #attempt(action: (signal: AbortSignal) => Promise<void>): void {
    const { signal } = (this.#reading = new AbortController());
    action(signal).catch((error: unknown) => {
      if (!signal.aborted) this.#fail(error);
    });
  }

  #fail(error: unknown): void {
    if (!isAbort(error)) this.#say(explain(error));
  }

  #say(message: string): void {
    setText(this.#alert, message);
    this.#alert.hidden = message === "";
  }

  /** Draws with the next frame, and tells of a new phase at once. */
  #schedule(view: RunView): void {
    if (view.phase !== this.#phase) {
      this.#phase = view.phase;
      const detail: RunEventDetail = { phase: view.phase, step: view.step };
      this.#host.dispatchEvent(new CustomEvent("ntp-run", { detail, bubbles: true, composed: true }));
    }
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    requestAnimationFrame(() => {
      this.#isScheduled = false;
      if (!this.#isOver && this.#runner.view) this.#render(this.#runner.view);
    });
  }

  #render(whole: RunView): void {
    const view = seenOf(whole);
    const { loaded, settings, trace, step, adapter } = view;
    const { model } = settings;
    setText(this.#button, ACTION_LABELS[mainAction(whole)]);
    setText(this.#status, `${loaded.name}. ${statusText(whole)}`);
    this.#progress.value = Math.min(1, step / settings.steps);
    const headline = model.headline(view);
    setText(this.#headline, headline?.text ?? "");
    this.#headline.dataset.tone = headline?.tone ?? "open";
    if (!this.#curves.hidden) this.#charts.draw(view);
    const picture = this.#wantsPlane ? pictureOfRun(view, trace.at(-1)) : undefined;
    this.#plane.hidden = !picture;
    if (picture) this.#planeView.show(picture);
    setText(
      this.#adapter,
      adapter
        ? `Computed on ${adapter.label}.`
        : view.withoutGpu
          ? `In float64, without a GPU. ${explain(view.withoutGpu)}`
          : "",
    );
  }
}
