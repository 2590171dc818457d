import { OptionError } from "../../errors.ts";
import type { DeviceShape } from "../../maps/device-shape.ts";
import { isLinear, isSpectral, refuseSpectral, type Method } from "../methods/method.ts";

/** How the steps of a run get to the device: hundreds at a time to one workgroup, or each to all of it. */
export type Execution = "one-workgroup" | "stepwise";

export const EXECUTIONS: readonly Execution[] = ["one-workgroup", "stepwise"];

/** More words would not stay in registers. */
export const MOST_ONE_WORKGROUP_WORDS = 32;
/** Multiply-adds of one step that one workgroup is left alone with. */
export const MOST_WORK: number = 2 ** 18;

/**
 * Whether the steps of a run in one workgroup are taken on coefficients of the embeddings, which is one product where the decoder takes
 * two: only where coefficients cannot grow without moving the decoder.
 */
export function hasCoefficients(method: Method, { contexts, dim }: DeviceShape): boolean {
  return isLinear(method) && contexts <= dim;
}

/** @throws OptionError for a run in one workgroup of more words than fit. */
export function requireFitting(words: number, asked: Execution | undefined): void {
  if (asked === "one-workgroup" && words > MOST_ONE_WORKGROUP_WORDS)
    throw new OptionError(
      "execution",
      `expected "stepwise" for more than ${MOST_ONE_WORKGROUP_WORDS} words, found "one-workgroup" for ${words}`,
    );
}

/**
 * How a run is executed: as asked for, or by whether a workgroup can have it to itself.
 * @throws OptionError for a run in one workgroup of more words than fit, or whose steps need the whole device.
 */
export function chooseExecution(shape: DeviceShape, method: Method, asked?: Execution): Execution {
  const { words, contexts, dim } = shape;
  requireFitting(words, asked);
  if (asked === "one-workgroup") refuseSpectral(method, "a run in one workgroup");
  if (isSpectral(method)) return "stepwise";
  const work = words * contexts * (hasCoefficients(method, shape) ? contexts : 2 * dim);
  return asked ?? (words <= MOST_ONE_WORKGROUP_WORDS && work <= MOST_WORK ? "one-workgroup" : "stepwise");
}
