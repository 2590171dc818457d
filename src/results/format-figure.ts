/** A figure with eight significant digits, as people read it: plain where it is short, else with an exponent. */
export function formatFigure(value: number): string {
  const size = Math.abs(value);
  if (value === 0) return "0";
  return size >= 1e-3 && size < 1e6 ? String(Number(value.toPrecision(8))) : value.toExponential(7);
}
