import { DeviceLostError } from "../errors.ts";

/** Losses of the device that a task survives without coming further: one that is lost again and again may be lost because of it. */
const MOST_LOSSES = 5;

/** The losses of the device that one task has gone through. */
export class Losses {
  #count = 0;

  /** @throws what is no loss of the device, and one too many */
  survive(error: unknown): void {
    if (!(error instanceof DeviceLostError) || ++this.#count > MOST_LOSSES) throw error;
  }

  /** The task has come further. */
  forget(): void {
    this.#count = 0;
  }
}
