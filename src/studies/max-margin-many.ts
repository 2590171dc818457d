import { writeGram } from "../maps/gram.ts";
import { OptionError, ProblemError } from "../errors.ts";
import type { LongWork, WorkProgress } from "../support/long-work.ts";
import { requireKnownOptions, requireWhole } from "../support/options.ts";
import type { GpuArray } from "../gpu/array.ts";
import type { Gpu } from "../gpu/device.ts";
import { PacedSubmissions, type PaceOptions } from "../gpu/paced-submissions.ts";
import { readArrays } from "../readback/read-arrays.ts";
import { withArrays, withWorkspace, type Workspace } from "../gpu/workspace.ts";
import { drawAndRead, requireRandomProblems, type RandomProblems } from "./random-problems.ts";
import {
  fitsOneWorkgroup,
  MOST_LANES,
  MOST_WORDS,
  oneWorkgroupAscent,
  ascentTileOn,
} from "../kernels/one-workgroup-ascent.ts";
import { canDecide, findRecession } from "../float64/recession.ts";
import { Spells } from "../support/host-spells.ts";
import type { Problem } from "../problem/problem.ts";
import { findConflict } from "../float64/conflicting-contexts.ts";
import { MarginCertificate } from "../solvers/max-margin/certificate.ts";
import { DEFAULT_GAP, requireGapTolerance } from "../solvers/max-margin/settings.ts";
import { statusOf, type End, type MaxMarginStatus } from "../solvers/max-margin/status.ts";

/** Cancelled, the problems in work come with the status `"cancelled"`, the others not at all. */
export interface MaxMarginManyOptions extends LongWork<MaxMarginManyProgress> {
  /**
   * Relative gap (P − D)/P, certified in float64, at which a problem is done; default 1e-5. With 0.9, say, a problem is done as soon
   * as it is known whether it is separable.
   */
  readonly gapTolerance?: number;
  /** Iterations of one problem at most; default 10,000. */
  readonly maxIterations?: number;
}

/** How far the study has come; told after each group of problems. */
export interface MaxMarginManyProgress extends WorkProgress<"max-margin decoders"> {
  /** Problems that are done. */
  readonly problemsDone: number;
}

/** What is certified of one of many problems. */
export interface MaxMarginOfMany {
  /** Its number in the source. */
  readonly index: number;
  /** See {@link MaxMarginStatus}. */
  readonly status: MaxMarginStatus;
  /** True with a decoder that separates; false where it is proved that none does; undefined while neither is known. */
  readonly separable: boolean | undefined;
  /** A decoder that meets every constraint, V × d row-major; undefined while none is known. */
  readonly decoder: Float64Array | undefined;
  /** lowerBound ≤ ‖W_mm‖ ≤ upperBound. */
  readonly lowerBound: number;
  readonly upperBound: number;
  /** (P − D)/P of ½‖W_mm‖²; 1 while no decoder is known. */
  readonly relativeGap: number;
  readonly iterations: number;
}

const OPTION_NAMES: readonly (keyof MaxMarginManyOptions)[] = ["gapTolerance", "maxIterations", "signal", "onProgress"];

const DEFAULT_ITERATIONS = 10_000;
/** After so many iterations without an end the host decides, where that takes some 100 ms at most (see {@link canDecide}). */
const MOST_BEFORE_HOST = 512;
const MOST_HOST_WORK = 2e7;
/** Iterations of a round, at least; later rounds take a third of the iterations so far. */
const CERTIFY_EVERY = 128;
/** Groups of problems in work at a time: the host certifies one while the GPU iterates on another. */
const GROUPS_IN_WORK = 3;
/** Device memory of a group, and problems in it at most. */
const GROUP_BYTES = 16 * 2 ** 20;
const MOST_IN_GROUP = 2048;
/** In multiply-adds. All groups submit at one pace: the times of submissions that wait for each other vary. */
const PACE: PaceOptions = { first: 2e7, growth: 2, shrinkage: 2 };

/** Problems of one size, all of them there or drawn as they are needed. */
interface Source {
  readonly count: number;
  readonly words: number;
  readonly contexts: number;
  readonly dim: number;
  /** Nothing after an abort. */
  take(first: number, count: number): Promise<readonly Problem[] | undefined>;
}

/**
 * {@link maxMargin} for many small problems of one size side by side: a workgroup each, thousands of them a submission, results read
 * back in bulk. They are drawn on the device (any of them can be had by itself from {@link drawProblem}) or given. Results come in
 * the order of the problems, each certified in float64. Memory is that of some groups of problems, however many there are.
 * @throws OptionError at once for options out of range, and for more than 16 words or 256 contexts; ProblemError when every context
 *   is followed by every word, or problems differ in size.
 */
