// Python with NumPy, for the scripts that a run is copied as.
import { spawnSync } from "node:child_process";

/** The first is whichever the user has; Debian's package is for the second. */
const PYTHONS = process.platform === "win32" ? ["python"] : ["python3", "/usr/bin/python3"];

/** Debian's packages of it. */
export const NUMPY = ["python3", "python3-numpy"];

/** A Python that has NumPy. */
export const findNumPy = () =>
  PYTHONS.find((python) => spawnSync(python, ["-c", "import numpy"], { stdio: "ignore" }).status === 0);
