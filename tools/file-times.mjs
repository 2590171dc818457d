import { appendFileSync } from "node:fs";

/** The environment variable that names the file to which the reporter adds its lines. */
export const FILE_TIMES = "TEST_FILE_TIMES";

/**
 * A reporter of Vitest: adds one line of JSON, `{ path, ms, failures }`, for each test file that ended to the file that
 * `TEST_FILE_TIMES` names. The time is that of its imports, hooks and tests; a failure is the name of a test and what it said.
 */
export default class FileTimes {
  /** @param {import("vitest/node").TestModule} testModule */
  onTestModuleEnd(testModule) {
    const { collectDuration, duration } = testModule.diagnostic();
    const path = process.env[FILE_TIMES];
    if (path === undefined) throw new Error(`${FILE_TIMES}: expected the path of a file, found nothing`);
    const failed = [...testModule.children.allTests("failed")];
    const failures = [
      ...testModule.errors().map(({ message }) => message),
      ...failed.map((test) => `${test.fullName}: ${test.result().errors?.[0]?.message ?? "no message"}`),
    ];
    const line = { path: testModule.relativeModuleId, ms: collectDuration + duration, failures };
    appendFileSync(path, `${JSON.stringify(line)}\n`);
  }
}
