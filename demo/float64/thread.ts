import { NextTokenBiasError, type Problem } from "../../src/index.ts";
import workerUrl from "./worker.ts?worker&url";
import { serve, type Answer, type Command, type Work } from "./work.ts";

/** Work under way elsewhere. */
export interface Remote {
  /** What it gives; rejected with what went wrong. */
  readonly value: Promise<unknown>;
  say(command: Command): void;
}

let worker: Promise<Worker | undefined> | undefined;
const numbers = new WeakMap<Problem, number>();
let count = 0;

/**
 * Begins work in the page's worker, or where none can be made (a page from a file, one in a sandbox, an element, which is one file) in spells on the page's own thread.
 * @param signal cancels it; it then gives what it has come to
 * @param onNews told of all that it says on the way
 */
export function begin(work: Work, signal: AbortSignal, onNews: (news: Answer) => void = () => undefined): Remote {
  const { port1, port2 } = new MessageChannel();
  const say = (command: Command): void => port1.postMessage(command);
  const cancel = (): void => say("cancel");
  const value = new Promise<unknown>((resolve, reject) => {
    port1.onmessage = ({ data }: MessageEvent<Answer>) => {
      if ("value" in data) resolve(data.value);
      else if ("code" in data) reject(new NextTokenBiasError(data.code, data.message));
      else if ("error" in data) reject(data.error);
      else onNews(data);
    };
  }).finally(() => {
    signal.removeEventListener("abort", cancel);
    port1.close();
  });
  if (signal.aborted) cancel();
  signal.addEventListener("abort", cancel);
  const number = numbers.get(work.problem) ?? ++count;
  numbers.set(work.problem, number);
  void (worker ??= openWorker()).then((opened) => {
    if (opened) opened.postMessage({ number, work }, [port2]);
    else void serve(work, port2);
  });
  return { value, say };
}

/** The worker, once it has loaded; undefined where the browser refuses. */
async function openWorker(): Promise<Worker | undefined> {
  if (workerUrl === "") return undefined;
  try {
    const opened = new Worker(trustedUrl(), { type: "module" });
    return await new Promise((resolve) => {
      opened.addEventListener("message", () => resolve(opened), { once: true });
      opened.addEventListener("error", () => resolve(undefined), { once: true });
    });
  } catch {
    return undefined;
  }
}

/** What is asked of trusted types, which not every browser has. */
interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(): string }): { createScriptURL(given: string): string };
}

/** The worker's address as the page's policy wants it: by trusted types a rule that gives this one address and no other. */
function trustedUrl(): string {
  const { trustedTypes } = globalThis as { readonly trustedTypes?: TrustedTypes };
  const policy = trustedTypes?.createPolicy("float64-worker", { createScriptURL: () => workerUrl });
  return policy?.createScriptURL("") ?? workerUrl;
}
