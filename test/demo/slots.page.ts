import { RunSlots } from "../../demo/run-slots.ts";
import { restoredRun, type SavedRun } from "../../demo/saved-run.ts";

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

/** Whether a run can be restored from each slot, and from what each damage makes of one of them. */
export async function restorable(): Promise<{ whole: boolean[]; damaged: Record<Damage, boolean> }> {
  const isRestored = async (value: unknown): Promise<boolean> => (await restoredRun(value)) !== undefined;
  const [first, second] = (await new RunSlots().read()) as SavedRun[];
  const damaged: Partial<Record<Damage, boolean>> = {};
  for (const how of Object.keys(DAMAGES) as Damage[])
    damaged[how] = await isRestored(DAMAGES[how](structuredClone(first!)));
  return { whole: [await isRestored(first), await isRestored(second)], damaged: damaged as Record<Damage, boolean> };
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
