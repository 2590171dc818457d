import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { findChrome } from "../../src/cli/chrome.mjs";
import { writeNpz } from "../../src/formats/write-npz.ts";
import { synthetic } from "../../src/index.ts";
import { runAnalyse, type Ended } from "./command.ts";

type Says = (pattern: RegExp) => Promise<void>;

/** A folder of its own, in which the command's Chrome keeps its profiles and tells its process. */
export class Workplace {
  readonly folder = mkdtempSync(join(tmpdir(), "stopping-"));

  constructor() {
    mkdirSync(join(this.folder, "profiles"));
  }

  /** Chrome under a name by which its process is known, with what a shell does before it. */
  async knownChrome(before = ""): Promise<NodeJS.ProcessEnv> {
    const script = join(this.folder, "chrome.sh");
    writeFileSync(script, `#!/bin/sh\necho $$ > chrome.pid\n${before}\nexec "${(await findChrome())!}" "$@"\n`);
    chmodSync(script, 0o755);
    return { PUPPETEER_EXECUTABLE_PATH: "", CHROME_PATH: script, TMPDIR: join(this.folder, "profiles") };
  }

  chromePid(): number {
    return Number(readFileSync(join(this.folder, "chrome.pid"), "utf8"));
  }

  async chromeStarted(): Promise<void> {
    while (!existsSync(join(this.folder, "chrome.pid"))) await setTimeout(10);
  }

  profiles(): string[] {
    return readdirSync(join(this.folder, "profiles"));
  }

  /** A problem whose limits and run take minutes. */
  writeLarge(): string {
    const problem = synthetic({ contextCount: 1000, vocabularySize: 2000, embeddingDim: 256, supportSize: 5, seed: 1 });
    const { embeddings, offsets, tokens, probabilities } = problem;
    const arrays = {
      embeddings: { data: embeddings, shape: [1000, 256] },
      offsets: { data: offsets, shape: [1001] },
      tokens: { data: tokens, shape: [tokens.length] },
      probabilities: { data: probabilities, shape: [probabilities.length] },
      vocabulary: { data: Uint32Array.of(2000), shape: [] },
    };
    writeFileSync(join(this.folder, "large.npz"), writeNpz(arrays));
    return "large.npz";
  }

  /** The command with these arguments, which gets the signal once `until` has come. */
  async stop(
    args: readonly string[],
    signal: NodeJS.Signals,
    env: NodeJS.ProcessEnv,
    until: (says: Says) => Promise<void>,
  ): Promise<Stopped> {
    let begun = NaN;
    const ended = await runAnalyse(this.folder, args, {
      env,
      meanwhile: async ({ kill, says }) => {
        await until(says);
        begun = performance.now();
        kill(signal);
      },
    });
    return { ...ended, milliseconds: performance.now() - begun };
  }
}

interface Stopped extends Ended {
  /** From the signal to the end of the process. */
  milliseconds: number;
}

/** Moments at which the command is stopped on a large problem. */
export const MOMENTS: readonly {
  title: string;
  limitsWithin: string;
  until: (workplace: Workplace, says: Says) => Promise<void>;
}[] = [
  { title: "the solvers compute", limitsWithin: "60", until: (_, says) => says(/limits/) },
  { title: "the run computes", limitsWithin: "0", until: (_, says) => says(/training: step/) },
  { title: "Chrome has only begun to start", limitsWithin: "0", until: (workplace) => workplace.chromeStarted() },
];
