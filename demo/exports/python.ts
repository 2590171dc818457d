import { pythonScript } from "../../src/index.ts";
import { recordOf } from "../record.ts";
import type { RunView } from "../run-view.ts";

/** The run as a script that computes its figures again with NumPy alone. */
export function pythonOf(view: RunView): string {
  const { loaded, settings, end } = view;
  return pythonScript(loaded.problem, recordOf(view), end ? settings.model.arrays(view, end) : {});
}
