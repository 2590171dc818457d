#!/usr/bin/env python3
"""Exports a causal language model and a corpus as a problem for `next-token-bias analyse`.

    python export_hidden_states.py MODEL CORPUS.txt --out exported.npz
    npx next-token-bias analyse exported.npz --evaluate exported.npz

MODEL is a folder or a name that transformers loads a causal language model and its tokenizer from. CORPUS is a text in UTF-8, cut into
tokens by that tokenizer, without tokens of its own around it.

A context is a sequence of tokens that the corpus continues:
- windows (the default): the k = --context-length tokens (default 2) before a token. The whole text is one sequence.
- prefixes: the beginning of a line, of 1 to --context-length tokens (default 8). Each line is a sequence.
The model is shown the tokens of a context and nothing before them, behind a BOS token where its tokenizer begins texts with one. So a
context that repeats has one embedding, and its repetitions are one row. This is not the state that the model has inside of a longer text.

The words are the V distinct tokens of the corpus, or the --max-words most frequent ones, numbered from the most frequent on and at equal
counts by first appearance. Pairs of a context and a next token that is no word are left out, so that probabilities are those among the
words, as is the softmax over the rows of the head that are kept.

The file has, beside what docs/formats.md lists:
    embeddings     (m, d) float32: h, the input of the LM head at the last token of each context; with --layer the hidden state there
    probabilities  (entries,) float64: count of the context with the next word / count of the context
    weights        (m,) float64: counts of contexts, from the most frequent on
    decoder        (V, d) float32: the rows of the head's own W for the words; `--evaluate` reads this key
    token_ids      (V,) int64: the tokenizer's number of each word
A head with a bias b gives rows (W b), and embeddings (h 1), with d one larger: W h + b is their product.

What counts and writes arrays, problem_arrays.py, is NumPy alone; torch and transformers are imported when a model is loaded.
The tests of next-token-bias run all of this on stand-ins for these two; it has been run with torch 1.13, but with no model of transformers.
"""

import argparse
import sys
from collections import Counter
from itertools import groupby

import numpy as np

from problem_arrays import ExportError, count_contexts, problem_arrays, write_npz

CONTEXT_LENGTHS = {"windows": 2, "prefixes": 8}
# Logits of a model in bfloat16 are rounded at 2^-9 of their size; those that are scaled or capped after the head are off by more.
LOGIT_ROUNDING = 2**-6


def read_text(path):
    """The text of a file in UTF-8, with or without a byte order mark."""
    try:
        with open(path, encoding="utf-8-sig") as file:
            return file.read()
    except OSError as error:
        raise ExportError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ExportError(f"{path}: expected a text in UTF-8, found other bytes at {error.start}") from error


def first_line(error):
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def load_model(name, device):
    """A model that is ready to be asked, and its tokenizer."""
    try:
        from transformers import AutoModelForCausalLM, AutoTokenizer
    except ImportError as error:
        raise ExportError(f"a model needs torch and transformers: pip install torch transformers ({error})") from error
    try:
        return AutoModelForCausalLM.from_pretrained(name).to(device).eval(), AutoTokenizer.from_pretrained(name)
    except Exception as error:  # what the libraries raise here is as various as models are
        raise ExportError(f"{name}: cannot be loaded as a causal language model ({first_line(error)})") from error


def head_of(model, name):
    """The LM head, a linear map from hidden states to logits. It may share its weights with the input embeddings."""
    head = model.get_output_embeddings()
    if head is None or getattr(getattr(head, "weight", None), "ndim", 0) != 2:
        raise ExportError(f"{name}: expected a model with a linear LM head, found {type(model).__name__} without one")
    return head


def head_rows(head, words, name):
    """The rows of W for some tokens, (V, d) float32, and of b, where there is a bias."""
    if max(words) >= len(head.weight):
        raise ExportError(f"{name}: expected an LM head with a row for token {max(words)}, found {len(head.weight)} rows")
    bias = getattr(head, "bias", None)
    return to_numpy(head.weight[words]), None if bias is None else to_numpy(bias[words])


def to_numpy(tensor):
    return tensor.detach().float().cpu().numpy()


def token_names(tokenizer, ids):
    """What each token decodes to; where several decode alike, as parts of a character do, the tokenizer's own piece."""
    texts = {token: tokenizer.decode([token]).rstrip("\0") for token in ids}  # NumPy drops trailing zeros
    often = Counter(texts.values())
    pieces = zip(ids, tokenizer.convert_ids_to_tokens(ids))
    return {token: texts[token] if texts[token] and often[texts[token]] == 1 else piece for token, piece in pieces}


def start_of(tokenizer):
    """The BOS token if the tokenizer begins texts with it."""
    return [token for token in tokenizer("")["input_ids"] if token == tokenizer.bos_token_id]