export function maxMarginMany(
  gpu: Gpu,
  problems: RandomProblems | readonly Problem[],
  options: MaxMarginManyOptions = {},
): AsyncGenerator<MaxMarginOfMany, void, void> {
  requireKnownOptions(options, OPTION_NAMES);
  requireGapTolerance(options.gapTolerance ?? DEFAULT_GAP);
  requireWhole("maxIterations", options.maxIterations ?? DEFAULT_ITERATIONS, 1);
  const source = isList(problems) ? givenSource(problems) : randomSource(gpu, problems, options.signal);
  if (!fitsOneWorkgroup(source))
    throw new OptionError(
      "problems",
      `expected at most ${MOST_WORDS} words and ${MOST_LANES} contexts, found ${source.words} and ${source.contexts}; maxMargin takes larger ones`,
    );
  return new Study(gpu, source, options).run();
}

const isList = (problems: RandomProblems | readonly Problem[]): problems is readonly Problem[] =>
  Array.isArray(problems);

function givenSource(problems: readonly Problem[]): Source {
  if (problems.length === 0) throw new OptionError("problems", "expected at least one, found none");
  const { vocabularySize: words, contextCount: contexts, embeddingDim: dim } = problems[0]!;
  problems.forEach((problem, p) => {
    const { vocabularySize, contextCount, embeddingDim, tokens } = problem;
    if (vocabularySize !== words || contextCount !== contexts || embeddingDim !== dim)
      throw new ProblemError(
        `problems[${p}]: expected V = ${words}, m = ${contexts} and d = ${dim} as in the first, found ${vocabularySize}, ${contextCount} and ${embeddingDim}`,
      );
    if (tokens.length === contexts * words)
      throw new ProblemError(`problems[${p}]: every context is followed by every word, there is no margin to maximise`);
  });
  const take = (first: number, count: number): Promise<readonly Problem[]> =>
    Promise.resolve(problems.slice(first, first + count));
  return { count: problems.length, words, contexts, dim, take };
}

function randomSource(gpu: Gpu, random: RandomProblems, signal: AbortSignal | undefined): Source {
  requireRandomProblems(random);
  const { count, vocabularySize: words, contextCount: contexts, embeddingDim: dim, supportSize } = random;
  if (supportSize === words)
    throw new ProblemError("supportSize: every context is followed by every word, there is no margin to maximise");
  return { count, words, contexts, dim, take: (first, some) => drawAndRead(gpu, random, first, some, signal) };
}

/** A problem in work. */
interface Entry {
  readonly index: number;
  readonly certificate: MarginCertificate;
  /** Where its Gram matrix is. */
  readonly slot: number;
  /** y − x, [V, stride], and t with its factor. */
  ahead: Float32Array;
  momentum: Float32Array;
}

class Study {
  readonly #gpu: Gpu;
  readonly #source: Source;
  readonly #gapTolerance: number;
  readonly #maxIterations: number;
  readonly #options: MaxMarginManyOptions;
  readonly #stride: number;
  /** Multiply-adds of an iteration of one problem. */
  readonly #work: number;
  /** The pace of all that goes on at once. */
  #submissions: PacedSubmissions;
  readonly #spells = new Spells();
  #isOver = false;

  constructor(gpu: Gpu, source: Source, options: MaxMarginManyOptions) {
    this.#gpu = gpu;
    this.#source = source;
    this.#gapTolerance = options.gapTolerance ?? DEFAULT_GAP;
    this.#maxIterations = options.maxIterations ?? DEFAULT_ITERATIONS;
    this.#options = options;
    this.#stride = 4 * Math.ceil(source.contexts / 4);
    this.#work = source.words * this.#stride ** 2;
    this.#submissions = new PacedSubmissions(gpu, "dual ascents", PACE);
  }

  async *run(): AsyncGenerator<MaxMarginOfMany, void, void> {
    const inWork: Promise<MaxMarginOfMany[]>[] = [];
    try {
      for (let [next, done] = [0, 0]; ;) {
        while (inWork.length < GROUPS_IN_WORK && next < this.#source.count && !this.#hasEnded()) {
          const count = Math.min(this.#groupSize(), this.#source.count - next);
          const group = this.#solve(next, count);
          // thrown where it is awaited, which may be later
          group.catch(() => undefined);
          inWork.push(group);
          next += count;
        }
        const first = inWork.shift();
        if (!first) return;
        const results = await first;
        done += results.length;
        this.#report(done);
        yield* results;
      }
    } finally {
      this.#isOver = true;
      await Promise.allSettled(inWork);
    }
  }

  #report(problemsDone: number): void {
    const { count } = this.#source;
    const message = `${problemsDone} of ${count} problems`;
    const fraction = problemsDone / count;
    this.#options.onProgress?.({ phase: "max-margin decoders", fraction, message, problemsDone });
  }

