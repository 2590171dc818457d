import { decode, encode } from "./bridge.ts";

/** What an error has that tests ask about. */
export interface LabError {
  readonly message: string;
  readonly code: unknown;
  readonly name: unknown;
  readonly reason: unknown;
}

type LabAnswer = { readonly value: unknown } | { readonly error: LabError };

declare global {
  /** Calls an exported function of a module; arguments and answer are texts of the bridge. */
  var callModule: (module: string, name: string, args: string) => Promise<string>;
}

globalThis.callModule = async (path, name, args) => {
  const module = (await import(/* @vite-ignore */ path)) as Record<string, (...args: unknown[]) => unknown>;
  return encode(await answerOf(async () => await module[name]!(...(decode(args) as unknown[]))));
};

async function answerOf(call: () => Promise<unknown>): Promise<LabAnswer> {
  try {
    return { value: await call() };
  } catch (thrown) {
    const error = thrown as Partial<LabError> | undefined;
    const { code, name, reason } = error ?? {};
    return { error: { message: String(error?.message ?? thrown), code, name, reason } };
  }
}