def ask_model(model, head, contexts, start, layer=None, batch_size=32):
    """Runs the model on contexts of equal length together, so that nothing is padded.

    contexts: token ids, without what `start` puts before each
    layer: None for the input of the head, otherwise an index of the model's hidden states (0: its input embeddings)
    Returns the states at the last token, (m, d) float32, and the model's logits there for the first batch with the rows that it is of.
    """
    import torch

    inputs = []
    hook = head.register_forward_pre_hook(lambda _, given: inputs.append(given[0]))
    states, sample = [None] * len(contexts), None
    by_length = groupby(sorted(range(len(contexts)), key=lambda j: len(contexts[j])), key=lambda j: len(contexts[j]))
    batches = [rows[at : at + batch_size] for rows in (list(same) for _, same in by_length) for at in range(0, len(rows), batch_size)]
    try:
        with torch.no_grad():
            for rows in batches:
                inputs.clear()
                ids = torch.tensor([[*start, *contexts[j]] for j in rows], device=head.weight.device)
                output = model(input_ids=ids, attention_mask=torch.ones_like(ids), output_hidden_states=layer is not None)
                if layer is not None and layer >= len(output.hidden_states):
                    raise ExportError(f"layer: expected 0 to {len(output.hidden_states) - 1}, found {layer}")
                found = to_numpy((inputs[-1] if layer is None else output.hidden_states[layer])[:, -1])
                for j, state in zip(rows, found):
                    states[j] = state
                sample = sample or (rows, output.logits[:, -1])
    finally:
        hook.remove()
    return np.stack(states), sample


def export(options):
    """Reads, asks, and gives the arrays of the file with what is to be said about them."""
    text = read_text(options.corpus)
    model, tokenizer = load_model(options.model, options.device)
    head = head_of(model, options.model)
    parts = text.splitlines() if options.contexts == "prefixes" else [text]
    sequences = [tokenizer(part, add_special_tokens=False, verbose=False)["input_ids"] for part in parts]
    length = options.context_length or CONTEXT_LENGTHS[options.contexts]
    try:
        counts = count_contexts(
            sequences, options.contexts, length, options.min_count, options.max_contexts, options.max_words
        )
    except ExportError as error:
        raise ExportError(f"{options.corpus}: {error}") from error
    start = start_of(tokenizer)
    longest = len(start) + max(map(len, counts.contexts))
    room = getattr(model.config, "max_position_embeddings", None) or longest
    if longest > room:
        raise ExportError(f"{options.model}: expected contexts of at most {room} tokens, found one of {longest}")

    decoder, bias = head_rows(head, counts.words, options.model)
    try:
        embeddings, (rows, logits) = ask_model(model, head, counts.contexts, start, options.layer, options.batch_size)
    except RuntimeError as error:  # what torch raises, of too little memory as well
        raise ExportError(f"{options.model}: stopped as it was run ({first_line(error)})") from error
    if bias is not None:
        decoder, embeddings = np.column_stack([decoder, bias]), np.column_stack([embeddings, np.ones_like(embeddings[:, 0])])
    ids = sorted({*counts.words, *(token for context in counts.contexts for token in context)})
    arrays = problem_arrays(counts, token_names(tokenizer, ids), embeddings, decoder)
    told = [
        f"{len(counts.contexts)} contexts, {len(counts.words)} words, embedding dimension {embeddings.shape[1]},"
        f" {100 * counts.kept_share:.1f} % of the pairs of a context and its next token"
    ]
    own = to_numpy(logits[:, counts.words])
    off = np.abs(embeddings[rows] @ decoder.T - own).max()
    if options.layer is None and off > LOGIT_ROUNDING * np.abs(own).max():
        told.append(f"the model's logits are off W h by up to {off:.2g}: it scales or caps them after the head, which the file leaves out")
    return arrays, told


def whole_number(least):
    """The type of an option that is a whole number from `least` on."""

    def parse(text):
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"expected a whole number from {least}, found {text}")
        return int(text)

    return parse


def parse_options(arguments):
    about, *details = __doc__.split("\n\n")
    parser = argparse.ArgumentParser(
        description=about, epilog="\n\n".join(details), formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", metavar="MODEL", help="what transformers loads a causal language model from")
    parser.add_argument("corpus", metavar="CORPUS", help="a text in UTF-8")
    parser.add_argument("--out", default="exported.npz", metavar="FILE", help="(%(default)s)")
    parser.add_argument("--contexts", choices=[*CONTEXT_LENGTHS], default="windows", help="(%(default)s)")
    parser.add_argument("--context-length", type=whole_number(1), metavar="k", help="tokens of a window (2), or of the longest prefix (8)")
    parser.add_argument("--max-contexts", type=whole_number(1), default=1000, metavar="m", help="keep the most frequent (%(default)s)")
    parser.add_argument("--min-count", type=whole_number(1), default=1, metavar="n", help="leave contexts seen fewer times out (%(default)s)")
    parser.add_argument("--max-words", type=whole_number(2), default=2000, metavar="V", help="keep the most frequent (%(default)s)")
    parser.add_argument("--layer", type=whole_number(0), metavar="n", help="hidden states after layer n, 0 being the input (the input of the LM head)")
    parser.add_argument("--device", default="cpu", help="of torch (%(default)s)")
    parser.add_argument("--batch-size", type=whole_number(1), default=32, metavar="n", help="contexts at a time (%(default)s)")
    return parser.parse_args(arguments)


def main(arguments=None):
    options = parse_options(arguments)
    try:
        arrays, told = export(options)
        write_npz(options.out, arrays)
    except ExportError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{options.out}: {told[0]}", *told[1:], sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
