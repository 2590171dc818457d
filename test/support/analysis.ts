import { readNpz } from "../../src/formats/npz.ts";
import type { AnalyseOptions, Analysis } from "../../src/index.ts";
import type { Lab } from "./lab.ts";

/** `analyse` in a lab's page, on a file of these bytes or this text. */
export function analyseIn(
  lab: Lab,
  name: string,
  content: Uint8Array | string,
  options: AnalyseOptions = {},
): Promise<Analysis> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return lab.call("/test/studies/analyse.page.ts", "analyseBytes", name, bytes, options);
}

/** Arrays of an analysis, all of which must be there. */
export const arraysOf = ({ arrays }: Analysis, ...keys: string[]): ReturnType<typeof readNpz> =>
  readNpz("arrays.npz", arrays, keys);

/** What a report says under each name. */
export const reportLines = ({ report }: Analysis): Map<string, string> =>
  new Map(
    report.split("\n").map((line) => {
      const [, name, text] = /^(.+?) {2,}(.*)$/.exec(line) ?? [];
      return [name ?? "", text ?? ""];
    }),
  );
