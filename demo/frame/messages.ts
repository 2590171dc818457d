import type { RunRecord } from "../../src/index.ts";
import type { RunEventDetail } from "../element/index.ts";

/** The version of the messages: what a page and a frame in it say to each other has this key, with this number. */
const VERSION_KEY = "next-token-bias";
const VERSION = 1;

/** What the page around a frame may ask of it. */
export type Request =
  | { readonly do: "set"; readonly attributes: Readonly<Record<string, string | null>> }
  | { readonly do: "run" | "pause" | "record" };

/** What the frame tells: each phase of its run, and the record that was asked for, null before there is one. */
export type News =
  ({ readonly tell: "run" } & RunEventDetail) | { readonly tell: "record"; readonly record: RunRecord | null };

export const messageOf = (news: News): object => ({ [VERSION_KEY]: VERSION, ...news });

/** A message as a request; undefined for what is not one, such as messages of others that a page sends. */
export function requestOf(data: unknown): Request | undefined {
  if (!isRecord(data) || data[VERSION_KEY] !== VERSION) return undefined;
  if (data.do === "run" || data.do === "pause" || data.do === "record") return { do: data.do };
  const { attributes } = data;
  if (data.do !== "set" || !isRecord(attributes)) return undefined;
  const isWritten = (value: unknown): value is string | null => value === null || typeof value === "string";
  return Object.values(attributes).every(isWritten)
    ? { do: "set", attributes: attributes as Readonly<Record<string, string | null>> }
    : undefined;
}

/** The only origin that a frame listens and talks to: the one that its address names as `host`, else that of the page that opened it. */
export function hostOrigin(host: string | null, referrer: string): string | undefined {
  try {
    const { origin } = new URL(host ?? referrer);
    return origin === "null" ? undefined : origin;
  } catch {
    return undefined;
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;
