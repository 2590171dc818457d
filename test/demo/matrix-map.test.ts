import { interpolateCividis, interpolateRdBu } from "d3-scale-chromatic";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { MatrixPicture } from "../../demo/maps/picture.ts";
import { Lab } from "../support/lab.ts";
import { colorAt, type Pixels } from "./pixels.ts";
import { violations } from "./violations.ts";

const PAGE = "/test/demo/maps.page.ts";
const CANVAS = "#matrix .heat-surface canvas";

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.openApart();
  // what is not in front is not drawn
  await lab.page.bringToFront();
});
afterAll(() => lab?.close());

const named = (count: number, name: string): string[] => Array.from({ length: count }, (_, i) => `${name}${i}`);

function picture(
  rows: number,
  columns: number,
  values: readonly number[],
  more: Partial<MatrixPicture>,
): MatrixPicture {
  return {
    ...{ title: "A matrix", fileStem: "matrix", rows, columns, values, rowNoun: "rows", columnNoun: "columns" },
    ...{ rowLabels: named(rows, "r"), columnLabels: named(columns, "c"), palette: "diverging", range: [-1, 1] },
    ...more,
  };
}

const show = (shown: MatrixPicture, width = 400): Promise<void> => lab.call(PAGE, "showMatrix", shown, width);
const pixels = (selector = CANVAS): Promise<Pixels> => lab.call(PAGE, "pixels", selector);
const text = (selector: string): Promise<string> =>
  lab.page.$eval(`#matrix ${selector}`, (element) => (element as HTMLElement).textContent);
/** The keys go to the map, none of whose cells is chosen. */
const enter = (): Promise<void> =>
  lab.page.$eval("#matrix .heat-surface", (surface) => {
    (surface as HTMLElement).blur();
    (surface as HTMLElement).focus();
  });
const legend = (): Promise<string[]> =>
  lab.page.$$eval("#matrix .map-ends span", (all) => all.map((element) => element.textContent));

describe.each([
  { palette: "diverging", range: [-1, 1], interpolate: (share: number) => interpolateRdBu(1 - share) },
  { palette: "sequential", range: [0, 4], interpolate: interpolateCividis },
] as const)("$palette", ({ palette, range, interpolate }) => {
  const [low, high] = range;
  const at = (share: number): number => low + share * (high - low);

  test("a cell has the palette's colour, and one beyond the range that of its end", async () => {
    const shares = [0, 0.25, 0.5, 0.75, 1, -0.5, 1.5, 0.125];
    await show(picture(2, 4, shares.map(at), { palette, range }));
    const found = await pixels();
    expect([found.width, found.height]).toEqual([4, 2]);
    shares.forEach((share, cell) =>
      expect(colorAt(found, Math.floor(cell / 4), cell % 4)).toBe(interpolate(Math.min(Math.max(share, 0), 1))),
    );
    expect(await legend()).toEqual([`≤ ${low}`, `${at(0.5)}`, `≥ ${high}`]);
  });

  test("the bar has the palette from its first colour to its last", async () => {
    await show(picture(1, 2, [at(0), at(1)], { palette, range }));
    const bar = await pixels("#matrix .map-bar");
    for (const share of [0, 0.25, 0.5, 1]) expect(colorAt(bar, 0, share * (bar.width - 1))).toBe(interpolate(share));
    expect(await legend()).toEqual([`${low}`, `${at(0.5)}`, `${high}`]);
  });
});

const RAGGED = [0.125, -0.3712345678, 1e-7, 0, -2e-5, 0.75];

test("arrow keys read every cell, aloud and to six digits, and stop at the edges", async () => {
  await show(picture(2, 3, RAGGED, {}));
  const { keyboard } = lab.page;
  await enter();
  const said: string[] = [];
  for (const key of ["Right", "Right", "Right", "Right", "Down", "Down", "Left", "Left", "Left"]) {
    await keyboard.press(`Arrow${key}` as "ArrowLeft");
    said.push(await text(".heat-readout"));
    expect(await lab.page.$eval("#live", (live) => live.textContent)).toBe(said.at(-1));
  }
  expect(said).toEqual([
    ...["r0, c0: 0.125", "r0, c1: -0.371235", "r0, c2: 1e-7", "r0, c2: 1e-7"],
    ...["r1, c2: 0.75", "r1, c2: 0.75", "r1, c1: -2e-5", "r1, c0: 0", "r1, c0: 0"],
  ]);
  await keyboard.press("End");
  expect(await text(".heat-readout")).toBe("r1, c2: 0.75");
});

