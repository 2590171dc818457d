import { openGpu, type AdapterDescription } from "../src/index.ts";
import { ANSWERS, judge, type Judgement } from "../test/solvers/claims.page.ts";
import { table } from "./table.ts";

/** How often each status or answer was given to problems of a kind. */
type Counts = Record<string, number>;

interface ClaimsResult {
  readonly adapter: AdapterDescription;
  readonly logOdds: Record<string, Counts>;
  readonly maxMargin: Record<string, Counts>;
  /** False answers of the verdicts, those that are not known, and how many of both float64 itself cannot tell. */
  readonly verdicts: Record<string, Counts>;
  /** Problems with claims that do not hold; there must be none. */
  readonly falseClaims: readonly Judgement[];
}

/** Random problems on both sides of separability and compatibility, every claim checked by arithmetic of its own. */
export async function run({ problems, seed }: { problems: number; seed: number }): Promise<ClaimsResult> {
  const gpu = await openGpu();
  const judgements: Judgement[] = [];
  for (let index = 0; index < problems; index++) {
    const judgement = await judge(gpu, seed, index);
    judgements.push(judgement);
    if (judgement.faults.length > 0)
      console.log(`problem ${index} (${judgement.kind}): ${judgement.faults.join("; ")}`);
  }
  const logOdds = countsOf(judgements, (judgement) => [judgement.logOdds]);
  const maxMargin = countsOf(judgements, (judgement) => [judgement.maxMargin]);
  const verdicts = countsOf(judgements, outcomesOf);
  const falseClaims = judgements.filter(({ faults }) => faults.length > 0);
  console.log(
    `\n${tableOf("log-odds", logOdds)}\n\n${tableOf("max-margin", maxMargin)}\n\n${tableOf("verdict", verdicts)}\n`,
  );
  console.log(`${problems} problems, ${falseClaims.length} with false claims`);
  gpu.destroy();
  return { adapter: gpu.adapter, logOdds, maxMargin, verdicts, falseClaims };
}

function outcomesOf({ answers, truth, inWindow }: Judgement): string[] {
  return ANSWERS.flatMap((name) => {
    const where = inWindow.includes(name) ? " in the window" : "";
    if (answers[name] === "undecided") return [`${name} unknown${where}`];
    return truth[name] !== "undecided" && answers[name] !== truth[name] ? [`${name} false${where}`] : [];
  });
}

function countsOf(
  judgements: readonly Judgement[],
  namesOf: (judgement: Judgement) => readonly string[],
): Record<string, Counts> {
  const counts: Record<string, Counts> = {};
  for (const judgement of judgements)
    for (const kind of [judgement.kind, "all"]) {
      const row = (counts[kind] ??= {});
      for (const name of namesOf(judgement)) row[name] = (row[name] ?? 0) + 1;
    }
  const { all, ...kinds } = counts;
  return { ...kinds, all: all! };
}

function tableOf(title: string, counts: Record<string, Counts>): string {
  const names = Object.keys(counts["all"]!).sort();
  const rows = Object.entries(counts).map(([kind, row]) => [kind, ...names.map((name) => String(row[name] ?? 0))]);
  return table([[title, ...names], ...rows]);
}
