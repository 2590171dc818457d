import { TEXT_SIZE, type Shape } from "../plane/shapes.ts";

/** Draws shapes in the colours of an element, sharp on its screen. */
export function paint(
  canvas: HTMLCanvasElement,
  { width, height, shapes }: { readonly width: number; readonly height: number; readonly shapes: readonly Shape[] },
): void {
  const ratio = devicePixelRatio;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const style = getComputedStyle(canvas);
  const known = new Map<string, string>();
  const colorOf = (name: string): string => {
    const color = known.get(name) ?? style.getPropertyValue(name).trim();
    known.set(name, color);
    return color;
  };
  const context = canvas.getContext("2d")!;
  context.scale(ratio, ratio);
  context.lineJoin = "round";
  context.textBaseline = "middle";
  for (const shape of shapes) {
    if ("text" in shape) {
      context.globalAlpha = 1;
      context.font = `${shape.isBold ? 600 : 400} ${TEXT_SIZE}px ${style.fontFamily}`;
      context.textAlign = shape.anchor === "start" ? "left" : "center";
      context.setLineDash([]);
      context.lineWidth = 3;
      context.strokeStyle = colorOf("--paper");
      context.strokeText(shape.text, shape.x, shape.y);
      context.fillStyle = colorOf(shape.fill);
      context.fillText(shape.text, shape.x, shape.y);
      continue;
    }
    const path = new Path2D(shape.path);
    context.globalAlpha = shape.opacity ?? 1;
    if (shape.fill) {
      context.fillStyle = colorOf(shape.fill);
      context.fill(path);
    }
    if (shape.stroke) {
      context.strokeStyle = colorOf(shape.stroke);
      context.lineWidth = shape.width ?? 1;
      context.setLineDash([...(shape.dash ?? [])]);
      context.stroke(path);
    }
  }
}

/** The value of a custom property outside every media query: that of the light theme. */
export function lightColor(name: string): string {
  for (const sheet of document.styleSheets) {
    const found = inSheet(sheet, name);
    if (found) return found;
  }
  throw new Error(`the style sheet has no ${name}`);
}

function inSheet(sheet: CSSStyleSheet, name: string): string | undefined {
  for (const rule of sheet.cssRules) {
    const found =
      rule instanceof CSSImportRule && rule.styleSheet
        ? inSheet(rule.styleSheet, name)
        : rule instanceof CSSStyleRule &&
          rule.selectorText.split(", ").includes(":root") &&
          rule.style.getPropertyValue(name).trim();
    if (found) return found;
  }
  return undefined;
}
