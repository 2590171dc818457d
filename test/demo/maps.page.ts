import {
  createProblem,
  embeddingLimits,
  maxMargin,
  nuclearMargin,
  train,
  trainEmbeddings,
  type EmbeddingLimits,
  type MaxMargin,
  type Problem,
  type ProblemInput,
} from "../../src/index.ts";
import { make } from "../../demo/views/dom.ts";
import { hasDecoder, Maps, type KeptDecoder, type KeptPoint } from "../../demo/views/maps.ts";
import type { MatrixPicture } from "../../demo/maps/picture.ts";
import { MatrixMap } from "../../demo/views/matrix-map.ts";
import { open } from "../support/page-problem.ts";
import type { Pixels } from "./pixels.ts";

/** The laboratory's style, and the parts of its page that a view needs. */
const main = make("main");
let styled: Promise<unknown> | undefined;
const page = (): Promise<unknown> =>
  (styled ??= new Promise((resolve) => {
    const styles = [make("link", { rel: "stylesheet", href: "/demo/style.css" })];
    const loaded = styles.map((style) => new Promise((done) => style.addEventListener("load", done)));
    document.head.append(...styles);
    void Promise.all(loaded).then(resolve);
    document.body.append(make("div", { id: "live", class: "visually-hidden", "aria-live": "polite" }), main);
  }));

/** A pause until what was shown is drawn. */
export async function drawn(): Promise<void> {
  for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
}

let matrix: { map: MatrixMap; figure: HTMLElement } | undefined;

/** Shows a matrix alone, in so many CSS pixels. */
export async function showMatrix(picture: MatrixPicture, width: number): Promise<void> {
  await page();
  if (!matrix) {
    const figure = make("figure", { id: "matrix", class: "matrix-map" });
    matrix = { map: new MatrixMap(figure), figure };
    main.replaceChildren(make("h1", {}, "A matrix"), figure);
  }
  matrix.figure.style.width = `${width}px`;
  matrix.map.show(picture);
  await drawn();
}

function pixelsOf(canvas: HTMLCanvasElement): Pixels {
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d")!.getImageData(0, 0, width, height);
  return { width, height, bytes: Uint8Array.from(data) };
}

/** Of the canvas that a selector finds. */
export function pixels(selector: string): Pixels {
  return pixelsOf(document.querySelector<HTMLCanvasElement>(selector)!);
}

/** The image that a button hands out, and its name. */
export async function saved(selector: string): Promise<Pixels & { readonly name: string }> {
  const link = await handedOut(selector);
  const bitmap = await createImageBitmap(await (await fetch(link.href)).blob());
  const canvas = make("canvas", { width: String(bitmap.width), height: String(bitmap.height) });
  canvas.getContext("2d")!.drawImage(bitmap, 0, 0);
  return { ...pixelsOf(canvas), name: link.download };
}

/** The drawing that a button hands out, and its name. */
export async function savedText(selector: string): Promise<{ readonly name: string; readonly text: string }> {
  const link = await handedOut(selector);
  return { name: link.download, text: await (await fetch(link.href)).text() };
}

async function handedOut(selector: string): Promise<HTMLAnchorElement> {
  const link = await new Promise<HTMLAnchorElement>((resolve) => {
    // caught on its way: what is saved is looked at here
    document.createElement = function (this: Document, name: string) {
      const element = Document.prototype.createElement.call(this, name);
      if (element instanceof HTMLAnchorElement) element.click = () => resolve(element);
      return element;
    };
    document.querySelector<HTMLElement>(selector)!.click();
  });
  delete (document as Partial<Document>).createElement;
  return link;
}

let maps: Maps | undefined;
let trained: { problem: Problem; limits: EmbeddingLimits; points: KeptPoint[] } | undefined;

/** Trains on a problem, and keeps these steps for {@link showMaps}. */
export async function trainMaps(
  given: ProblemInput,
  steps: readonly number[],
): Promise<{ limits: EmbeddingLimits; points: KeptPoint[] }> {
  const [gpu, problem] = [await open(), createProblem(given)];
  const run = trainEmbeddings(gpu, problem, { steps: steps.at(-1)!, record: steps, keep: steps });
  const { trace } = await run.result();
  const points = trace.map(({ step, factors }) => ({ step, factors: factors! }));
  const limits = await embeddingLimits(gpu, problem, await nuclearMargin(gpu, problem));
  trained = { problem, limits, points };
  return { limits, points };
}

/** The maps of the page, made once. */
async function mapsView(): Promise<Maps> {
  await page();
  if (maps) return maps;
  const section = make("section");
  main.replaceChildren(make("h1", {}, "A run"), section);
  return (maps = new Maps(section));
}

/** Shows the first so many steps, with or without the limits, or as the page's slider says. */
export async function showMaps(count: number, hasLimits: boolean, shown?: number): Promise<void> {
  const { problem, limits, points } = trained!;
  (await mapsView()).show({ problem, limits: hasLimits ? limits : undefined, points: points.slice(0, count), shown });
  await drawn();
}

let fixed: { problem: Problem; margin: MaxMargin; points: KeptDecoder[] } | undefined;

/** Trains W alone, and keeps these steps for {@link showFixed}. */
export async function trainFixed(
  given: ProblemInput,
  steps: readonly number[],
): Promise<{ points: KeptDecoder[]; dual: Float64Array }> {
  const [gpu, problem] = [await open(), createProblem(given)];
  const { trace } = await train(gpu, problem, { steps: steps.at(-1)!, record: steps, keep: steps }).result();
  const points = trace.filter(hasDecoder).map(({ step, decoder }) => ({ step, decoder }));
  const margin = await maxMargin(gpu, problem);
  fixed = { problem, margin, points };
  return { points, dual: margin.dual };
}

/** Shows the first so many steps of these, with or without W_mm, or as the page's slider says. */
export async function showFixed(count: number, hasMargin: boolean, shown?: number): Promise<void> {
  const { problem, margin, points } = fixed!;
  const view = await mapsView();
  view.show({ problem, margin: hasMargin ? margin : undefined, points: points.slice(0, count), shown });
  await drawn();
}

/** Shows a problem with decoders that are given, and without W_mm. */
export async function showDecoders(given: ProblemInput, points: readonly KeptDecoder[]): Promise<void> {
  (await mapsView()).show({ problem: createProblem(given), margin: undefined, points });
  await drawn();
}
