import { TILE_GROUP, type Tile } from "../../shaders/lib/tile-product.wgsl.ts";

const SMALL_TILE: Tile = { rows: 4, columns: 1 };
const LARGE_TILE: Tile = { rows: 8, columns: 2 };

/** From so many large tiles on, a whole GPU has work with large tiles too. */
const ENOUGH_TILES = 256;

/** Register tile for a product with `rows` rows and `columns4` groups of four columns: large ones where there are enough of them. */
export function chooseTile(rows: number, columns4: number): Tile {
  return (rows / LARGE_TILE.rows) * (columns4 / LARGE_TILE.columns) >= ENOUGH_TILES ? LARGE_TILE : SMALL_TILE;
}

/** Workgroups that cover a product, 8 × 8 tiles each. */
export function tileGroups(rows: number, columns4: number, tile: Tile): number {
  const tilesDown = Math.ceil(rows / tile.rows);
  const tilesAcross = Math.ceil(columns4 / tile.columns);
  return Math.ceil(tilesDown / TILE_GROUP) * Math.ceil(tilesAcross / TILE_GROUP);
}
