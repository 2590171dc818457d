/** Text whose control characters are written out, `\x1b` and the like, so that a terminal shows them and does not obey them; line ends and tabs stay. */
export function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

/** Text for people to standard output, a line end after it. */
export function print(text: string): void {
  process.stdout.write(`${printable(text).trimEnd()}\n`);
}

/** A complaint to standard error. */
export function printError(text: string): void {
  process.stderr.write(`${printable(text)}\n`);
}
