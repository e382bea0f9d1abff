from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from spinodal.data.alphabet import BINARY, PROTEIN, RNA, Alphabet
from spinodal.data.dataset import Dataset, label_column, numbered_names
from spinodal.data.splits import split_by_fraction

SIZES = st.integers(1, 12)


def make(n: int = 12, sites: int = 5, alphabet: Alphabet = RNA, seed: int = 0, known: float = 0.8) -> Dataset:
    """Random letters, two labels that are partly unknown, a table."""
    random = np.random.default_rng(seed)
    letters = random.integers(0, len(alphabet.symbols), (n, sites)).astype(np.int8)
    letters[random.random((n, sites)) > known] = -1
    function, functions = label_column([["trypsin", "elastase", ""][i % 3] for i in range(n)], "function")
    host, hosts = label_column(["human" if i % 2 else "fly" for i in range(n)], "host")
    return Dataset(
        {"visible": letters, "label:function": function, "label:host": host},
        {"visible": alphabet, "label:function": functions, "label:host": hosts},
        numbered_names(n),
        {"split": np.array([["train", "train", "test", ""][i % 4] for i in range(n)])},
    )


def same(one: Dataset, other: Dataset) -> bool:
    return one.sha256 == other.sha256 and sorted(one.table) == sorted(other.table) and all(
        (one.table[name] == other.table[name]).all() for name in one.table
    )  # fmt: skip


def rows_of(batch: dict[str, torch.Tensor]) -> list[int]:
    return [int(value) for value in batch["row"][:, 0]]


def rowed(n: int, weights: np.ndarray | None = None) -> Dataset:
    """Data whose entries are the numbers of the rows."""
    column = np.arange(n, dtype=np.float32)[:, None]
    return Dataset({"row": column}, {}, numbered_names(n), weights=weights)


# Batches


