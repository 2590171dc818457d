"""Contexts of a corpus of token ids, how often which words follow them, and the arrays of a problem made of both: NumPy alone.

export_hidden_states.py says what a context and a word are, and what the file has.
"""

import os
from collections import Counter
from dataclasses import dataclass

import numpy as np


class ExportError(Exception):
    """What is wrong with a file, a model or an option, in one sentence."""


@dataclass
class Counts:
    """Contexts of a corpus and the words that follow them, from the most frequent context on."""

    words: list  # the token id of each word
    contexts: list  # the token ids of each context, a tuple
    offsets: np.ndarray  # (m + 1,) where the entries of each context begin
    tokens: np.ndarray  # (entries,) numbers of words
    counts: np.ndarray  # (entries,) how often each follows
    kept_share: float  # of the pairs of a context and its next token

    @property
    def weights(self):
        """(m,) how often each context has a next word."""
        return np.add.reduceat(self.counts, self.offsets[:-1])


def count_contexts(sequences, kind="windows", context_length=2, min_count=1, max_contexts=1000, max_words=2000):
    """Counts the contexts of sequences of token ids.

    kind, context_length: what a context is, see export_hidden_states.py; contexts never reach from one sequence into another
    min_count, max_contexts: contexts seen fewer times are left out, and the most frequent are kept, at equal counts those that appear first
    max_words: the most frequent tokens are kept as words
    Raises ExportError where no context is left.
    """
    frequencies = Counter(token for sequence in sequences for token in sequence)
    if len(frequencies) < 2:
        raise ExportError(f"expected at least two distinct tokens, found {len(frequencies) or 'none'}")
    words = [token for token, _ in frequencies.most_common(max_words)]
    number_of = {token: number for number, token in enumerate(words)}

    followers, pairs = {}, 0
    for sequence in sequences:
        first, last = (context_length, len(sequence)) if kind == "windows" else (1, min(len(sequence), context_length + 1))
        for i in range(first, last):
            pairs += 1
            if sequence[i] in number_of:
                context = tuple(sequence[i - context_length : i] if kind == "windows" else sequence[:i])
                followers.setdefault(context, Counter())[number_of[sequence[i]]] += 1
    if pairs == 0:
        least, longest = (context_length if kind == "windows" else 1) + 1, max(map(len, sequences))
        raise ExportError(f"expected at least {least} tokens in one sequence, a context and its next one, found {longest}")

    def seen(item):
        return sum(item[1].values())

    ranked = sorted(followers.items(), key=seen, reverse=True)
    kept = [item for item in ranked if seen(item) >= min_count][:max_contexts]
    if not kept:
        most = seen(ranked[0]) if ranked else 0
        raise ExportError(f"expected a context seen at least min-count = {min_count} times, found none seen more than {most} times")
    entries = np.array([entry for _, row in kept for entry in row.items()], np.int64)
    return Counts(
        words=words,
        contexts=[context for context, _ in kept],
        offsets=np.cumsum([0] + [len(row) for _, row in kept]),
        tokens=entries[:, 0],
        counts=entries[:, 1],
        kept_share=entries[:, 1].sum() / pairs,
    )


def readable(word):
    """A word as it can be shown in a label: signs for white space."""
    return word.translate(str.maketrans({"\n": "⏎", "\r": "␍", "\t": "⇥", " ": "␣"})) or "∅"


def distinct(names):
    """Names of which those that repeat are numbered."""
    taken = set()
    for name in names:
        numbered, n = name, 2
        while numbered in taken:
            numbered, n = f"{name} ({n})", n + 1
        taken.add(numbered)
        yield numbered


def problem_arrays(counts, names, embeddings, decoder):
    """The arrays of the file by key.

    names: the text of every token id that occurs
    embeddings: (m, d), a row for each of counts.contexts
    decoder: (V, d), a row for each of counts.words
    Raises ExportError for shapes that do not fit and numbers that are not finite.
    """
    for what, array, rows in ("embeddings", embeddings, counts.contexts), ("decoder", decoder, counts.words):
        if array.shape != (len(rows), embeddings.shape[-1]):
            expected = (len(rows), embeddings.shape[-1])
            raise ExportError(f"{what}: expected an array of shape {expected}, found {array.shape}")
        bad = np.argwhere(~np.isfinite(array))
        if len(bad):
            row, column = bad[0]
            raise ExportError(f"{what}: expected finite numbers, found {array[row, column]} in row {row}, dimension {column}")
    labels = [" ".join(readable(names[token]) for token in context) for context in counts.contexts]
    return {
        "embeddings": embeddings,
        "offsets": counts.offsets,
        "tokens": counts.tokens,
        "probabilities": counts.counts / np.repeat(counts.weights, np.diff(counts.offsets)),
        "vocabulary": np.int64(len(counts.words)),
        "weights": counts.weights.astype(np.float64),
        "words": np.array(list(distinct(names[token] for token in counts.words))),
        "context_labels": np.array(list(distinct(labels))),
        "decoder": decoder,
        "token_ids": np.array(counts.words, np.int64),
    }


def write_npz(path, arrays):
    """Writes the whole file, or leaves what was there."""
    part = f"{path}.part"
    try:
        with open(part, "wb") as file:
            np.savez(file, **arrays)
        os.replace(part, path)
    except OSError as error:
        raise ExportError(f"{path}: cannot be written ({error.strerror})") from error
    finally:
        if os.path.exists(part):
            os.remove(part)
