import { areWordVectors, FileError } from "../src/index.ts";
import type { FileData } from "./sources.ts";

/**
 * What each of some files that were opened together is: one is a problem, and a tokenizer.json and word vectors may be with it.
 * @throws FileError where that is not so
 */
export async function filesOfProblem(files: readonly File[]): Promise<Omit<FileData, "corpus">> {
  const tokenizer = files.length > 1 ? files.find(({ name }) => /tokenizer.*\.json$/i.test(name)) : undefined;
  const problems: File[] = [];
  const vectors: File[] = [];
  for (const file of files) if (file !== tokenizer) ((await areWordVectors(file)) ? vectors : problems).push(file);
  const [file] = problems;
  if (problems.length > 1)
    throw new FileError(
      namesOf(problems),
      `expected one problem, alone or together with its tokenizer.json or its word vectors (lines of a word and decimal numbers), found ${problems.length}`,
    );
  if (vectors.length > 1)
    throw new FileError(namesOf(vectors), `expected word vectors in one file, found them in ${vectors.length}`);
  if (!file)
    throw new FileError(
      namesOf(vectors),
      "expected a table or a text opened together with the word vectors, which are its contexts' embeddings, found none",
    );
  return { file, tokenizer, vectors: vectors[0] };
}

const namesOf = (files: readonly File[]): string => files.map(({ name }) => name).join(" and ");
