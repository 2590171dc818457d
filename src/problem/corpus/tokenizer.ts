import { Tokenizer } from "@huggingface/tokenizers";
import { OptionError } from "../../errors.ts";
import { describe } from "../../support/options.ts";
import type { TextScanner, TokenList } from "./tokens.ts";

/** The models that a tokenizer.json can have. */
const MODELS = ["BPE", "WordPiece", "Unigram", "WordLevel"];

/** UTF-16 units of a part, at least; it takes a few milliseconds. */
const PART = 1 << 12;
/** Where a part may end, the best first: before a space between letters, where tokens end too; after a line. */
const CUTS = [/(?<=\p{L}) (?=\p{L})/u, /(?<=\S\n)(?=\S)/u];

/**
 * Cuts a text into the tokens of a tokenizer, part by part, as the vocabulary spells them. A part has 4,096 to 8,192 UTF-16 units, so that
 * the thread is not held, and where it ends is told by the text alone. Special tokens are not added, but are found where the text has them.
 */
export class TokenizerScanner implements TextScanner {
  readonly #tokens: TokenList;
  readonly #tokenizer: Tokenizer;
  readonly #linesAreSequences: boolean;
  /** Not where every text gets a space of its own in front: the part then goes without the one that it begins with. */
  readonly #keepsSpace: boolean;
  /** The end of the text so far, not cut yet. */
  #held = "";

  /**
   * @param content of a tokenizer.json
   * @throws OptionError for what is none, or none that the library knows
   */
  constructor(tokens: TokenList, content: string | object, linesAreSequences: boolean) {
    this.#tokens = tokens;
    this.#linesAreSequences = linesAreSequences;
    this.#tokenizer = createTokenizer(content);
    this.#keepsSpace =
      [...idsOf(this.#tokenizer, "a"), ...idsOf(this.#tokenizer, " b")].join() === idsOf(this.#tokenizer, "a b").join();
  }

  add(piece: string): void {
    const text = this.#held + piece;
    const lines = this.#linesAreSequences ? text.split(/[\r\n]/) : [text];
    const last = lines.pop()!;
    for (const line of lines) {
      this.#encode(this.#encodeParts(line));
      this.#tokens.endSequence();
    }
    this.#held = this.#encodeParts(last);
  }

  end(): void {
    this.#encode(this.#held);
  }

  /** Returns the rest, which may be less than a part. */
  #encodeParts(text: string): string {
    let rest = text;
    while (rest.length > 2 * PART) {
      const end = endOfPart(rest);
      this.#encode(rest.slice(0, end));
      rest = rest.slice(!this.#keepsSpace && rest[end] === " " ? end + 1 : end);
    }
    return rest;
  }

  #encode(text: string): void {
    for (const id of idsOf(this.#tokenizer, text))
      // as in Hugging Face's own library, what a vocabulary without an unknown token lacks is left out
      if (typeof id === "number") this.#tokens.add(this.#tokenizer.id_to_token(id)!);
  }
}

const idsOf = (tokenizer: Tokenizer, text: string): readonly (number | null | undefined)[] =>
  tokenizer.encode(text, { add_special_tokens: false }).ids;

/** Where the first part of a text of more than two parts ends. */
function endOfPart(text: string): number {
  const window = text.slice(PART, 2 * PART);
  for (const cut of CUTS) {
    const at = window.search(cut);
    if (at >= 0) return PART + at;
  }
  const isInsideCharacter = text.codePointAt(2 * PART - 1)! > 0xffff;
  return isInsideCharacter ? 2 * PART - 1 : 2 * PART;
}

function createTokenizer(content: string | object): Tokenizer {
  const stated = typeof content === "string" ? parse(content) : content;
  const { model } = stated as { readonly model?: { readonly type?: unknown; readonly unk_token?: unknown } };
  if (typeof model !== "object" || model === null) return refuse(`${describe(stated)} without the object "model"`);
  const { type, unk_token } = model;
  // files of the first years have no type, which the library tells by what there is
  if (type !== undefined && !MODELS.includes(type as string))
    throw new OptionError("tokenizer", `expected a model of type ${MODELS.join(", ")}, found ${describe(type)}`);
  try {
    // the library takes the unknown token of WordLevel from tokenizer_config.json
    const tokenizer = new Tokenizer({ added_tokens: [], ...stated }, { unk_token });
    // some of what is wrong with one shows only then
    idsOf(tokenizer, "a b");
    return tokenizer;
  } catch (error) {
    return refuse(`one that cannot be used (${(error as Error).message})`);
  }
}

function parse(text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse("text that is no JSON");
  }
  return typeof value === "object" && value !== null ? value : refuse(describe(value));
}

function refuse(found: string): never {
  throw new OptionError("tokenizer", `expected the content of a tokenizer.json, found ${found}`);
}
