/** From values to places on an axis, with the values that have a tick. */
export interface Scale {
  readonly at: (value: number) => number;
  readonly ticks: readonly { readonly value: number; readonly text: string }[];
}

/** A logarithmic axis has no zero. */
export const isOnAxis = (value: unknown, isLog: boolean): value is number =>
  typeof value === "number" && Number.isFinite(value) && (!isLog || value > 0);

interface Axis {
  readonly isLog: boolean;
  /** Places of the least value and of the largest. */
  readonly range: readonly [number, number];
  /** How many ticks there is room for, two at least. */
  readonly mostTicks: number;
  /** Whether the axis ends where the values do; otherwise at a round number, a power of ten where it is logarithmic. */
  readonly isTight: boolean;
}

/** @param values at least one, all with a place on the axis */
export const scaleOf = (values: readonly number[], axis: Axis): Scale =>
  (axis.isLog ? logScale : linearScale)(
    values.reduce((a, b) => Math.min(a, b)),
    values.reduce((a, b) => Math.max(a, b)),
    axis,
  );

/** Ticks stand at powers of ten, at every second or third one where there is no room for all. */
function logScale(least: number, most: number, { range, mostTicks, isTight }: Axis): Scale {
  const tight = [Math.log10(least), Math.log10(most)] as const;
  const countIn = ([low, high]: readonly [number, number]): number => Math.floor(high + TINY) - Math.ceil(low - TINY);
  const isWide = isTight && countIn(tight) >= 1;
  const whole = [Math.floor(tight[0] + TINY), Math.ceil(tight[1] - TINY)] as const;
  const [low, high] = isWide ? tight : [whole[0], Math.max(whole[1], whole[0] + 1)];
  const [first, last] = [Math.ceil(low - TINY), Math.floor(high + TINY)];
  const every = Math.max(1, Math.ceil((last - first) / (mostTicks - 1)));
  return {
    at: (value) => between(range, (Math.log10(value) - low) / (high - low)),
    ticks: Array.from({ length: Math.floor((last - first) / every) + 1 }, (_, i) => {
      const power = first + i * every;
      return { value: 10 ** power, text: power === 0 ? "1" : power === 1 ? "10" : `10^${signed(power)}` };
    }),
  };
}

/** Ticks stand at multiples of 1, 2 or 5 times a power of ten. */
function linearScale(least: number, most: number, { range, mostTicks, isTight }: Axis): Scale {
  const size = most - least || Math.abs(most) || 1;
  const [from, to] = most > least ? [least, most] : [least - size / 2, most + size / 2];
  const power = 10 ** Math.floor(Math.log10((to - from) / mostTicks));
  const countOf = (step: number): number =>
    isTight
      ? Math.floor(to / step + TINY) - Math.ceil(from / step - TINY)
      : Math.ceil(to / step - TINY) - Math.floor(from / step + TINY);
  const step = power * [1, 2, 5, 10, 20].find((times) => countOf(times * power) < mostTicks)!;
  const [first, last] = [Math.floor(from / step + TINY), Math.ceil(to / step - TINY)];
  const [low, high] = isTight ? [from, to] : [first * step, last * step];
  const digits = Math.max(0, -Math.floor(Math.log10(step) + TINY));
  return {
    at: (value) => between(range, (value - low) / (high - low)),
    ticks: Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step)
      .filter((value) => value >= low - TINY * step && value <= high + TINY * step)
      .map((value) => ({ value, text: signed(value, digits) })),
  };
}

/** Of rounding in the logarithm of a power of ten, or in a multiple of a step. */
const TINY = 1e-9;

const between = ([from, to]: readonly [number, number], part: number): number => from + (to - from) * part;

const signed = (value: number, digits = 0): string => {
  const text = Math.abs(value).toFixed(Math.min(digits, 12));
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
};
