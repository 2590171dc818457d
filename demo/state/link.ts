import { initialState } from "../presets.ts";
import { FACTOR_OPTIMIZERS, isKey, KEY_NAMES, KEYS, readValue, type KeyName, type State } from "./keys.ts";

/** A longer link is cut by some of the programs that people send it with. */
export const LONGEST_LINK = 2000;

/** What a link says, and what of it could not be taken as it stands, a sentence each. */
export interface LinkedState {
  readonly state: State;
  readonly notes: readonly string[];
}

/** The part of a link after `#`, with all that is not as its preset has it: `preset=one-hot&steps=500`. */
export function linkOf(state: State): string {
  const usual = initialState(state.preset);
  const said = KEY_NAMES.filter((name) => state[name] !== (name === "preset" ? KEYS.preset.initial : usual[name]));
  return new URLSearchParams(said.map((name) => [name, state[name]])).toString();
}

/** The state that a link stands for; what it leaves out is as its preset has it, and numbers out of range become the nearest. */
export function stateOf(link: string): LinkedState {
  const given = new Map(new URLSearchParams(link.replace(/^#/, "")));
  const notes: string[] = [];
  const wanted = given.get("preset") ?? KEYS.preset.initial;
  const usual = initialState(wanted);
  if (usual.preset !== wanted) notes.push(`preset: there is none called “${wanted.slice(0, 40)}”.`);
  const state: Record<KeyName, string> = { ...usual };
  for (const [name, text] of given) {
    if (!isKey(name)) notes.push(`${name.slice(0, 40)}: there is no such setting.`);
    else if (name !== "preset") {
      const { value, complaint } = readValue(name, text, usual[name]);
      state[name] = value;
      if (complaint) notes.push(`${name}: ${complaint}; ${value === "" ? "the usual one" : value} is taken.`);
    }
  }
  if (state.model === "trained" && !FACTOR_OPTIMIZERS.includes(state.optimizer)) {
    notes.push(`optimizer: ${state.optimizer} is not for trained embeddings; gradient-descent is taken.`);
    state.optimizer = KEYS.optimizer.initial;
  }
  return { state, notes };
}
