import { SHIFTED_SIZE, textWidth } from "../../pictures/math-text.ts";
import { crosses, overlap, type Box, type Segment, type Spot } from "../../pictures/placing.ts";

/** A text of a figure for a paper with the box that it takes at most, in points of the figure. */
export interface TextBox extends Box {
  readonly text: string;
  readonly role: string;
}

const numberOf = (element: Element, name: string): number => Number(element.getAttribute(name) ?? 0);

/** Where the groups around an element have their origin. */
function originOf(element: Element): Spot {
  let [x, y] = [0, 0];
  for (let group = element.parentElement; group; group = group.parentElement) {
    const [, right = "0", down = "0"] = /^translate\((\S+) (\S+)\)/.exec(group.getAttribute("transform") ?? "") ?? [];
    [x, y] = [x + Number(right), y + Number(down)];
  }
  return [x, y];
}

/** Boxes of all texts: as wide as {@link textWidth} has them, and as high as capitals with a superscript and a subscript. */
export function textBoxes(svg: Element): TextBox[] {
  return [...svg.querySelectorAll("text")].map((text) => {
    const size = 8;
    const spans = [...text.querySelectorAll("tspan")];
    const width = spans.reduce(
      (sum, span) => sum + textWidth(span.textContent, span.hasAttribute("font-size") ? SHIFTED_SIZE * size : size),
      0,
    );
    const [originX, originY] = originOf(text);
    const anchor = { end: 1, middle: 0.5 }[text.getAttribute("text-anchor") ?? ""] ?? 0;
    const named = { text: text.textContent, role: text.getAttribute("class") ?? "" };
    const [up, down] = [0.75 * size, 0.25 * size];
    const turned = /^translate\((\S+) (\S+)\) rotate\(-90\)$/.exec(text.getAttribute("transform") ?? "");
    if (turned) {
      const [x, y] = [originX + Number(turned[1]), originY + Number(turned[2])];
      return { ...named, x: x - up, y: y - (1 - anchor) * width, width: up + down, height: width };
    }
    const [x, y] = [originX + numberOf(text, "x"), originY + numberOf(text, "y")];
    return { ...named, x: x - anchor * width, y: y - up, width, height: up + down };
  });
}

/** Pairs of texts that lie on each other, and texts that reach out of the figure. */
export function collisions(svg: Element): string[] {
  const boxes = textBoxes(svg);
  const [, , width, height] = svg.getAttribute("viewBox")!.split(" ").map(Number);
  const outside = boxes.filter(
    (box) => !(box.x >= 0 && box.y >= 0 && box.x + box.width <= width! && box.y + box.height <= height!),
  );
  return [
    ...outside.map(({ text }) => `${text} outside`),
    ...boxes.flatMap((box, i) =>
      boxes.slice(i + 1).flatMap((other) => (overlap(box, other) ? [`${box.text} on ${other.text}`] : [])),
    ),
  ];
}

/** Texts of legends that a curve runs through. */
export function crossedLegends(svg: Element): string[] {
  const curves = [...svg.querySelectorAll("path[fill=none][stroke-linejoin]")].flatMap((path): Segment[] => {
    const [x, y] = originOf(path);
    const spots = [...path.getAttribute("d")!.matchAll(/[ML](\S+?),([-\d.]+)/g)].map(([, right, down]): Spot => [
      x + Number(right),
      y + Number(down),
    ]);
    return spots.slice(1).map((spot, i): Segment => [spots[i]!, spot]);
  });
  const texts = new Set([...svg.querySelectorAll(".legend text")].map(({ textContent }) => textContent));
  return textBoxes(svg)
    .filter(({ text, role }) => !role && texts.has(text))
    .filter((box) => curves.some((segment) => crosses(segment, box)))
    .map(({ text }) => text);
}
