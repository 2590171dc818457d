import plot from "uplot/dist/uPlot.min.css?inline";
import buttons from "../styles/buttons.css?inline";
import colors from "../styles/colors.css?inline";
import figures from "../styles/figures.css?inline";
import plane from "../styles/plane.css?inline";
import reset from "../styles/reset.css?inline";
import own from "./element.css?inline";

let sheets: readonly CSSStyleSheet[] | undefined;

/** The style of what is inside of an element, one for all of them. */
export function elementStyles(): readonly CSSStyleSheet[] {
  return (sheets ??= [plot, colors, reset, buttons, figures, plane, own].map((text) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    return sheet;
  }));
}
