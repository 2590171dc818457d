// A plugin of TypeDoc's: a document of the site is called by its first heading, not by its file's name, which for some is README.
import { Converter } from "typedoc";

/** @param {import("typedoc").Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context, document) => {
    const [heading] = document.content;
    const title = heading && /^# (.+)$/m.exec(heading.text)?.[1];
    if (title) document.name = title;
  });
}
