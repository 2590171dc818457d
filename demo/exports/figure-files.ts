import { zipSync, type Zippable } from "fflate";
import { paperCurvesSvg } from "../../pictures/paper-curves.ts";
import { paperMapSvg } from "../../pictures/paper-map.ts";
import { predictionRows } from "../../src/index.ts";
import type { ComparedRun } from "../compare/compared-runs.ts";
import type { PageFigure } from "../models/point.ts";
import { colorsOf, PALETTES } from "../palettes.ts";
import type { RunView } from "../run-view.ts";
import { legendOf, type MatrixPicture } from "../maps/picture.ts";

/** Pixels of an image to a pixel of its drawing, which is a column of a paper wide: some 300 to an inch. */
const PIXELS = 3;

/**
 * Every figure of a run as SVG fit for a paper and as PNG, in one zip file.
 * @param plane the picture of the plane, where it is shown
 */
export async function figureFiles(view: RunView, plane: string | undefined): Promise<Uint8Array<ArrayBuffer>> {
  const { loaded, settings, trace, predictions, limits } = view;
  const curves = paperCurvesSvg({
    runs: [
      {
        ...{ label: loaded.name, entropy: loaded.problem.entropy, trace },
        predictions: predictionRows(predictions, trace),
        ...(limits?.margin && { margin: { margin: limits.margin.margin } }),
      },
    ],
    ...{ figures: settings.model.figures, document },
  });
  const files: Zippable = {};
  for (const [name, svg] of Object.entries({ ...curves, ...(plane && { plane }) })) {
    files[`${name}.svg`] = new TextEncoder().encode(svg);
    files[`${name}.png`] = [await rasterised(svg), { level: 0 }];
  }
  return zipSync(files);
}

/** A map as SVG fit for a paper. */
export function mapSvg(picture: MatrixPicture): string {
  const { title, values, palette, rowLabels, columnLabels, rowNoun, columnNoun } = picture;
  return paperMapSvg(
    {
      ...{ caption: `${title}.`, rowLabels, columnLabels, rowNoun, columnNoun },
      colors: cssOf(colorsOf(values, picture)),
      bar: { colors: cssOf(PALETTES[palette]), numbers: legendOf(picture) },
    },
    document,
  );
}

/** Runs beside each other by one figure, as SVG fit for a paper. */
export function comparedSvg(runs: readonly ComparedRun[], figure: PageFigure): string {
  const curves = paperCurvesSvg({
    runs: runs.map(({ name, run: { entropy, trace, predictions, marginNorm } }) => ({
      ...{ label: name, entropy, trace, predictions },
      ...(marginNorm !== undefined && { margin: { margin: 1 / marginNorm } }),
    })),
    ...{ figures: [{ ...figure, curve: figure.curve ?? figure.key }], document },
  });
  return Object.values(curves)[0]!;
}

/** Bytes of pixels as CSS has colours. */
const cssOf = (colors: Uint32Array): string[] =>
  Array.from(colors, (color) => {
    const [red = 0, green = 0, blue = 0] = new Uint8Array(Uint32Array.of(color).buffer);
    return `#${[red, green, blue].map((part) => part.toString(16).padStart(2, "0")).join("")}`;
  });

async function rasterised(svg: string): Promise<Uint8Array> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.naturalWidth * PIXELS, image.naturalHeight * PIXELS];
  const context = canvas.getContext("2d")!;
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve));
  return new Uint8Array(await blob!.arrayBuffer());
}
