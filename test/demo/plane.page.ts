import {
  createProblem,
  findLimits,
  paper1Plane,
  train,
  type Factors,
  type Problem,
  type ProblemInput,
} from "../../src/index.ts";
import { make } from "../../demo/views/dom.ts";
import type { DecoderPicture } from "../../demo/plane/content.ts";
import type { PlanePicture } from "../../demo/plane/picture.ts";
import { PlaneView } from "../../demo/views/plane.ts";
import { open } from "../support/page-problem.ts";
import { drawn } from "./maps.page.ts";

/** What a test shows; what is left out is not known. */
export type GivenPicture = Partial<Omit<DecoderPicture, "problem">> & { readonly problem: ProblemInput };

const main = make("main");
const figure = make("figure", { "data-figure": "plane" });
const moves: (readonly [number, number, number])[] = [];
let view: Promise<PlaneView> | undefined;

/** The view with the laboratory's style, and the parts of its page that it needs. */
const page = (): Promise<PlaneView> => (view ??= build());

async function build(): Promise<PlaneView> {
  const styles = [make("link", { rel: "stylesheet", href: "/demo/style.css" })];
  const loaded = styles.map((style) => new Promise((resolve) => style.addEventListener("load", resolve)));
  document.head.append(...styles);
  await Promise.all(loaded);
  main.append(make("h1", {}, "The plane"), figure);
  document.body.append(make("div", { id: "live", class: "visually-hidden", "aria-live": "polite" }), main);
  return new PlaneView(figure, { onMove: (context, [x, y]) => moves.push([context, x, y]) });
}

let shown: { readonly given: ProblemInput; readonly problem: Problem } | undefined;

/** Shows a picture in so many CSS pixels. */
export async function showPlane(
  { problem: given, decoder, finite, margin, step }: GivenPicture,
  width: number,
): Promise<void> {
  await showAs(await page(), { problem: problemOf(given), decoder, finite, margin, step }, width);
}

/** The same object for the same input. */
function problemOf(given: ProblemInput): Problem {
  const isSame = JSON.stringify(given) === JSON.stringify(shown?.given);
  shown = { given, problem: isSame ? shown!.problem : createProblem(given) };
  return shown.problem;
}

async function showAs(plane: PlaneView, picture: PlanePicture, width: number): Promise<void> {
  figure.style.width = `${width}px`;
  plane.show(picture);
  await drawn();
}

/** Shows both factors of a step, W and H, as they are trained; beside none where the step has not been kept. */
export async function showFactors(
  given: ProblemInput,
  factors: Factors | undefined,
  step: number | undefined,
  width: number,
): Promise<void> {
  await showAs(await page(), { problem: problemOf(given), factors, limits: undefined, step }, width);
}

/** Shows the plane setting of the paper as training left it. */
export async function showTrained(steps: number, width: number): Promise<void> {
  const [plane, gpu, problem] = [await page(), await open(), paper1Plane()];
  const { decoder } = await train(gpu, problem, { steps }).result();
  const { finite, margin } = await findLimits(gpu, problem);
  const limits = { finite: finite?.decoder, margin: margin?.decoder };
  await showAs(plane, { problem, decoder: Float64Array.from(decoder), ...limits, step: steps }, width);
}

/** Contexts that were moved so far, each with its place. */
export const moved = (): typeof moves => moves;

export const svg = async (): Promise<string> => (await page()).toSvg();
