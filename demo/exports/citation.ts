export { CITATION } from "../../src/index.ts";