  #hasEnded(): boolean {
    return this.#isOver || (this.#options.signal?.aborted ?? false);
  }

  /** Problems whose first round is one submission. */
  #groupSize(): number {
    const { words } = this.#source;
    const bytes = 4 * (this.#stride ** 2 + 4 * words * this.#stride + 3);
    const most = Math.min(MOST_IN_GROUP, Math.floor(GROUP_BYTES / bytes));
    return Math.min(Math.max(Math.floor(this.#submissions.units / (this.#work * CERTIFY_EVERY)), 1), most);
  }

  async #solve(first: number, count: number): Promise<MaxMarginOfMany[]> {
    const problems = await this.#source.take(first, count);
    if (!problems) return [];
    const results = new Array<MaxMarginOfMany>(count);
    const grams = new Float32Array(count * this.#stride ** 2);
    let entries: Entry[] = [];
    for (const [p, problem] of problems.entries()) {
      if (findConflict(problem)) {
        results[p] = { index: first + p, ...INFEASIBLE };
        continue;
      }
      if (this.#hasEnded()) return [];
      const certificate = new MarginCertificate(problem);
      writeGram({ ...problem, embeddings: certificate.scaledEmbeddings() }, grams, this.#stride, p * this.#stride ** 2);
      const ahead = new Float32Array(this.#source.words * this.#stride);
      entries.push({ index: first + p, certificate, slot: p, ahead, momentum: Float32Array.of(1, 0) });
      await this.#spells.restIfTired();
    }
    let iterations = 0;
    // between rounds all that they need is on the host: on another device they go on from the last one
    return withWorkspace(this.#gpu, async (workspace) => {
      const gram = workspace.array("Gram matrices", "f32", [count, this.#stride, this.#stride], grams);
      while (entries.length > 0) {
        const more = Math.min(Math.max(CERTIFY_EVERY, Math.floor(iterations / 3)), this.#maxIterations - iterations);
        const undecided: Entry[] = [];
        const ends = await this.#round(gram, entries, iterations, more);
        iterations += more;
        entries.forEach((entry, e) => {
          const end = ends[e];
          if (!end) undecided.push(entry);
          else results[entry.index - first] = resultOf(entry, end, iterations, this.#gapTolerance);
        });
        entries = undecided;
      }
      return results;
    });
  }

  /** So many iterations of the problems side by side, and how each of them ends, if it does. */
  #round(
    gram: GpuArray<"f32">,
    entries: readonly Entry[],
    iterations: number,
    more: number,
  ): Promise<(End | undefined)[]> {
    const { words } = this.#source;
    const size = words * this.#stride;
    const shape = [entries.length, words, this.#stride];
    return withArrays(gram.gpu, async (workspace) => {
      const [linear, room, ahead, momentum] = [size, size, size, 2].map(
        (n) => new Float32Array(n * entries.length),
      ) as [Float32Array, Float32Array, Float32Array, Float32Array];
      for (const [e, entry] of entries.entries()) {
        entry.certificate.writeRound({
          ...{ linear, room, stride: this.#stride, start: e * size },
          contexts: entry.certificate.problem.contextCount,
        });
        ahead.set(entry.ahead, e * size);
        momentum.set(entry.momentum, 2 * e);
        await this.#spells.restIfTired();
      }
      const arrays = {
        plan: workspace.array("plan", "u32", [1 + entries.length]),
        gram,
        linear: workspace.array("linear parts", "f32", shape, linear),
        room: workspace.array("rooms", "f32", shape, room),
        x: workspace.array("x", "f32", shape),
        y: workspace.array("y", "f32", shape, ahead),
        state: workspace.array("momenta", "f32", [entries.length, 2], momentum),
      };
      const reached = await this.#iterate(workspace, arrays, entries, more);
      const ends: (End | undefined)[] = [];
      for (const [e, entry] of entries.entries()) {
        const end = reached ? this.#certify(entry, reached, e, iterations + more) : "cancelled";
        ends.push(isForHost(entry, end, iterations + more) ? ((await this.#decide(entry)) ?? end) : end);
        await this.#spells.restIfTired();
      }
      return ends;
    });
  }

  #submissionsOn(gpu: Gpu): PacedSubmissions {
    if (this.#submissions.gpu !== gpu) this.#submissions = new PacedSubmissions(gpu, "dual ascents", PACE);
    return this.#submissions;
  }

  /** What float64 arithmetic of the host says of a problem, if it gets to an end. */
  async #decide({ certificate }: Entry): Promise<End | undefined> {
    const work = findRecession(certificate.problem, "separability");
    for (;;) {
      const step = work.next();
      if (step.done) return step.value && certificate.conclude(step.value);
      if (this.#hasEnded()) return "cancelled";
      await this.#spells.restIfTired();
    }
  }

  /** Iterations in submissions sized from measured time: x, y and state, or nothing after an abort. */
  async #iterate(
    workspace: Workspace,
    arrays: Readonly<Record<"gram" | "linear" | "room" | "x" | "y" | "state", GpuArray<"f32">>> & {
      readonly plan: GpuArray<"u32">;
    },
    entries: readonly Entry[],
    more: number,
  ): Promise<Reached | undefined> {
    const { words, contexts } = this.#source;
    const params = {
      ...{ problems: arrays.gram.shape[0]!, groups: entries.length },
      ...{ contexts, words, stride: this.#stride },
    };
    const { signal } = this.#options;
    const dispatch = await workspace.unlessAborted(signal, () =>
      workspace.prepare(oneWorkgroupAscent, { arrays, params }, ascentTileOn(workspace.gpu, this.#source)),
    );
    if (!dispatch) return undefined;
    const work = this.#work * entries.length;
    let done = 0;
    return workspace.unlessAborted(signal, () =>
      this.#submissionsOn(workspace.gpu).until(
        {
          record: (batch, mostWork) => {
            const count = Math.min(Math.max(Math.floor(mostWork / work), 1), more - done);
            arrays.plan.write(Uint32Array.of(count, ...entries.map(({ slot }) => slot)));
            batch.dispatch(dispatch);
            done += count;
            return count * work;
          },
          read: async () =>
            done < more ? void (await workspace.gpu.idle()) : readArrays(arrays.x, arrays.y, arrays.state),
        },
        (reached) => reached,
        () => this.#hasEnded(),
      ),
    );
  }

  /** The bounds of one problem, and how it ends, if it does. */
  #certify(entry: Entry, [x, y, state]: Reached, e: number, iterations: number): End | undefined {
    const size = this.#source.words * this.#stride;
    const [start, end] = [e * size, (e + 1) * size];
    if (!x.subarray(start, end).every(Number.isFinite) || !y.subarray(start, end).every(Number.isFinite))
      return "numerical-error";
    entry.ahead = y.slice(start, end).map((value, i) => value - x[start + i]!);
    entry.momentum = state.slice(2 * e, 2 * e + 2);
    const isLast = iterations >= this.#maxIterations;
    entry.certificate.absorb({
      change: x,
      stride: this.#stride,
      start,
      contexts: entry.certificate.problem.contextCount,
    });
    entry.certificate.certify(this.#gapTolerance, iterations, isLast);
    return entry.certificate.judge(this.#gapTolerance) ?? (isLast ? "max-iterations" : undefined);
  }
}

type Reached = readonly [x: Float32Array, y: Float32Array, state: Float32Array];

const INFEASIBLE = {
  status: "infeasible-certified",
  separable: false,
  decoder: undefined,
  lowerBound: Infinity,
  upperBound: Infinity,
  relativeGap: 1,
  iterations: 0,
} as const;

/** What the ascent has not decided and the host can. */
const isForHost = ({ certificate }: Entry, end: End | undefined, iterations: number): boolean =>
  (end === "infeasible-below-norm" ||
    end === "stalled" ||
    end === "numerical-error" ||
    (!end && iterations >= MOST_BEFORE_HOST)) &&
  canDecide(certificate.problem, MOST_HOST_WORK);

function resultOf({ index, certificate }: Entry, end: End, iterations: number, gapTolerance: number): MaxMarginOfMany {
  if (end === "infeasible-certified") return { ...INFEASIBLE, index, iterations };
  const { lowerBound, upperBound, relativeGap } = certificate.bounds;
  const decoder = certificate.found?.decoder;
  const status = statusOf(end, relativeGap, gapTolerance, decoder !== undefined);
  return {
    index,
    status,
    separable: decoder ? true : undefined,
    decoder,
    lowerBound,
    upperBound,
    relativeGap,
    iterations,
  };
}
