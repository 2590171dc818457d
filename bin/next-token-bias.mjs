#!/usr/bin/env node
import { existsSync } from "node:fs";

const manifest = new URL("../package.json", import.meta.url);
const dist = new URL("../dist/", import.meta.url);
const isCheckout = existsSync(new URL("../src/cli/main.ts", import.meta.url));
/** @type {unknown} */
const loaded = await import(isCheckout ? "../tools/cli.mjs" : "../dist/cli.js");
const cli = /** @type {typeof import("../src/cli/main.ts")} */ (loaded);
await cli.exitWith(() => cli.main(process.argv.slice(2), { manifest, loadModules: () => cli.readModules(dist) }));
