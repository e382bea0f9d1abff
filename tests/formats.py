"""Small datasets, and what every format has to do with them: to bring them back."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from spinodal.data.alphabet import PROTEIN, Alphabet
from spinodal.data.dataset import Dataset, label_column
from spinodal.data.schema import EMPTY
from spinodal.files import read, write

WORD = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=6).filter(
    lambda word: word not in EMPTY
)
PHRASE = st.lists(WORD, min_size=1, max_size=3).map(" ".join)
few = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def write_text(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_bytes(text.encode())
    return path


@st.composite
def datasets(
    draw: st.DrawFn,
    alphabet: Alphabet = PROTEIN,
    unknown: bool = True,
    columns: tuple[str, ...] = ("", "label", "label:a", "label:b c"),
    unlabeled: bool = True,
    labels: st.SearchStrategy[str] = PHRASE,
) -> Dataset:
    """Small datasets: letters, distinct names, some label layers of which each knows a row at least."""
    names = draw(st.lists(WORD, min_size=1, max_size=6, unique=True))
    n, sites = len(names), draw(st.integers(1, 9))
    letter = st.integers(-1 if unknown else 0, len(alphabet.symbols) - 1)
    row = st.lists(letter, min_size=sites, max_size=sites)
    letters = np.array(draw(st.lists(row, min_size=n, max_size=n)), dtype=np.int8)
    layers, alphabets = {"visible": letters}, {"visible": alphabet}
    for layer in draw(st.sets(st.sampled_from(columns))) - {""}:
        words = draw(st.lists(labels | st.just("") if unlabeled else labels, min_size=n, max_size=n))
        words[0] = words[0] or draw(labels)
        layers[layer], alphabets[layer] = label_column(words)
    return Dataset(layers, alphabets, np.array(names))


def check_same(one: Dataset, other: Dataset) -> None:
    assert one.sha256 == other.sha256
    assert {name: list(values) for name, values in one.table.items()} == {
        name: list(values) for name, values in other.table.items()
    }
    assert (one.weights is None) == (other.weights is None)


def check_round_trip(data: Dataset, name: str, alphabet: Alphabet | None = None) -> Dataset:
    with TemporaryDirectory() as folder:
        write(data, Path(folder) / name)
        again = read(Path(folder) / name, alphabet=alphabet)
        assert not list(Path(folder).glob(".*"))
    check_same(data, again)
    return again
