import { expect, test } from "vitest";
import { ProgressLine } from "../../src/cli/progress-line.ts";
import { printable } from "../../src/cli/terminal.ts";

test("control characters are written out, all of them, and nothing else is changed", () => {
  expect(printable("\u001b[31mred\u0007\r\u009b2J\u007f\u0000")).toBe("\\x1b[31mred\\x07\\x0d\\x9b2J\\x7f\\x00");
  const plain = "η = 0.5, W_mm\tЖ 漢 🦊\nnext line";
  expect(printable(plain)).toBe(plain);
  for (let code = 0; code < 0x100; code++) {
    const character = String.fromCharCode(code);
    const isControl = (code < 0x20 && !"\n\t".includes(character)) || (code >= 0x7f && code < 0xa0);
    expect([code, printable(character) === character]).toEqual([code, !isControl]);
  }
});

test("a line of progress has what goes on at the same time, in one order whichever speaks", () => {
  const written: string[] = [];
  const stream = { isTTY: true, columns: 80, write: (text: string) => written.push(text) };
  const line = new ProgressLine(stream as unknown as NodeJS.WriteStream);
  const run = { phase: "training", fraction: 0.5, message: "step 5 of 10" };
  const search = { phase: "limits", fraction: 0, message: "max-margin decoder" };
  line.show({ ...run, beside: search });
  line.show({ ...search, beside: run });
  const both = "\r\u001b[K 50 % training: step 5 of 10; limits: max-margin decoder";
  expect(written).toEqual([both, both]);
});

test("a line of progress obeys none of them, and is as wide as the terminal with them written out", () => {
  const written: string[] = [];
  const stream = { isTTY: true, columns: 24, write: (text: string) => written.push(text) };
  new ProgressLine(stream as unknown as NodeJS.WriteStream).show({
    phase: "reading",
    fraction: 0,
    message: "\u001b]0;title\u0007 and much more",
  });
  expect(written).toEqual(["\r\u001b[Kreading: \\x1b]0;title\\x"]);
});
