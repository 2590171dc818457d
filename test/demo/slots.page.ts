import { RunSlots } from "../../demo/run-slots.ts";
import type { SavedRun } from "../../demo/saved-run.ts";

/** What can be wrong with a saved run. */
const DAMAGES = {
  "something else": () => "nothing of a run",
  "another schema": (saved: SavedRun) => ({ ...saved, schema: 0 }),
  "a figure of the trace": ({ trace, ...saved }: SavedRun) => ({
    ...saved,
    trace: trace.map((point) => ({ ...point, loss: 2 * point.loss })),
  }),
  "a bit of the state": (saved: SavedRun) => {
    const [array] = Object.values(saved.state.arrays);
    new Uint8Array(array!.buffer)[0]! ^= 1;
    return saved;
  },
  "another problem": ({ state, ...saved }: SavedRun) => ({
    ...saved,
    state: { ...state, problemChecksum: state.problemChecksum ^ 1 },
  }),
};

export type Damage = keyof typeof DAMAGES;

/** The steps of the runs in both slots; undefined where there is none. */
export async function savedSteps(): Promise<(number | undefined)[]> {
  const values = (await new RunSlots().read()) as (SavedRun | undefined)[];
  return values.map((saved) => saved?.state.step);
}

export async function damage(index: number, how: Damage): Promise<void> {
  const slots = new RunSlots();
  const saved = (await slots.read())[index] as SavedRun;
  slots.spare(1 - index);
  await slots.write(DAMAGES[how](saved));
}

export async function clearSlots(): Promise<void> {
  await new RunSlots().clear();
}