test("a cell that is read stays when the matrix changes, and says what it has become", async () => {
  await show(picture(2, 3, RAGGED, {}));
  await enter();
  for (const key of ["Home", "ArrowRight"] as const) await lab.page.keyboard.press(key);
  await show(picture(2, 3, RAGGED.toReversed(), {}));
  expect(await text(".heat-readout")).toBe("r0, c1: -2e-5");
  await show(picture(6, 1, RAGGED, {}));
  expect(await text(".heat-readout")).toBe("");
});

test("the mouse reads the cell below it, and a touch one that stays", async () => {
  await show(picture(2, 3, RAGGED, {}));
  const box = (await (await lab.page.$(CANVAS))!.boundingBox())!;
  const middle = (row: number, column: number): [number, number] => [
    box.x + ((column + 0.5) * box.width) / 3,
    box.y + ((row + 0.5) * box.height) / 2,
  ];
  await lab.page.mouse.move(...middle(1, 2));
  expect(await text(".heat-readout")).toBe("r1, c2: 0.75");
  await lab.page.mouse.move(...middle(0, 1));
  expect(await text(".heat-readout")).toBe("r0, c1: -0.371235");
  await lab.page.mouse.move(box.x + box.width + 20, box.y);
  expect(await text(".heat-readout")).toBe("");
  await lab.page.touchscreen.tap(...middle(1, 1));
  expect(await text(".heat-readout")).toBe("r1, c1: -2e-5");
});

describe("a matrix of more cells than pixels", () => {
  const n = 250;
  // 9 more, 9 less and 0 in turn down the rows, which sum to nothing over three of them
  const values = Array.from({ length: n * n }, (_, at) => (at % n) + 9 * ((Math.floor(at / n) % 3) - 1));
  const large = picture(n, n, values, { palette: "sequential", range: [0, 256] });

  test("is drawn as means of blocks, says so, and is read cell by cell", async () => {
    await show(large, 100);
    const found = await pixels();
    expect([found.width, found.height]).toEqual([84, 84]);
    for (const block of [0, 1, 40, 82]) {
      expect(colorAt(found, 5, block)).toBe(interpolateCividis((3 * block + 1) / 256));
      // the last row alone is in the last block
      expect(colorAt(found, 83, block)).toBe(interpolateCividis(Math.max(3 * block + 1 - 9, 0) / 256));
    }
    expect(colorAt(found, 5, 83)).toBe(interpolateCividis(249 / 256));
    expect(await text(".hint")).toBe("A pixel is the mean of 3 × 3 cells; the read-out has each of them.");
    expect(await legend()).toEqual(["≤ 0", "128", "≥ 256"]);
    await enter();
    for (const key of ["ArrowDown", "ArrowDown", "End"] as const) await lab.page.keyboard.press(key);
    expect(await text(".heat-readout")).toBe("r1, c249: 249");
  });

  test("is drawn whole as soon as there is room", async () => {
    await show(large, 250);
    const found = await pixels();
    expect([found.width, found.height]).toEqual([n, n]);
    expect(colorAt(found, 1, 100)).toBe(interpolateCividis(100 / 256));
    expect(await lab.page.$eval("#matrix .hint", (note) => note.checkVisibility())).toBe(false);
  });

  test("is saved whole, a square of pixels for each cell", async () => {
    await show(large, 100);
    const image = await lab.call<Pixels & { name: string }>(PAGE, "saved", "#matrix button");
    expect([image.name, image.width, image.height]).toEqual(["matrix.png", 3 * n, 3 * n]);
    for (const [row, column] of [
      [1, 100],
      [2, 100],
      [249, 249],
    ] as const)
      for (const corner of [0, 2])
        expect(colorAt(image, 3 * row + corner, 3 * column + corner)).toBe(
          interpolateCividis((column + 9 * ((row % 3) - 1)) / 256),
        );
  });
});

test.each(["light", "dark"])("axe finds nothing in the %s theme", async (theme) => {
  await lab.page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
  await show(picture(2, 3, RAGGED, {}));
  await enter();
  await lab.page.keyboard.press("ArrowRight");
  expect(await violations(lab.page)).toEqual([]);
});
