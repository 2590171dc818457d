import type { NuclearMargin, NuclearMarginStatus, SupportProxy } from "../solvers/nuclear-margin/status.ts";
import { formatFigure } from "./format-figure.ts";

/** What a record says of the nuclear margin: all but its arrays. */
export interface NuclearFacts {
  readonly status: NuclearMarginStatus;
  /** lowerBound ≤ ‖L_mm‖_* ≤ upperBound. */
  readonly lowerBound: number;
  readonly upperBound: number;
  readonly relativeGap: number;
  readonly iterations: number;
  readonly distinctSupports: number;
  readonly proxy: Omit<SupportProxy, "logits">;
}

export function nuclearFacts(margin: NuclearMargin): NuclearFacts {
  const { status, lowerBound, upperBound, relativeGap, iterations, supports } = margin;
  const { logits: _, ...proxy } = margin.proxy;
  return { status, lowerBound, upperBound, relativeGap, iterations, distinctSupports: supports.count, proxy };
}

/** The same in lines for people. */
export function describeNuclear(facts: NuclearFacts): { readonly name: string; readonly text: string }[] {
  const { status, lowerBound, upperBound, relativeGap, distinctSupports, proxy } = facts;
  const certified = `between ${formatFigure(lowerBound)} and ${formatFigure(upperBound)}, certified (${status}, gap ${relativeGap.toExponential(1)})`;
  return [
    { name: "nuclear margin", text: `‖L_mm‖_* is ${certified}; ${distinctSupports} distinct supports` },
    { name: "proxy S̃", text: describeProxy(proxy) },
  ];
}

function describeProxy({ isOptimal, leastExcess, mostExcess, cosine }: NuclearFacts["proxy"]): string {
  if (isOptimal) return "the centred support matrix is a solution itself, to nine digits";
  const percent = (part: number): string => `${formatFigure(100 * part)} %`;
  const excess =
    isOptimal === false
      ? `the centred support matrix is no solution: its norm is ${percent(leastExcess)} to ${percent(mostExcess)} larger`
      : `whether the centred support matrix is a solution is not decided: its norm is at most ${percent(mostExcess)} larger`;
  return `${excess}; cosine with L_mm ${formatFigure(cosine)}`;
}
