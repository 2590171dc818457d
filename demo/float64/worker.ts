import { serve, type Work } from "./work.ts";

/** The last problem that came, by its number: what is known of it is found once. */
let last: { readonly number: number; readonly problem: Work["problem"] } | undefined;

addEventListener("message", ({ data, ports }: MessageEvent<{ readonly number: number; readonly work: Work }>) => {
  const { number, work } = data;
  if (last?.number !== number) last = { number, problem: work.problem };
  void serve({ ...work, problem: last.problem }, ports[0]!);
});
postMessage("ready");
