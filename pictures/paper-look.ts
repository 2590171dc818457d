/** Points of a column of 3.3 inches, of its text, of a line of text, and of a line that is drawn. */
export const [WIDTH, FONT, LINE, THICK] = [3.3 * 72, 8, 10, 1];
export const [INK, GREY] = ["#1a1a1a", "#595959"];

export interface Size {
  readonly width: number;
  readonly height: number;
}
