import { writeGram } from "../maps/gram.ts";
import type { GpuArray } from "../gpu/array.ts";
import type { Gpu } from "../gpu/device.ts";
import { PacedSubmissions, type PaceOptions } from "../gpu/paced-submissions.ts";
import { readArrays } from "../readback/read-arrays.ts";
import { withArrays, withWorkspace, type Workspace } from "../gpu/workspace.ts";
import { oneWorkgroupAscent, ascentTileOn } from "../kernels/one-workgroup-ascent.ts";
import { canDecide, findRecession } from "../float64/recession.ts";
import { Spells } from "../support/host-spells.ts";
import { findConflict } from "../float64/conflicting-contexts.ts";
import { MarginCertificate } from "../solvers/max-margin/certificate.ts";
import { statusOf, type End } from "../solvers/max-margin/status.ts";
import type { MaxMarginManySettings, MaxMarginOfMany, MaxMarginSource } from "./max-margin-many-settings.ts";

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

/** The problems of a source, a group of them after another. */
export class ManyMargins {
  readonly #gpu: Gpu;
  readonly #source: MaxMarginSource;
  readonly #gapTolerance: number;
  readonly #maxIterations: number;
  readonly #options: MaxMarginManySettings;
  readonly #stride: number;
  /** Multiply-adds of an iteration of one problem. */
  readonly #work: number;
  /** The pace of all that goes on at once. */
  #submissions: PacedSubmissions;
  readonly #spells = new Spells();
  #isOver = false;

  constructor(gpu: Gpu, source: MaxMarginSource, options: MaxMarginManySettings) {
    this.#gpu = gpu;
    this.#source = source;
    this.#gapTolerance = options.gapTolerance;
    this.#maxIterations = options.maxIterations;
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
