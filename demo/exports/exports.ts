import { packArrays, StateError, traceCsv } from "../../src/index.ts";
import { wholeNumber } from "../format.ts";
import { recordOf } from "../record.ts";
import type { RunView } from "../run-view.ts";
import type { State } from "../state/keys.ts";
import { linkOf, LONGEST_LINK } from "../state/link.ts";
import { showAlert } from "../views/alert.ts";
import { announce } from "../views/announcer.ts";
import { byId, setText } from "../views/dom.ts";
import { download, fileStem } from "../views/downloads.ts";

/** What the page has to take along. */
export interface Exported {
  view(): RunView | undefined;
  /** The same with the state of its last step, unless it runs. */
  whole(): Promise<RunView | undefined>;
  state(): State;
  /** Undefined where what is trained has no plane. */
  planeSvg(): string | undefined;
  /** Does something that the reader asked for; what goes wrong is said in words. */
  attempt(action: () => void | Promise<void>): void;
}

/** Makes the buttons of links and files work. */
export function offerExports(page: Exported): void {
  const onClick = (id: string, action: () => void | Promise<void>): void =>
    byId(id, HTMLButtonElement).addEventListener("click", () => page.attempt(action));

  onClick("copy-link", async () => {
    const link = linkOf(page.state());
    const isWhole = page.state().preset !== "file" && link.length <= LONGEST_LINK;
    await copy("copy-link", `${location.href.split("#")[0]!}#${link}`);
    if (!isWhole)
      showAlert(
        page.state().preset === "file"
          ? "The link has the settings, but not the file: send that along."
          : `The link has ${wholeNumber(link.length)} characters, with the text in it: some programs cut it off.`,
      );
  });
  onClick("download-csv", () => {
    const view = page.view();
    if (!view) return;
    const { loaded, settings, trace } = view;
    const csv = traceCsv(trace, settings.model.figures, recordOf(view).predictions);
    download(`${fileStem(loaded.name)}-trace.csv`, "text/csv", csv);
  });
  onClick("download-json", () => {
    const view = page.view();
    if (!view) return;
    const record = JSON.stringify(recordOf(view), null, 2);
    download(`${fileStem(view.loaded.name)}-run.json`, "application/json", `${record}\n`);
  });
  onClick("download-npz", async () => {
    const view = await page.whole();
    if (!view?.end) throw new StateError(notThere("arrays are"));
    const { loaded, settings, end } = view;
    const arrays = packArrays(loaded.problem, settings.model.arrays(view, end));
    download(`${fileStem(loaded.name)}-arrays.npz`, "application/zip", arrays);
  });
  onClick("download-figures", async () => {
    const view = page.view();
    if (!view) return;
    const { figureFiles } = await import("./figure-files.ts");
    const files = await figureFiles(view, page.planeSvg());
    download(`${fileStem(view.loaded.name)}-figures.zip`, "application/zip", files);
  });
  onClick("copy-python", async () => {
    const view = await page.whole();
    if (!view?.end) throw new StateError(notThere("script is"));
    const { pythonOf } = await import("./python.ts");
    const script = pythonOf(view);
    if (!(await copy("copy-python", script))) download(`${fileStem(view.loaded.name)}.py`, "text/x-python", script);
  });
  onClick("copy-citation", async () => {
    const { CITATION } = await import("./citation.ts");
    if (!(await copy("copy-citation", CITATION))) download("next-token-bias.bib", "application/x-bibtex", CITATION);
  });
  onClick("copy-report", async () => {
    const report = byId("report", HTMLElement);
    if (await copy("copy-report", report.textContent)) return;
    byId("report-details", HTMLDetailsElement).open = true;
    getSelection()?.selectAllChildren(report);
  });
}

const notThere = (what: string): string =>
  `The ${what} there when a run has ended or is paused: this one is under way.`;

/** What is done where the browser copies nothing. */
const UNCOPIED: Readonly<Record<string, string>> = {
  "copy-report": "Selected: copy it with the keyboard",
  "copy-link": "Not copied: it is in the address bar",
};

/** Copies a text, and says on the button whether that went well. */
async function copy(id: string, content: string): Promise<boolean> {
  const isCopied = await navigator.clipboard.writeText(content).then(
    () => true,
    () => false,
  );
  const message = isCopied ? "Copied" : (UNCOPIED[id] ?? "Saved as a file");
  const button = byId(id, HTMLButtonElement);
  const label = (button.dataset.label ??= button.textContent.trim());
  setText(button, message);
  announce(`${message}.`);
  setTimeout(() => setText(button, label), 2000);
  return isCopied;
}
