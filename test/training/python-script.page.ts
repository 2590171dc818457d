import {
  embeddingFacts,
  findLimits,
  limitFacts,
  pythonScript,
  runRecord,
  train,
  trainEmbeddings,
  type Method,
  type ResultArrays,
  type RunFacts,
} from "../../src/index.ts";
import { open, problemOf, type ProblemText } from "../support/page-problem.ts";

const SOURCE = { name: "a test", kind: "preset", notes: [] };

interface Run extends Partial<Method> {
  readonly steps: number;
  readonly stepSize?: number;
  readonly initial?: "zero" | "lecun";
}

/** The script of a run of the decoder towards its limits. */
export async function scriptOf(given: ProblemText, { initial = "zero", ...options }: Run): Promise<string> {
  const [gpu, problem] = [await open(), await problemOf(given)];
  const limits = await findLimits(gpu, problem);
  const trained = await train(gpu, problem, { ...options, initial, seed: 5, towards: limits }).result();
  const facts: RunFacts = {
    ...{ status: trained.status, source: SOURCE, seed: 5, initial, trainingMs: 0, steps: options.steps },
    ...{ ...options, optimizer: trained.optimizer, schedule: trained.schedule, stepSize: trained.stepSize },
    ...{ stepSizeRule: "given", trace: trained.trace },
    ...limitFacts(problem, limits, trained),
  };
  return pythonScript(problem, runRecord(problem, facts), { trained, limits });
}

/** The script of a run of both factors. */
export async function scriptOfFactors(
  given: ProblemText,
  options: { steps: number; dimension: number },
): Promise<string> {
  const [gpu, problem] = [await open(), await problemOf(given)];
  const embeddings = await trainEmbeddings(gpu, problem, options).result();
  const { optimizer, schedule } = embeddings;
  const facts: RunFacts = {
    ...{ status: embeddings.status, source: SOURCE, seed: 1, initial: "gaussian", trainingMs: 0, steps: options.steps },
    ...{ optimizer, schedule, stepSizeRule: "default", trace: [] },
    embeddings: embeddingFacts(problem, { ...embeddings, steps: options.steps }),
  };
  const arrays: ResultArrays = { embeddings };
  return pythonScript(problem, runRecord(problem, facts), arrays);
}
