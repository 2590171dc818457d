import { CORRUPTIONS, withReadbacks, type CorruptedReadback } from "../support/corruption.ts";
import { dice } from "../support/draw.ts";
import { open, type ProblemText } from "../support/page-problem.ts";
import { textOf, TASKS } from "../support/tasks.ts";

export interface CorruptedRuns {
  readonly readbacks: number;
  /** Runs in which at least one word arrived as another. */
  readonly corrupted: number;
  /** Those that gave the figures of the undisturbed run, and those that said that they could not. */
  readonly same: number;
  readonly refused: number;
  /** All others. */
  readonly wrong: readonly string[];
}

/** Runs of a task, each with a readback that arrives as another; two thirds of them once, the others several times in a row. */
export async function corruptedRuns(
  name: string,
  given: ProblemText,
  count: number,
  seed: number,
): Promise<CorruptedRuns> {
  const gpu = await open();
  const task = (): Promise<unknown> => TASKS[name]!(gpu, given);
  const { readbacks } = await withReadbacks(task);
  const roll = dice(seed);
  const expected = await textOf(await task());
  let [corrupted, same, refused] = [0, 0, 0];
  const wrong: string[] = [];
  for (let i = 0; i < count; i++) {
    const kind = CORRUPTIONS[i % CORRUPTIONS.length]!;
    const fault: CorruptedReadback = { index: roll(readbacks), kind, seed: roll(2 ** 30), times: i % 3 === 2 ? 5 : 1 };
    const run = await withReadbacks(task, fault);
    if (run.corrupted > 0) corrupted++;
    if (run.found instanceof Error) {
      if ("code" in run.found && run.found.code === "READBACK") refused++;
      else wrong.push(`${JSON.stringify(fault)}: ${String(run.found)}`);
    } else if ((await textOf(run.found)) === expected) same++;
    else wrong.push(`${JSON.stringify(fault)}: other figures`);
  }
  return { readbacks, corrupted, same, refused, wrong };
}
