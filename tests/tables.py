"""Tables of one law for each kind of rows, and what spoils them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from spinodal.data.alphabet import BINARY, RNA, Alphabet
from spinodal.data.dataset import Dataset, numbered_names

SITES, LABELS = 24, ("a", "b", "c")
KINDS = {
    "sequences": (RNA, {"format": "fasta"}),
    "genomes": (BINARY, {"format": "hapt"}),
    "images": (BINARY, {"image": [4, 6]}),
    "gray": (None, {"image": [4, 6]}),
    "music": (BINARY, {"roll": {"pitches": 6}}),
    "rows": (Alphabet(tuple("0123")), {}),
}
"""The alphabet and the notes of each."""


def table(kind, n=150, seed=0, labels=LABELS):
    """n rows: blocks of four sites show what the block shows, which depends on the label, but for one in eight."""
    alphabet, notes = KINDS[kind]
    random = np.random.default_rng(seed)
    own = random.integers(3, size=n)
    columns, alphabets = _visible(kind, alphabet, random, own), {} if alphabet is None else {"visible": alphabet}
    if labels:
        columns["label"], alphabets["label"] = own[:, None].astype(np.int8), Alphabet(labels, "label")
    return Dataset(columns, alphabets, numbered_names(n), notes=notes)


def _visible(kind, alphabet, random, own):
    n, blocks = len(own), np.arange(SITES // 4)
    colors = 4 if alphabet is None else len(alphabet.symbols)
    leaning = (own[:, None] + blocks) % 3 % colors
    block = np.where(random.random((n, len(blocks))) < 0.5, leaning, random.integers(colors, size=(n, len(blocks))))
    shown = np.repeat(block, 4, axis=1)
    shown = np.where(random.random(shown.shape) < 0.125, random.integers(colors, size=shown.shape), shown)
    if alphabet is None:
        gray = (shown / 2 - 0.75 + random.uniform(-0.2, 0.2, shown.shape)).clip(-1, 1)
        return {"visible": gray.astype(np.float32)}
    return {"visible": shown.astype(alphabet.dtype)}


def shuffled(data, seed=0):
    """The same with every column in an order of its own: each is as it was, and none knows of another."""
    random = np.random.default_rng(seed)
    columns = [random.permutation(column) for column in data["visible"].T]
    return replace(data, columns={**data.columns, "visible": np.stack(columns, 1)})


def holed(data, rows, sites=3):
    """The same with these rows' first sites unknown."""
    column = data["visible"].copy()
    column[rows, :sites] = -1 if "visible" in data.alphabets else np.nan
    return replace(data, columns={**data.columns, "visible": column})
