import { openGpu, type AdapterDescription } from "../src/index.ts";
import { judge, type Verdict } from "../test/solvers/claims.page.ts";
import { table } from "./table.ts";

/** How often each status was given to problems of a kind. */
type Counts = Record<string, number>;

interface ClaimsResult {
  readonly adapter: AdapterDescription;
  readonly logOdds: Record<string, Counts>;
  readonly maxMargin: Record<string, Counts>;
  /** Problems with claims that do not hold; there must be none. */
  readonly falseClaims: readonly Verdict[];
}

/** Random problems on both sides of separability and compatibility, every claim checked by arithmetic of its own. */
export async function run({ problems, seed }: { problems: number; seed: number }): Promise<ClaimsResult> {
  const gpu = await openGpu();
  const verdicts: Verdict[] = [];
  for (let index = 0; index < problems; index++) {
    const verdict = await judge(gpu, seed, index);
    verdicts.push(verdict);
    if (verdict.faults.length > 0) console.log(`problem ${index} (${verdict.kind}): ${verdict.faults.join("; ")}`);
  }
  const [logOdds, maxMargin] = [countsOf(verdicts, "logOdds"), countsOf(verdicts, "maxMargin")];
  const falseClaims = verdicts.filter(({ faults }) => faults.length > 0);
  console.log(`\n${tableOf("log-odds", logOdds)}\n\n${tableOf("max-margin", maxMargin)}\n`);
  console.log(`${problems} problems, ${falseClaims.length} with false claims`);
  gpu.destroy();
  return { adapter: gpu.adapter, logOdds, maxMargin, falseClaims };
}

function countsOf(verdicts: readonly Verdict[], solver: "logOdds" | "maxMargin"): Record<string, Counts> {
  const counts: Record<string, Counts> = {};
  for (const verdict of verdicts)
    for (const kind of [verdict.kind, "all"]) {
      const row = (counts[kind] ??= {});
      row[verdict[solver]] = (row[verdict[solver]] ?? 0) + 1;
    }
  const { all, ...kinds } = counts;
  return { ...kinds, all: all! };
}

function tableOf(title: string, counts: Record<string, Counts>): string {
  const statuses = Object.keys(counts["all"]!);
  const rows = Object.entries(counts).map(([kind, row]) => [
    kind,
    ...statuses.map((status) => String(row[status] ?? 0)),
  ]);
  return table([[title, ...statuses], ...rows]);
}
