import { expect, test } from "vitest";
import { hostOrigin, messageOf, requestOf } from "../../demo/frame/messages.ts";

const ask = (rest: object): object => ({ "next-token-bias": 1, ...rest });

test("requests are those of this version and form, and nothing else that a page sends", () => {
  for (const name of ["run", "pause", "record"]) expect(requestOf(ask({ do: name, more: 1 }))).toEqual({ do: name });
  const set = { do: "set", attributes: { steps: "300", src: null } };
  expect(requestOf(ask(set))).toEqual(set);
  for (const other of [
    ...[undefined, null, "run", 1, [], {}, { do: "run" }, { "next-token-bias": 2, do: "run" }],
    ...[ask({ do: "delete" }), ask({ do: "set" }), ask({ do: "set", attributes: { steps: 300 } })],
    ask({ do: "set", attributes: "steps" }),
  ])
    expect(requestOf(other)).toBe(undefined);
});

test("a message says of which version it is", () => {
  expect(messageOf({ tell: "run", phase: "done", step: 5 })).toEqual(ask({ tell: "run", phase: "done", step: 5 }));
});

test("a frame is for the host that its address names, else for the page that opened it, else for nobody", () => {
  expect(hostOrigin("https://host.example/some/page", "https://other.example/")).toBe("https://host.example");
  expect(hostOrigin(null, "https://other.example:8443/article")).toBe("https://other.example:8443");
  for (const [host, referrer] of [
    [null, ""],
    ["*", "https://other.example/"],
    ["", "https://other.example/"],
    [null, "file:///home/article.html"],
    ["data:text/html,x", ""],
  ] as const)
    expect(hostOrigin(host, referrer)).toBe(undefined);
});
