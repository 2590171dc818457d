import Reveal from "reveal.js";
import "../element/index.ts";

// what is moved to another size by a transform takes a pointer to the wrong place: the slides are as large as the window
await new Reveal(document.querySelector<HTMLElement>(".reveal")!, {
  ...{ hash: true, disableLayout: true, transition: "none" },
}).initialize();
