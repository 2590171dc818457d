import { createServer } from "vite";
import { ROOT } from "../tools/setup.mjs";
import { describeMachine } from "./machine.mjs";

/** Headers that give pages shared memory, which threads in wasm need, and finer clocks. */
export const ISOLATION = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/** Serves bench/index.html on this machine, and what only Node can say about it, until the process ends. */
export async function servePage() {
  const server = await createServer({
    configFile: false,
    root: ROOT,
    logLevel: "warn",
    appType: "mpa",
    server: { host: "127.0.0.1", hmr: false, watch: null, headers: ISOLATION },
    optimizeDeps: { noDiscovery: true, include: [] },
    plugins: [
      {
        name: "machine",
        configureServer: ({ middlewares }) => {
          middlewares.use("/bench/machine.json", (_, response) => {
            response.setHeader("content-type", "application/json").end(JSON.stringify(describeMachine()));
          });
        },
      },
    ],
  });
  await server.listen();
  console.log(`\n  ${server.resolvedUrls?.local[0]}bench/\n  (Ctrl-C stops it)\n`);
}
