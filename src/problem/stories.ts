/**
 * A small story grammar, written for this project: contexts of five words as templates, in which a word with synonyms stands for each of
 * them, and the words that may follow, which every variant of a template inherits.
 */
export interface Template {
  readonly context: readonly string[];
  readonly next: readonly string[];
}

/** Words that stand for each other in a context; the first names them. */
const SYNONYMS: readonly (readonly string[])[] = [
  ["girl", "daughter", "princess"],
  ["boy", "son", "prince"],
  ["lily", "amy", "lucy", "anna", "tom", "sam", "ben"],
  ["little", "small", "young", "tiny"],
  ["day", "night", "morning", "evening"],
  ["wanted", "hoped", "wished", "decided"],
  ["went", "walked", "came"],
  ["saw", "found", "met", "noticed"],
  ["loved", "liked", "enjoyed"],
  ["was", "felt", "looked"],
  ["mom", "mother", "dad", "father"],
  ["gave", "showed", "brought"],
  ["ate", "shared", "tasted"],
  ["big", "huge", "red"],
];

const template = (context: string, next: string): Template => ({ context: context.split(" "), next: next.split(" ") });

/** 31 templates, whose next words are 40. */
export const TEMPLATES: readonly Template[] = [
  template("the little girl wanted to", "play sleep eat dance sing read"),
  template("the little boy wanted to", "play run jump climb swim"),
  template("day lily went to the", "park forest beach school lake"),
  template("lily and mom in the", "kitchen garden house park"),
  template("the girl saw a little", "dog cat bird rabbit frog"),
  template("the boy saw a big", "dog bear bird frog box"),
  template("and lily loved her little", "dog cat doll hat rabbit"),
  template("the little girl was very", "happy sad tired proud"),
  template("the little boy was so", "scared tired happy proud sad"),
  template("mom gave the girl a", "cake book doll hat apple"),
  template("mom gave the boy a", "ball kite book apple box hat"),
  template("lily and mom ate some", "bread soup cake"),
  template("the girl ate a big", "apple cookie cake"),
  template("lily went to the big", "house forest park lake garden"),
  template("day the girl loved to", "sing dance read play swim"),
  template("day the boy loved to", "run climb swim jump play"),
  template("lily saw mom at the", "school beach park lake house"),
  template("the little girl went to", "sleep school play"),
  template("one day lily was very", "sad happy scared tired proud"),
  template("lily and mom loved to", "read eat sing dance play swim"),
  template("lily gave the boy a", "ball hat cookie kite book"),
  template("day they saw a little", "frog rabbit cat bird bear dog"),
  template("the boy ate a little", "bread soup cookie apple cake"),
  template("day mom was so very", "tired proud happy sad"),
  template("girl went by the big", "lake beach garden house forest"),
  template("boy went in the big", "forest garden house kitchen"),
  template("the girl saw her big", "dog doll hat ball kite book"),
  template("mom wanted the girl to", "sleep eat read dance"),
  template("mom wanted the boy to", "sleep run eat read swim"),
  template("the girl gave mom a", "cake hat book apple kite cookie"),
  template("the boy gave mom a", "box apple cake ball cookie"),
];

/** Every word of the grammar, those that may follow first, in the order in which they stand there. */
export function storyWords(): string[] {
  const words = [
    ...TEMPLATES.flatMap(({ next }) => next),
    ...TEMPLATES.flatMap(({ context }) => context),
    ...SYNONYMS.flat(),
  ];
  return [...new Set(words)];
}

/** Every context that a template stands for, in the order of the synonyms. */
export function variantsOf({ context }: Template): string[] {
  return context
    .map((word) => SYNONYMS.find(([name]) => name === word) ?? [word])
    .reduce<string[]>(
      (begun, words) => begun.flatMap((start) => words.map((word) => (start === "" ? word : `${start} ${word}`))),
      [""],
    );
}
