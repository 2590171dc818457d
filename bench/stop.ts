import { rmSync } from "node:fs";
import { MOMENTS, Workplace } from "../test/cli/stopping.ts";

/** Milliseconds from SIGINT to the end of the command, ascending, at each moment of a large problem. */
export async function measureStops(repetitions: number): Promise<{ stops: Record<string, number[]> }> {
  const stops: Record<string, number[]> = {};
  for (const { title, limitsWithin, until } of MOMENTS) {
    const times: number[] = [];
    for (let i = 0; i < repetitions; i++) {
      const workplace = new Workplace();
      const args = [workplace.writeLarge(), "--out", "out", "--limits-within", limitsWithin];
      const env = await workplace.knownChrome();
      const { code, milliseconds } = await workplace.stop(args, "SIGINT", env, (says) => until(workplace, says));
      if (code !== 130) throw new Error(`while ${title}: expected exit code 130, found ${code}`);
      times.push(Math.round(milliseconds));
      rmSync(workplace.folder, { recursive: true });
    }
    stops[`while ${title}`] = times.sort((a, b) => a - b);
  }
  return { stops };
}
