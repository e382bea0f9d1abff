"""Marks: rows are found again by what they hold, wherever they stand."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spinodal.data.row_checksums import find_rows, row_checksums

from spinodal.data.alphabet import Alphabet
from spinodal.runs import sources, training
from spinodal.runs.archive import Run

from .toys import QUICK, dataset, files, gray, rows

DATA = {"letters": lambda: dataset("family", "host"), "numbers": lambda: gray("label"), "no label": dataset}
numbers = st.lists(st.integers(0, 5), max_size=12).map(lambda x: np.array(x, dtype=np.int64))


@pytest.mark.parametrize("kind", DATA)
def test_a_row_has_its_mark_wherever_it_stands_and_whatever_it_is_called(kind):
    data = DATA[kind]()
    order = np.random.default_rng(0).permutation(len(data))
    moved = replace(data.select(order), names=data.names)
    assert (checksums(moved) == checksums(data)[order]).all()


@pytest.mark.parametrize("kind", DATA)
def test_another_row_has_another_mark(kind):
    data = DATA[kind]()
    told = [tuple(np.concatenate([data[k][i] for k in data.columns]).tolist()) for i in range(len(data))]
    assert len(set(checksums(data).tolist())) == len(set(told))
    for layer in data.columns:
        assert (checksums(data.hide(layer, [0])) != checksums(data)).any()


def test_how_letters_and_labels_are_numbered_does_not_count():
    data = dataset("family")
    other = {"visible": Alphabet(tuple("UGCA-N")), "label": Alphabet(("gamma", "more", "beta", "alpha"))}
    assert (data.recoded(other)["label"] != data["label"]).any()
    assert (checksums(data.recoded(other)) == checksums(data)).all()


def test_unknown_numbers_and_both_zeros_are_one():
    data = gray().select([0, 1, 2, 3])
    data["visible"][:] = [[0.0], [-0.0], [np.nan], [-np.nan]]
    a, b, c, d = checksums(data)
    assert a == b != c == d


@settings(max_examples=200, deadline=None)
@given(numbers, numbers)
def test_places_hold_what_is_wanted_and_none_is_taken_twice(wanted, there):
    found = find_rows(wanted, there)
    taken = found[found >= 0]
    assert (there[taken] == wanted[found >= 0]).all()
    assert len(set(taken.tolist())) == len(taken)
    for number in set(wanted.tolist()):
        both = min((wanted == number).sum(), (there == number).sum())
        assert ((found >= 0) & (wanted == number)).sum() == both


# -- a run and its files ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with a file of labeled rows, another of held-out ones, and runs of both."""
    folder = files(tmp_path_factory.mktemp("marks"))
    write(folder / "data.fasta", rows())
    write(folder / "more.fasta", rows(20, seed=7))
    for name, more in (("split", {}), ("sample", {"sample": 20, "reweight": 0.8}), ("test", {"test": "more.fasta"})):
        source = {"data": str(folder / "data.fasta")} | more
        source |= {"test": str(folder / "more.fasta")} if "test" in more else {}
        list(training.train(*sources.prepare(source), folder / name, QUICK | {"updates": 1}, source=source))
    return folder


def write(path, found):
    path.write_text("".join(f">{r['name']} label={r['family']}\n{r['sequence']}\n" for r in found))


@pytest.fixture
def changed(made, tmp_path):
    """A run, and a way to write its file anew."""

    def change(name, found):
        shutil.copytree(made, tmp_path / "there")
        run = Run.open(tmp_path / "there" / name)
        source = {k: v.replace(str(made), str(run.path.parent)) if isinstance(v, str) else v
                  for k, v in run.record["source"].items()}  # fmt: skip
        write(run.path.parent / "data.fasta", found)
        return run.revise(source=source)

    return change


NAMES = ["split", "sample", "test"]


@pytest.mark.parametrize("name", NAMES)
def test_the_data_of_a_run_are_what_it_had(made, name):
    run = Run.open(made / name)
    for found, about in zip(sources.again(run), (run.record["data"], run.record["data"]["held_out"])):
        assert (found.sha256, len(found)) == (about["sha256"], about["rows"])


@pytest.mark.parametrize("more", [0, 5])
@pytest.mark.parametrize("name", NAMES)
def test_held_out_rows_are_found_where_the_rows_of_the_file_are_permuted(made, changed, name, more):
    found = [rows()[i] for i in np.random.default_rng(1).permutation(60)]
    before = sources.again(Run.open(made / name))
    new = [row | {"name": f"n{i}"} for i, row in enumerate(rows(more, seed=9, motifs={"zeta": "AAAACCCC"}))]
    run = changed(name, found + new)
    with pytest.warns(UserWarning, match=r"data.fasta is not as it was when .* found by their checksums"):
        after = sources.again(run)
    for one, other in zip(before, after):
        assert (checksums(other) == checksums(one)).all()
        assert other.alphabets == one.alphabets
        assert (one.weights is None and other.weights is None) or (one.weights == other.weights).all()


@pytest.mark.parametrize("name", NAMES)
def test_a_run_whose_rows_are_gone_is_not_scored(changed, name):
    run = changed(name, [row | {"sequence": "GGGGGGGG"} if i % 2 else row for i, row in enumerate(rows())])
    with pytest.raises(ValueError, match=r"data.fasta is not as it was .*: \d+ of the \d+ rows that it learned from"):
        sources.again(run)


def test_a_run_without_checksums_of_rows_refuses_a_changed_file(changed):
    run = changed("split", rows()[::-1])
    (run.path / "rows.safetensors").unlink()
    with pytest.raises(ValueError, match="no checksums of its rows, so what was held out can't be told"):
        sources.again(run)


def test_what_another_run_held_out_is_scored_on_where_its_file_is_as_it_was(made, changed):
    own, there = Run.open(made / "test"), Run.open(made / "split")
    found = sources.unseen(own, own.machine(), there.path)
    assert (checksums(found) == checksums(sources.again(there)[1])).all()
    run = changed("split", rows()[::-1])
    with pytest.raises(ValueError, match="so what it held out can't be told: bring the file back"):
        sources.unseen(own, own.machine(), run.path)


def test_rows_that_were_learned_from_are_counted():
    data = dataset("family")
    train, test = data.split(0.5)
    shown = set(map(bytes, train["visible"]))
    assert sources.learned(train, train) == len(train)
    assert sources.learned(train, test) == sum(bytes(row) in shown for row in test["visible"])
