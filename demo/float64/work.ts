import {
  findLimitsInFloat64,
  NextTokenBiasError,
  trainInFloat64,
  type Float64Options,
  type Problem,
} from "../../src/index.ts";

/** What is asked of the float64 engine, as a message can carry it. */
export type Work =
  | { readonly kind: "limits"; readonly problem: Problem }
  | {
      readonly kind: "run";
      readonly problem: Problem;
      readonly options: Omit<Float64Options, "signal" | "onProgress" | "onPoint" | "ready">;
    };

/** What may be said to work under way. */
export type Command = "pause" | "resume" | "cancel";

/** What work says: how far it is, a point of a run, and at last its value or why there is none. */
export type Answer =
  | { readonly step: number }
  | { readonly point: unknown }
  | { readonly value: unknown }
  | { readonly code: string; readonly message: string }
  | { readonly error: Error };

/** Does work, on whichever thread this is, and answers by the port, which takes commands meanwhile. */
export async function serve(work: Work, port: MessagePort): Promise<void> {
  const answer = (said: Answer): void => port.postMessage(said);
  const cancel = new AbortController();
  let pause: { readonly ended: Promise<void>; readonly end: () => void } | undefined;
  port.onmessage = ({ data }: MessageEvent<Command>) => {
    if (data === "pause") pause ??= pauseOf();
    else pause?.end();
    if (data === "resume") pause = undefined;
    if (data === "cancel") cancel.abort();
  };
  try {
    answer({ value: await valueOf(work) });
  } catch (error) {
    // a message carries no errors of our own
    if (error instanceof NextTokenBiasError) answer({ code: error.code, message: error.message });
    else answer({ error: error as Error });
  }

  function valueOf({ problem, ...rest }: Work): Promise<unknown> {
    if (rest.kind === "limits") return findLimitsInFloat64(problem, cancel.signal);
    return trainInFloat64(problem, {
      ...rest.options,
      signal: cancel.signal,
      ready: () => pause?.ended,
      onPoint: (point) => answer({ point }),
      onProgress: ({ step }) => answer({ step }),
    });
  }
}

function pauseOf(): { readonly ended: Promise<void>; readonly end: () => void } {
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  return { ended, end: () => end() };
}
