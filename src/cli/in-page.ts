// The half of a command that runs in the browser's page. Results go out by POST: as bytes, never as JSON numbers.
import type { AnalyseOptions } from "../studies/analysis.ts";
import type { EmbeddingExperimentRecord } from "../studies/embedding-experiment-record.ts";
import type { ExperimentRecord } from "../studies/experiment-record.ts";
import type { Choices } from "../questions/study.ts";
import type { Progress } from "./progress-line.ts";

/** How a call into the page ended. */
export interface PageOutcome {
  readonly status: "done" | "cancelled" | "diverged" | "failed";
  readonly report: string;
  /** Set when the status is "failed". */
  readonly error?: PageError;
}

/** An error as it crosses from the page to the command. */
export interface PageError {
  readonly code: string | undefined;
  readonly message: string;
  readonly advice: string | undefined;
  /** Of an OptionError: the option as the library calls it, and what is wrong with it. */
  readonly option?: { readonly key: string; readonly complaint: string } | undefined;
}

/** What of the analysis' options the command line sets; what is left out has the library's default. */
export type AnalyseRequestOptions = Omit<AnalyseOptions, "evaluate" | "vectors" | "signal" | "onProgress" | "gpu">;

export interface AnalyseRequest {
  /** The input file's. */
  readonly name: string;
  /** The file to evaluate, if any. */
  readonly decoderName: string | undefined;
  readonly hasTokenizer: boolean;
  /** Of the file of word vectors, if any. */
  readonly vectorsName: string | undefined;
  readonly options: AnalyseRequestOptions;
  /** Whether only what would be done is asked for. */
  readonly isPreview: boolean;
  readonly wantsFiles: boolean;
}

export interface ExperimentRequest {
  readonly name: string;
  readonly options: { readonly seed?: number; readonly steps?: number };
}

export interface StudyRequest {
  readonly name: string;
  readonly choices: Partial<Choices>;
  /** Numbers of the units that are wanted. */
  readonly units: readonly number[];
}

/** A unit's result as it crosses from the page to the command. */
export interface StudyPart {
  readonly unit: number;
  readonly result: unknown;
}

type Library = typeof import("../index.ts");

const controller = new AbortController();

/** Stops the run at the next point where it can be stopped. */
export function cancel(): void {
  controller.abort();
}

export function analyse({
  name,
  decoderName,
  hasTokenizer,
  vectorsName,
  options,
  isPreview,
  wantsFiles,
}: AnalyseRequest): Promise<PageOutcome> {
  return outcomeOf(async (library) => {
    const input = await fetchFile("./input");
    const evaluate =
      decoderName === undefined
        ? undefined
        : { name: decoderName, bytes: await readBytes(await fetchFile("./decoder")) };
    const corpus = {
      ...options.corpus,
      ...(hasTokenizer && { tokenizer: await new Response(await fetchFile("./tokenizer")).text() }),
    };
    const stream = vectorsName === undefined ? undefined : await fetchFile("./vectors");
    const vectors = stream && { name: vectorsName!, stream: () => stream };
    const source = { name, stream: () => input };
    const asked = {
      ...{ ...options, corpus, ...(evaluate && { evaluate }), ...(vectors && { vectors }) },
      ...{ signal: controller.signal, onProgress: reportProgress },
    };
    if (isPreview) return { status: "done", report: (await library.preview(source, asked)).report };
    const outcome = await library.analyse(source, asked);
    if (wantsFiles) {
      await postJson("./result.json", outcome.result);
      await post("./arrays.npz", outcome.arrays);
    }
    return { status: outcome.status, report: outcome.report };
  });
}

export function experiment({ name, options }: ExperimentRequest): Promise<PageOutcome> {
  return outcomeOf(async (library) => {
    const signals = { signal: controller.signal, onProgress: reportProgress };
    if (name in library.EMBEDDING_EXPERIMENTS) {
      const { record, arrays } = await library.runEmbeddingExperiment(name, { ...options, ...signals });
      await post("./maps.npz", arrays);
      return postRecord(record);
    }
    return postRecord(await library.runExperiment(name, { ...options, ...signals }));
  });
}

/** Gives each unit's result as soon as it is there. */
export function study({ name, choices, units }: StudyRequest): Promise<PageOutcome> {
  return outcomeOf(async (library) => {
    const gpu = await library.openGpu();
    const run = library.runStudy(gpu, library.STUDIES[name]!, choices, {
      ...{ units, signal: controller.signal, onProgress: reportProgress },
    });
    const { takePart } = globalThis as unknown as { takePart: (part: StudyPart) => Promise<void> };
    for await (const { unit, result } of run) await takePart({ unit: unit.number, result });
    gpu.destroy();
    return { status: controller.signal.aborted ? "cancelled" : "done", report: "" };
  });
}

async function postRecord({ report, ...record }: ExperimentRecord | EmbeddingExperimentRecord): Promise<PageOutcome> {
  await postJson("./result.json", record);
  return { status: record.status, report };
}

async function outcomeOf(work: (library: Library) => Promise<PageOutcome>): Promise<PageOutcome> {
  try {
    const url = "./index.js";
    return await work((await import(/* @vite-ignore */ url)) as Library);
  } catch (error) {
    if (controller.signal.aborted && error instanceof Error && error.name === "AbortError")
      return { status: "cancelled", report: "" };
    return { status: "failed", report: "", error: describe(error) };
  }
}

function reportProgress(progress: Progress): void {
  // Exposed by the host; progress that cannot be shown must not stop a run.
  const { showProgress } = globalThis as { showProgress?: (progress: Progress) => Promise<void> };
  showProgress?.(progress).catch(() => {});
}

async function fetchFile(url: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const { ok, status, body } = await fetch(url);
  if (!ok || !body) throw new Error(`${url}: the command line's server answered ${status}`);
  return body;
}

async function readBytes(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<Uint8Array> {
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const postJson = (url: string, value: object): Promise<void> => post(url, `${JSON.stringify(value, null, 2)}\n`);

async function post(url: string, body: string | Uint8Array<ArrayBuffer>): Promise<void> {
  const { ok, status } = await fetch(url, { method: "POST", body });
  if (!ok) throw new Error(`${url}: the command line's server answered ${status}`);
}

function describe(error: unknown): PageError {
  if (!(error instanceof Error)) return { code: undefined, message: String(error), advice: undefined };
  const { code, advice, option, complaint } = error as Partial<Record<string, unknown>> & Error;
  const isKnown = typeof code === "string";
  return {
    code: isKnown ? code : undefined,
    // A failure nobody foresaw is worth its place in the code.
    message: isKnown ? error.message : (error.stack ?? error.message),
    advice: typeof advice === "string" ? advice : undefined,
    option: typeof option === "string" && typeof complaint === "string" ? { key: option, complaint } : undefined,
  };
}
