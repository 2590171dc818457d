import { spawnSync } from "node:child_process";
import { findNumPy } from "../../tools/numpy.mjs";

const RUNNER = `
import contextlib, io, json, sys
results = {}
for name, text in json.load(sys.stdin).items():
    printed, error = io.StringIO(), ""
    with contextlib.redirect_stdout(printed):
        try:
            exec(compile(text, name, "exec"), {})
        except Exception as e:
            error = repr(e)
    results[name] = {"printed": printed.getvalue(), "error": error}
print(json.dumps(results))
`;

let found: string | undefined;

/** The command of a Python that has NumPy. */
export function pythonWithNumPy(): string {
  found ??= findNumPy();
  if (found === undefined)
    throw new Error("these tests need Python with NumPy: npm test installs it on Debian and its like");
  return found;
}

/** Runs scripts one after another in one Python with NumPy, and gives what each has printed, and the exception that ended it. */
export function runAll(
  scripts: Readonly<Record<string, string>>,
): Record<string, { readonly printed: string; readonly error: string }> {
  const { stdout, stderr, status } = spawnSync(pythonWithNumPy(), ["-c", RUNNER], {
    ...{ input: JSON.stringify(scripts), encoding: "utf8", maxBuffer: 2 ** 26 },
    env: { ...process.env, OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1", PYTHONUTF8: "1" },
  });
  if (status !== 0) throw new Error(`Python ended with ${status}: ${stderr}`);
  return JSON.parse(stdout) as ReturnType<typeof runAll>;
}
