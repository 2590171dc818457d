/** Takes files dropped anywhere on the page; what else is dragged (text into the field) is left alone. */
export function onFileDrop(listener: (files: readonly File[]) => void): void {
  const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;
  const setOver = (over: boolean): void => void document.body.classList.toggle("is-dropping", over);
  let depth = 0;
  addEventListener("dragenter", (event) => {
    if (!hasFiles(event)) return;
    depth++;
    setOver(true);
  });
  addEventListener("dragleave", (event) => {
    if (!hasFiles(event)) return;
    depth = Math.max(0, depth - 1);
    setOver(depth > 0);
  });
  addEventListener("dragover", (event) => {
    if (hasFiles(event)) event.preventDefault();
  });
  addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth = 0;
    setOver(false);
    listener([...(event.dataTransfer?.files ?? [])]);
  });
}
