/**
 * What texts of this project write after a letter of its formulas that stands by itself: `_mm`, `_in`, `_k`, `_k/10`, `_{i<k}` below it,
 * and `^-0.99` above; and after a norm, `‖L‖_*`. Names of words and files are left alone, `next_word`, `x_1` and `w_2.json`; one that is
 * written as a formula is, `w_2`, is set like it.
 */
const SHIFTED =
  /(?<=‖|(?<![\p{L}\p{N}_“])[WLPSCHKRhĥwupqgvβησωπΣℓk])(?:(?<low>_)(?:\{(?<group>[^}]+)\}|(?<sub>mm|in|k\/10|[A-Za-z\d*])(?![A-Za-z\d_]|\.\p{L}))|\^(?<sup>[-−]?\d+(?:\.\d+)?))/gu;

/**
 * The parts of a text with its sub- and superscripts as such. The signs that ask for them stay in the text, without a width: what is copied,
 * searched or read aloud is the text as it was, "W_mm" and not "Wmm", and so is `textContent`.
 */
export function typeset(text: string): (Node | string)[] {
  const parts: (Node | string)[] = [];
  let end = 0;
  for (const { 0: found, index, groups = {} } of text.matchAll(SHIFTED)) {
    const { low, group, sub, sup } = groups;
    parts.push(text.slice(end, index));
    parts.push(group ? shifted("sub", "_{", group, "}") : low ? shifted("sub", "_", sub!) : shifted("sup", "^", sup!));
    end = index + found.length;
  }
  return [...parts, text.slice(end)].filter((part) => part !== "");
}

function shifted(tag: "sub" | "sup", opening: string, text: string, closing = ""): HTMLElement {
  const element = document.createElement(tag);
  element.append(sign(opening), text, ...(closing ? [sign(closing)] : []));
  return element;
}

function sign(text: string): HTMLElement {
  const element = document.createElement("i");
  element.append(text);
  return element;
}
