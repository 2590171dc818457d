/** A view whose code is loaded when it is shown first. */
export class Lazy<View> {
  readonly #load: () => Promise<View>;
  #view: Promise<View> | undefined;

  constructor(load: () => Promise<View>) {
    this.#load = load;
  }

  /** Does this with the view, at once where it is there already. */
  async with(use: (view: View) => void): Promise<void> {
    use(await (this.#view ??= this.#load()));
  }
}
