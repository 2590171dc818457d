/** A step is a tenth of another up to this factor. */
export const NEARLY = 1.25;

/** The one of some recorded points whose step is nearest to a tenth of a step, where it is within a quarter of it. */
export function tenthOf<Point extends { readonly step: number }>(
  step: number,
  points: readonly Point[],
): Point | undefined {
  const distance = (point: Point): number => Math.abs(Math.log((10 * point.step) / step));
  let nearest: Point | undefined;
  for (const point of points) if (!nearest || distance(point) < distance(nearest)) nearest = point;
  return nearest && distance(nearest) <= Math.log(NEARLY) ? nearest : undefined;
}
