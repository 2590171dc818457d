import { openGpu } from "../src/index.ts";
import { byId, make, setText } from "../demo/views/dom.ts";
import { download } from "../demo/views/downloads.ts";
import { BENCHES, type Bench, type BenchModule, type BenchOptions } from "./benches.mjs";
import { recordName, recordText, type BenchRecord } from "./record.mjs";
import type { Screen } from "./screen.ts";

/* The benches that need no peers, for any browser; bench/page-server.mjs serves the page. */

const cancelButton = byId("cancel", HTMLButtonElement);
const status = byId("status", HTMLElement);
/** Of the bench under way. */
let underWay: AbortController | undefined;

cancelButton.addEventListener("click", cancel);
document.addEventListener("keydown", ({ key }) => {
  if (key === "Escape") cancel();
});
for (const [name, bench] of Object.entries(BENCHES))
  if (bench.onPage) byId("benches", HTMLElement).append(sectionOf(name, bench, bench.onPage));
await showAdapter();

async function showAdapter(): Promise<void> {
  const line = byId("adapter", HTMLElement);
  try {
    const gpu = await openGpu();
    setText(line, gpu.adapter.label);
    byId("software-badge", HTMLElement).hidden = !gpu.adapter.isSoftware;
    gpu.destroy();
  } catch (error) {
    setText(line, messageOf(error));
  }
}

function cancel(): void {
  if (!underWay) return;
  underWay.abort(new DOMException("the bench was cancelled", "AbortError"));
  setText(status, "Cancelling…");
}

/** One bench: its options, its button, and what it has found. */
function sectionOf(name: string, { title, options }: Bench, { offered, fixed }: NonNullable<Bench["onPage"]>): Element {
  const fields = Object.entries(offered).map(([key, value]) => fieldOf(`${name}-${key}`, key, options[key]!, value));
  const runButton = make("button", { type: "button", class: "primary" }, "Run");
  const saveButton = make("button", { type: "button", "aria-disabled": "true" }, "Save the record (JSON)");
  const found = make("div");
  let record: BenchRecord | undefined;
  const setRecord = (made: BenchRecord | undefined): void => {
    record = made;
    saveButton.setAttribute("aria-disabled", String(!made));
  };
  runButton.addEventListener("click", () => {
    if (underWay) return;
    const chosen: BenchOptions = { ...fixed };
    for (const { key, input } of fields) {
      if (!input.reportValidity()) return;
      chosen[key] = input instanceof HTMLInputElement ? input.valueAsNumber : input.value;
    }
    found.replaceChildren();
    setRecord(undefined);
    void runBench(name, title, chosen, found).then(setRecord);
  });
  saveButton.addEventListener("click", () => {
    if (record) download(recordName(record), "application/json", recordText(record));
  });
  const heading = make("h2", { id: `${name}-title` }, title);
  const bar = make("div", { class: "bar" }, ...fields.map(({ label }) => label), runButton, saveButton);
  return make("section", { "aria-labelledby": heading.id }, heading, bar, found);
}

function fieldOf(
  id: string,
  key: string,
  choice: number | readonly string[],
  value: number | string,
): { key: string; label: HTMLElement; input: HTMLInputElement | HTMLSelectElement } {
  const input =
    typeof choice === "number"
      ? make("input", { id, type: "number", min: "1", step: "1", required: "", value: String(value) })
      : make("select", { id }, ...choice.map((word) => make("option", word === value ? { selected: "" } : {}, word)));
  return { key, input, label: make("label", { for: id }, `${key} `, input) };
}

/** @returns the record of a bench that came to its end */
async function runBench(
  bench: string,
  title: string,
  options: BenchOptions,
  found: Element,
): Promise<BenchRecord | undefined> {
  underWay = new AbortController();
  cancelButton.setAttribute("aria-disabled", "false");
  setText(status, `${title}: under way`);
  try {
    const machine = (await (await fetch("./machine.json")).json()) as { date: string };
    const { run } = (await import(/* @vite-ignore */ `./${bench}.ts`)) as BenchModule;
    const result = await run(options, screenIn(found, underWay.signal));
    setText(status, `${title}: done`);
    return { bench, options, ...machine, browser: navigator.userAgent, ...result };
  } catch (error) {
    setText(status, `${title}: ${messageOf(error)}`);
    return undefined;
  } finally {
    underWay = undefined;
    cancelButton.setAttribute("aria-disabled", "true");
  }
}

/** Lines and tables in the order in which they come; the last line is the status too. */
function screenIn(found: Element, signal: AbortSignal): Screen {
  const say = (line: string): void => {
    found.append(make("div", { class: "hint" }, line));
    setText(status, line);
  };
  const show = (title: string, [head = [], ...rows]: readonly (readonly string[])[]): void => {
    const cells = (tag: "th" | "td", row: readonly string[]): HTMLElement[] =>
      row.map((cell, c) =>
        make(c === 0 ? "th" : tag, tag === "th" ? { scope: "col" } : c === 0 ? { scope: "row" } : {}, cell),
      );
    const body = rows.map((row) => make("tr", {}, ...cells("td", row)));
    const table = make(
      "table",
      {},
      make("caption", {}, title),
      make("thead", {}, make("tr", {}, ...cells("th", head))),
      make("tbody", {}, ...body),
    );
    found.append(make("div", { class: "scroll", role: "region", "aria-label": title, tabindex: "0" }, table));
  };
  return { say, show, signal };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