@settings(deadline=None)
@given(n=SIZES, size=SIZES, seed=st.integers(-3, 2**64))
def test_an_epoch_has_each_row_at_most_once(n: int, size: int, seed: int) -> None:
    if size > n:
        return
    rows = [row for batch in islice(rowed(n).batches(size, seed), n // size) for row in rows_of(batch)]
    assert len(rows) == len(set(rows)) == n // size * size


@pytest.mark.parametrize("weights", [None, np.arange(10.0)])
@settings(deadline=None)
@given(start=st.integers(0, 40), seed=st.integers(0, 5))
def test_starting_late_is_skipping(weights: np.ndarray | None, start: int, seed: int) -> None:
    data = rowed(10, weights)
    skipped = next(islice(data.batches(3, seed), start, None))
    assert rows_of(next(data.batches(3, seed, start))) == rows_of(skipped)


@pytest.mark.parametrize("weights", [None, np.ones(1000)])
def test_the_seed_makes_the_batches(weights: np.ndarray | None) -> None:
    data = rowed(1000, weights)
    first = rows_of(next(data.batches(500, seed=1)))
    assert first == rows_of(next(data.batches(500, seed=1)))
    assert first != rows_of(next(data.batches(500, seed=2)))
    assert first != rows_of(next(data.batches(500, seed=1, start=10**6)))


def test_epochs_differ_and_are_fair() -> None:
    first = [rows_of(batch) for batch in islice(rowed(100).batches(1), 1000)]
    assert first[:100] != first[100:200]
    half = sum(row < 50 for epoch in range(10) for (row,) in first[100 * epoch :][:50])
    assert abs(half - 250) < 5 * np.sqrt(500) / 2


def test_the_stream_is_pinned() -> None:
    assert rows_of(next(rowed(10).batches(10))) == [0, 7, 8, 2, 5, 9, 4, 6, 3, 1]


def test_weights_are_odds() -> None:
    weights = np.array([0.0, 1.0, 3.0])
    rows = [row for batch in islice(rowed(3, weights).batches(2), 4000) for row in rows_of(batch)]
    shares = np.bincount(rows, minlength=3) / len(rows)
    assert shares[0] == 0
    assert abs(shares[2] - 0.75) < 5 * np.sqrt(0.75 * 0.25 / len(rows))


@pytest.mark.parametrize("size", [0, -1, 4])
def test_batches_of_a_wrong_size(size: int) -> None:
    with pytest.raises(ValueError, match=f"the batch size must be from 1 to 3, the number of rows, not {size}"):
        rowed(3).batches(size)


# Tensors


@pytest.mark.parametrize("alphabet", [BINARY, RNA, PROTEIN], ids=str)
@settings(deadline=None)
@given(seed=st.integers(0, 99))
def test_of_is_the_inverse_of_tensors(alphabet: Alphabet, seed: int) -> None:
    data = make(alphabet=alphabet, seed=seed)
    assert same(Dataset.of(data.tensors(), data.alphabets, data.names, data.notes, data.table), data)


def test_tensors_are_of_the_layers_kind() -> None:
    binary = make(alphabet=BINARY).tensors()
    assert binary["visible"].dtype == torch.float32
    assert binary["label:host"].dtype == torch.int32
    assert (binary["visible"].isnan().numpy() == (make(alphabet=BINARY)["visible"] == -1)).all()
    assert make().tensors(np.array([0, 3]))["visible"].shape == (2, 5)


def test_numbers_without_alphabet() -> None:
    data = Dataset.of({"visible": torch.tensor([[1.5, torch.nan]])}, {})
    assert data["visible"].dtype == np.float32
    assert data.names.tolist() == ["g0001"]
    assert data.numbers()[0, 0] == 1.5
    assert data.describe()["missing"] == 1
    assert np.isnan(data.like(None)["visible"]).all()
    assert np.isnan(data.hide("visible")["visible"]).all()
    with pytest.raises(ValueError, match='"visible": no units can represent numbers outside -1 to 1'):
        _ = data.units
    with pytest.raises(ValueError, match="reweighting compares letters"):
        data.reweighted()


def test_numbers_are_one_hot_state_major() -> None:
    data = make()
    numbers, letters = data.numbers().reshape(len(data), 5, 5), data["visible"]
    for row, site in np.ndindex(letters.shape):
        column = numbers[row, :, site]
        if letters[row, site] < 0:
            assert column.isnan().all()
        else:
            assert column.tolist() == np.eye(5)[letters[row, site]].tolist()
    binary = make(alphabet=BINARY, known=1)
    assert (binary.numbers().numpy() == binary["visible"]).all()


def test_units_are_those_that_show_the_columns() -> None:
    label, names = label_column(["0", "1", "0"])
    data = Dataset(
        {"visible": np.zeros((3, 4), np.int8), "label": label}, {"visible": BINARY, "label": names}, numbered_names(3)
    )
    assert type(data.units["visible"]).__name__ == "Bernoulli"
    assert data.units["label"].symbols == ("0", "1")  # type: ignore[union-attr]
    assert data.tensors()["label"].tolist() == [[0], [1], [0]]


# Rows


@settings(deadline=None)
@given(fraction=st.floats(0.05, 0.95), seed=st.integers(0, 9), n=st.integers(6, 40))
def test_a_split_is_a_partition_that_knows_labels(fraction: float, seed: int, n: int) -> None:
    data = make(n)
    train, test = data.split(fraction, seed)
    assert sorted([*train.names, *test.names]) == data.names.tolist()
    assert train.names.tolist() == sorted(train.names)
    for layer in data.labels:
        sides = [set(side[layer][:, 0].tolist()) for side in (train, test)]
        assert n < 12 or sides[0] == sides[1]


@settings(deadline=None)
@given(
    fraction=st.floats(0.05, 0.95), seed=st.integers(0, 9), rows=st.lists(st.integers(0, 8), min_size=4, max_size=30)
)
def test_a_split_has_a_row_of_each_label_to_train_on(fraction: float, seed: int, rows: list[int]) -> None:
    labels = np.array([[row, row % 3 - 1] for row in rows])
    several = len(rows) > len(set(rows)) + 2
    try:
        train, test = split_by_fraction(labels, fraction, seed)
    except ValueError:
        assert not several
        return
    for column in labels.T:
        assert set(column[test]) - {-1} <= set(column[train])
    without = split_by_fraction(labels % 1, fraction, seed)[0]  # of one label: the size that is asked for
    assert abs(int(train.sum()) - int(without.sum())) <= len(set(rows))


def test_a_label_of_one_row_is_never_held_out() -> None:
    labels = np.array([[i] for i in (0, 0, 0, 0, 0, 0, 1, 2, 3)])
    for seed in range(20):
        assert split_by_fraction(labels, 0.5, seed)[0][6:].all()


def test_where_every_row_has_its_own_label_nothing_can_be_held_out() -> None:
    with pytest.raises(ValueError, match="leaves a part empty, since each label needs a training row"):
        split_by_fraction(np.arange(5)[:, None], 0.5, 0)


def test_a_split_has_its_size_and_seed() -> None:
    data = rowed(1000)
    train, _ = data.split(0.8)
    assert len(train) == 800
    assert data.split(0.8)[0].sha256 == train.sha256 != data.split(0.8, seed=1)[0].sha256


def test_a_split_by_column() -> None:
    train, test = make(12).split("split")
    assert train.names.tolist() == ["g0001", "g0002", "g0005", "g0006", "g0009", "g0010"]
    assert set(test.table["split"]) == {"test"}


def test_splits_that_fail() -> None:
    with pytest.raises(ValueError, match=r'no column "fold"; there are: "function", "host", .* "split"'):
        make().split("fold")
    with pytest.raises(ValueError, match='"host" has no rows "train" or no rows "test"; it has: "fly", "human"'):
        make().split("host")
    for fraction, n in ((0.8, 1), (1.5, 10), (0.0, 10)):
        with pytest.raises(ValueError, match=f"a split of {n} rows by {fraction} leaves a part empty"):
            rowed(n).split(fraction)


def test_select_takes_everything_along() -> None:
    data = make().reweighted(0.5)
    for rows in (np.array([3, 1]), np.arange(12) > 8, slice(2, 4)):
        part = data.select(rows)
        assert part.names.tolist() == data.names[rows].tolist()
        assert part.table["split"].tolist() == data.table["split"][rows].tolist()
        assert (part["visible"] == data["visible"][rows]).all()
        assert part.weights is not None
        assert data.weights is not None
        assert (part.weights == data.weights[rows]).all()


def test_where() -> None:
    data = make()
    assert data.where(split="test").names.tolist() == ["g0003", "g0007", "g0011"]
    flies = data.where(host="fly", function="trypsin")
    assert set(flies.texts("label:host")) == {"fly"}
    assert flies.alphabets["label:host"].symbols == ("fly",)
    assert flies.alphabets["label:function"].name == "function"
    assert data.where(**{"label:host": "fly"}, function="").alphabets["label:function"].symbols == (
        "elastase", "trypsin")  # fmt: skip
    with pytest.raises(ValueError, match='no column "phylum"; there are: "function", "host"'):
        data.where(phylum="x")
    with pytest.raises(ValueError, match='no row has "bee" in "host"; there are: "fly", "human"'):
        data.where(host="bee")


def test_where_not() -> None:
    data = make()
    known = data.where(**{"function!": "", "host!": "fly"})
    assert set(known.texts("label:host")) == {"human"}
    assert "" not in known.texts("label:function")
    assert len(known) + len(data.where(function="")) + len(data.where(**{"host": "fly", "function!": ""})) == len(data)
    assert len(data.where(**{"host!": "bee"})) == len(data)
    with pytest.raises(ValueError, match="no row is left where host=fly, host!=fly"):
        data.where(**{"host": "fly", "host!": "fly"})


def test_recoded_keeps_the_texts() -> None:
    data = make()
    other = data.recoded({"visible": PROTEIN, "label:host": Alphabet(("human", "bee", "fly")), "else": RNA}, "-")
    assert other.texts("label:host").tolist() == data.texts("label:host").tolist()
    assert other.texts("visible").tolist() == [text.replace("U", "-") for text in data.texts("visible")]
    assert other.recoded(other.alphabets).sha256 == other.sha256
    with pytest.raises(ValueError, match='"visible" has "U"; there are: "-", "A"'):
        data.recoded({"visible": PROTEIN})
    hidden = data.recoded({"label:host": Alphabet(("human", "bee"))}, unknown="?")
    assert set(hidden.texts("label:host")) == {"human", ""}


# What is known


def test_hide() -> None:
    data = make(400, known=1)
    assert (data.hide("label:host")["label:host"] == -1).all()
    assert ((data.hide("visible", sites=[1, 3])["visible"] == -1).all(axis=0) == [0, 1, 0, 1, 0]).all()
    half = data.hide("visible", fraction=0.5, seed=3)
    share = (half["visible"] == -1).mean()
    assert abs(share - 0.5) < 5 * 0.5 / np.sqrt(2000)
    assert half.sha256 == data.hide("visible", fraction=0.5, seed=3).sha256
    assert half.sha256 != data.hide("visible", fraction=0.5, seed=4).sha256
    few = data.hide("visible", sites=[2], fraction=0.5)["visible"] == -1
    assert 0 < few[:, 2].mean() < 1
    assert not few[:, [0, 1, 3, 4]].any()
    assert (data["visible"] >= 0).all()
    with pytest.raises(ValueError, match=r'"visible" has sites 0 to 4, not all of .7.'):
        data.hide("visible", sites=[7])
    with pytest.raises(ValueError, match="a fraction must be between 0 and 1, not 50"):
        data.hide("visible", fraction=50)
    with pytest.raises(KeyError, match='no layer "deep"; there are'):
        data.hide("deep")


def test_what_is_hidden_has_nothing_to_do_with_a_split() -> None:
    data = Dataset({"visible": np.zeros((1000, 1), np.int8)}, {"visible": RNA}, numbered_names(1000))
    train, _ = data.hide("visible", fraction=0.5, seed=1).split(0.5, seed=1)
    assert abs((train["visible"] == -1).mean() - 0.5) < 5 * 0.5 / np.sqrt(500)


def test_like_knows_labels_alone() -> None:
    data = make()
    like = data.like("trypsin", n=3)
    assert like.names.tolist() == ["g0001", "g0002", "g0003"]
    assert like.texts("label:function").tolist() == ["trypsin"] * 3
    assert (like["visible"] == -1).all()
    assert like["visible"].shape == (3, 5)
    assert set(like.texts("label:host")) == {""}
    both = data.like({"function": "elastase", "label:host": "fly"}, n=2)
    assert both.texts("label:host").tolist() == ["fly", "fly"]
    assert (data.like()["label:function"] == data["label:function"]).all()
    assert len(data.like(n=2)) == 24


def test_like_of_a_label_that_isnt_known() -> None:
    data = make()
    with pytest.raises(ValueError, match='no label "x"; there are: "elastase", "fly", "human", "trypsin"'):
        data.like("x")
    with pytest.raises(ValueError, match='no label "x" in "host"; there are: "fly", "human"'):
        data.like({"host": "x"})
    with pytest.raises(ValueError, match='no label column "x"; there are: "label:function", "label:host"'):
        data.like({"x": "human"})
    with pytest.raises(ValueError, match='no label "x"; there are: none'):
        rowed(2).like("x")
    twin = Dataset(
        {"label:a": np.zeros((1, 1), np.int8), "label:b": np.zeros((1, 1), np.int8)},
        {"label:a": Alphabet(("x",)), "label:b": Alphabet(("x",))},
        numbered_names(1),
    )
    with pytest.raises(ValueError, match='"x" is in "label:a", "label:b"; name the layer in a dict'):
        twin.like("x")


def test_describe() -> None:
    letters = RNA.encode(["AC-U", "AC-U", "AG??"])
    label, names = label_column(["a", "", "b"])
    data = Dataset({"visible": letters, "label": label}, {"visible": RNA, "label": names}, np.array(["x", "x", "y"]))
    assert data.reweighted().describe() == {
        "rows": 3,
        "sites": 4,
        "alphabet": "RNA",
        "labels": {"label": {"a": 1, "b": 1}},
        "unlabeled": {"label": 1},
        "missing": 2,
        "duplicate_sequences": 1,
        "duplicate_names": 1,
        "constant_sites": 3,
        "gap_fraction": pytest.approx(2 / 12),
        "effective_number": pytest.approx(2),
    }


def test_sha256_knows_what_it_digests() -> None:
    data = make()
    assert data.sha256 == make().sha256
    assert data.sha256 != data.select(slice(None, None, -1)).sha256
    assert data.sha256 != data.hide("label:host").sha256
    backwards = {layer: data.columns[layer] for layer in reversed(data.columns)}
    assert Dataset(backwards, data.alphabets, data.names).sha256 == data.sha256


@settings(deadline=None)
@given(n=st.integers(1, 40), sites=st.integers(1, 150), identity=st.floats(0, 1), seed=st.integers(0, 99))
def test_reweighted_is_exact(n: int, sites: int, identity: float, seed: int) -> None:
    random = np.random.default_rng(seed)
    letters = random.integers(-1, 4, (n, sites)).astype(np.int8)
    letters[n // 2 :] = np.where(random.random((n - n // 2, sites)) < 0.2, 0, letters[: n - n // 2])
    data = Dataset({"visible": letters}, {"visible": RNA}, numbered_names(n)).reweighted(identity)
    agreeing = (letters[:, None] == letters[None]).sum(axis=2) >= identity * sites - 1e-9
    assert data.weights == pytest.approx(1 / agreeing.sum(axis=1))


def test_reweighted_works_in_blocks() -> None:
    data = make(1500, sites=8)
    agreeing = (data["visible"][:, None] == data["visible"][None]).sum(axis=2) >= 6.4
    assert data.reweighted().weights == pytest.approx(1 / agreeing.sum(axis=1))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"columns": {"visible": np.zeros(12, np.int8)}}, r'"visible" has the shape \(12,\), not \(12, sites\)'),
        ({"columns": {"visible": np.full((12, 2), 5, np.int8)}}, '"visible" has int8 values from 5 to 5, not integers'),
        ({"columns": {"visible": np.zeros((12, 2))}}, '"visible" has float64 values from 0.0 to 0.0, not integers'),
        ({"table": {"split": np.array(["train"])}}, '"split" has 1 rows, the names 12'),
        ({"weights": np.ones(3)}, '"weights" has 3 rows, the names 12'),
    ],
)
def test_parts_that_dont_fit(change: dict[str, object], fault: str) -> None:
    whole = {"columns": {}, "alphabets": {"visible": RNA}, "names": numbered_names(12), **change}
    with pytest.raises(ValueError, match=fault):
        Dataset(**whole)  # type: ignore[arg-type]


def test_a_glance() -> None:
    assert repr(make()) == "Dataset(12 rows: visible 5, label:function 1, label:host 1)"


X = np.zeros((2, 3))


@pytest.mark.parametrize("arguments", [(X,), (X, {}, []), ({"visible": X},), ({"visible": X}, {})])
def test_what_makes_no_dataset_is_refused_in_a_line(arguments):
    with pytest.raises(ValueError, match=r"takes the layers, .*their alphabets, .* and n names"):
        Dataset(*arguments)
    with pytest.raises(ValueError, match='"visible" is a list, not an array of numpy'):
        Dataset({"visible": [[0, 1]]}, {}, np.array(["a"]))
