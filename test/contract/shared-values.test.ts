import { expect, test } from "vitest";
import { SharedValues, type Shareable } from "../../src/gpu/shared-values.ts";

const MIB = 2 ** 20;

/** Values by name, with how often each was made and whether it is still there. */
function shelf(): {
  readonly shared: SharedValues;
  readonly made: string[];
  readonly alive: Set<string>;
  readonly borrow: (key: object, name: string, bytes?: number) => () => void;
} {
  const shared = new SharedValues();
  const [made, alive] = [[] as string[], new Set<string>()];
  const make = (name: string, bytes: number): Shareable<string> => {
    made.push(name);
    alive.add(name);
    return { value: name, bytes, destroy: () => alive.delete(name) };
  };
  const borrow = (key: object, name: string, bytes = MIB): (() => void) => {
    const lease = shared.borrow(key, name, () => make(name, bytes));
    expect([lease.value, lease.bytes]).toEqual([name, bytes]);
    return () => lease.giveBack();
  };
  return { shared, made, alive, borrow };
}

const key = {};

test("a value is made once for those who use it at a time, and for those who come after", () => {
  const { made, borrow } = shelf();
  const first = borrow(key, "a");
  borrow(key, "a")();
  first();
  borrow(key, "a")();
  expect(made).toEqual(["a"]);
  borrow(key, "b")();
  borrow({}, "a")();
  expect(made).toEqual(["a", "b", "a"]);
});

test("of what nobody uses, the four last used are kept", () => {
  const { alive, borrow } = shelf();
  const held = borrow(key, "held");
  for (const name of ["a", "b", "c", "d"]) borrow(key, name)();
  borrow(key, "a")();
  borrow(key, "e")();
  expect([...alive].sort()).toEqual(["a", "c", "d", "e", "held"]);
  held();
  expect([...alive].sort()).toEqual(["a", "d", "e", "held"]);
});

test("and at most 128 MiB of it", () => {
  const { shared, alive, borrow } = shelf();
  borrow(key, "a", 100 * MIB)();
  borrow(key, "b", 28 * MIB)();
  expect(shared.idleBytes).toBe(128 * MIB);
  borrow(key, "c", 1)();
  expect([...alive]).toEqual(["b", "c"]);
  borrow(key, "large", 129 * MIB)();
  expect([...alive]).toEqual([]);
});

test("what is given back twice is not taken from others, and what is used is not cleared", () => {
  const { shared, alive, borrow } = shelf();
  const [one, other] = [borrow(key, "a"), borrow(key, "a")];
  one();
  one();
  shared.clear();
  expect([...alive]).toEqual(["a"]);
  other();
  shared.clear();
  expect([...alive]).toEqual([]);
});
