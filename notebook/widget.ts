import "../demo/element/index.ts";

/** What a notebook's model is asked of a widget, as anywidget's front-end module (AFM) has it. */
export interface Model {
  get(name: "attributes"): Readonly<Record<string, string>>;
  set(name: "record", value: object | null): void;
  save_changes(): void;
  on(event: "change:attributes", listener: () => void): void;
  off(event: "change:attributes", listener: () => void): void;
}

/**
 * Shows a run in the output of a cell; its attributes are those of the model, which gets the record of the run whenever that stops.
 * @returns takes it away again
 */
function render({ model, el }: { readonly model: Model; readonly el: HTMLElement }): () => void {
  const lab = document.createElement("next-token-lab");
  let shown: Readonly<Record<string, string>> = {};
  const show = (): void => {
    const wanted = model.get("attributes");
    for (const name of Object.keys(shown)) if (!(name in wanted)) lab.removeAttribute(name);
    for (const [name, value] of Object.entries(wanted)) if (shown[name] !== value) lab.setAttribute(name, value);
    shown = { ...wanted };
  };
  const tell = ({ phase }: { readonly phase: string }): void => {
    if (["starting", "running", "checking"].includes(phase)) return;
    model.set("record", lab.record ?? null);
    model.save_changes();
  };
  lab.addEventListener("ntp-run", (event) => tell((event as CustomEvent<{ phase: string }>).detail));
  model.on("change:attributes", show);
  show();
  el.append(lab);
  return () => {
    model.off("change:attributes", show);
    lab.remove();
  };
}

export default { render };
