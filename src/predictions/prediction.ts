/** A figure that theory gives a line for, constant included, before a run starts. */
export interface Prediction<Figure extends string> {
  readonly figure: Figure;
  /** What is predicted after k steps, or at λ of a path; left out where there is no prediction. */
  readonly at?: (abscissa: number) => number;
  /** From which step on, or from which λ down, it is expected to hold within a tenth. */
  readonly holdsFrom?: number;
  /** Why there is no prediction, one sentence. */
  readonly reason?: string;
}

/** Figures whose predictions fail for one reason. */
export const without = <Figure extends string>(figures: readonly Figure[], reason: string): Prediction<Figure>[] =>
  figures.map((figure) => ({ figure, reason }));
