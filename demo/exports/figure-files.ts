import { zipSync, type Zippable } from "fflate";
import { paperCurvesSvg } from "../../pictures/paper-curves.ts";
import { predictionRows } from "../../src/index.ts";
import type { RunView } from "../run.ts";

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
