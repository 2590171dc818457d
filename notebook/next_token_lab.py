"""A run of next-token prediction in a notebook: Jupyter, JupyterLab, Colab, VS Code, marimo.

    from next_token_lab import NextTokenLab
    NextTokenLab(preset="paper1-synthetic", optimizer="adam", steps=20_000)

The run is computed on the GPU of the reader's browser, so that the kernel needs none. Needs anywidget and NumPy; `widget.js` and
`next-token-lab.html` lie beside this file, or in `../dist` of a checkout or of the npm package after `npm run build`.
"""

import base64
import html
import io
import pathlib

import anywidget
import numpy
import traitlets

__all__ = ["NextTokenLab", "problem_url"]


def _beside(name):
    here = pathlib.Path(__file__).resolve().parent
    for folder in (here, here.parent / "dist"):
        if (folder / name).is_file():
            return folder / name
    raise FileNotFoundError(f"{name}: expected it beside {here / 'next_token_lab.py'} or in ../dist, found neither: npm run build makes it")


def problem_url(embeddings, counts, words=None):
    """A problem of your own as an address, for the attribute `src`.

    embeddings: (m, d), the embedding of each context. counts: (m, V), how often each word follows it, 0 or more, at least one above 0 in
    each row. words: V strings, their names.
    Raises ValueError for arrays of other shapes, and for numbers that are not finite.
    """
    embeddings = numpy.asarray(embeddings, dtype=float)
    counts = numpy.asarray(counts, dtype=float)
    for name, array in (("embeddings", embeddings), ("counts", counts)):
        if array.ndim != 2:
            raise ValueError(f"{name}: expected 2 dimensions, found shape {array.shape}")
        if not numpy.isfinite(array).all():
            raise ValueError(f"{name}: expected finite numbers")
    if len(embeddings) != len(counts):
        raise ValueError(f"counts: expected {len(embeddings)} rows, as embeddings have, found {len(counts)}")
    if (counts < 0).any() or (counts.sum(axis=1) == 0).any():
        raise ValueError("counts: expected none below 0, and in each row one above it")
    arrays = {"embeddings": embeddings, "counts": counts}
    if words is not None:
        if len(words) != counts.shape[1]:
            raise ValueError(f"words: expected {counts.shape[1]}, one for each column of counts, found {len(words)}")
        arrays["words"] = numpy.array([str(word) for word in words])
    file = io.BytesIO()
    numpy.savez_compressed(file, **arrays)
    return "data:application/octet-stream;base64," + base64.b64encode(file.getvalue()).decode("ascii")


class NextTokenLab(anywidget.AnyWidget):
    """A run in the output of a cell.

    Keywords are the attributes of `<next-token-lab>` (docs/embedding.md), with `_` for `-`: preset, optimizer, schedule, step_size, steps,
    seed, plots, ... In place of a preset, `embeddings` (m, d) and `counts` (m, V), with `words`, are a problem of your own.
    `record` is the run as the laboratory saves it, None before it has ended or was paused.
    """

    attributes = traitlets.Dict(traitlets.Unicode(), help="of the element, by name").tag(sync=True)
    record = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)

    def __init__(self, *, embeddings=None, counts=None, words=None, **attributes):
        # read by anywidget, which makes a synced trait of it
        self._esm = _beside("widget.js").read_text(encoding="utf-8")
        super().__init__()
        given = {name.replace("_", "-"): str(value) for name, value in attributes.items()}
        if (embeddings is None) != (counts is None):
            raise ValueError("embeddings and counts: expected both or neither")
        if embeddings is not None:
            given["src"] = problem_url(embeddings, counts, words)
        self.attributes = given

    def set(self, **attributes):
        """Changes attributes, which starts another run; None takes one away."""
        changed = dict(self.attributes)
        for name, value in attributes.items():
            name = name.replace("_", "-")
            if value is None:
                changed.pop(name, None)
            else:
                changed[name] = str(value)
        self.attributes = changed

    def to_html(self, height=640):
        """The same as a frame with everything in it, live without a kernel: for pages in UTF-8, as notebooks are exported to."""
        page = _beside("next-token-lab.html").read_text(encoding="utf-8")
        stated = "".join(f' {name}="{html.escape(value)}"' for name, value in self.attributes.items())
        page = page.replace("<next-token-lab></next-token-lab>", f"<next-token-lab{stated}></next-token-lab>")
        return (
            f'<iframe srcdoc="{html.escape(page)}" sandbox="allow-scripts" title="A run of next-token prediction" '
            f'style="width: 100%; height: {int(height)}px; border: 0"></iframe>'
        )
