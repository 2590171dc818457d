import { SETTINGS, type RunSummary } from "./run-summary.ts";

/**
 * A name for each of some runs that tells it from the others: the settings in which they differ, or how the steps are taken where they
 * differ in none. Runs with the same settings are numbered.
 */
export function namesOf(runs: readonly Pick<RunSummary, "settings">[]): string[] {
  const differing = SETTINGS.filter((name) => differs(runs, name));
  const said = differing.length > 0 ? differing : (["optimizer", "step"] as const);
  const names = runs.map(({ settings }) =>
    said
      .map((name) => settings[name])
      .filter((words) => words !== "")
      .join(", "),
  );
  return names.map((name, i) => {
    const before = names.slice(0, i).filter((other) => other === name).length;
    return before > 0 ? `${name} (${before + 1})` : name;
  });
}

/** The dimension of given embeddings is that of their problem, which says it. */
function differs(runs: readonly Pick<RunSummary, "settings">[], name: (typeof SETTINGS)[number]): boolean {
  return runs.some(({ settings: one }) =>
    runs.some(
      ({ settings: other }) => one[name] !== other[name] && (name !== "dimension" || one.problem === other.problem),
    ),
  );
}
