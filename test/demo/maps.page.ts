import { make } from "../../demo/views/dom.ts";
import { MatrixMap, type MatrixPicture } from "../../demo/views/matrix-map.ts";
import type { Pixels } from "./pixels.ts";

/** The laboratory's style, and the parts of its page that a view needs. */
const main = make("main");
let styled: Promise<unknown> | undefined;
const page = (): Promise<unknown> =>
  (styled ??= new Promise((resolve) => {
    const style = make("link", { rel: "stylesheet", href: "/demo/style.css" });
    style.addEventListener("load", resolve);
    document.head.append(style);
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
  const bitmap = await createImageBitmap(await (await fetch(link.href)).blob());
  const canvas = make("canvas", { width: String(bitmap.width), height: String(bitmap.height) });
  canvas.getContext("2d")!.drawImage(bitmap, 0, 0);
  return { ...pixelsOf(canvas), name: link.download };
}
