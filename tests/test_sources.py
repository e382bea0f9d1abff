from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import spinodal as sp
from spinodal.data.alphabet import RNA
from spinodal.files.table import write_rows
from spinodal.runs.archive import Run
from spinodal.runs.settings import Settings, Source
from spinodal.runs.sources import Reading, alphabets_of, like, prepare, read_for, relabeled, warn_of_few

from .toys import MOTIFS, QUICK, dataset, files, rows, trained


@pytest.fixture
def folder(tmp_path):
    return files(tmp_path)


def source(folder, **more):
    given = {"data": folder / "family.fasta", "labels": str(folder / "family.csv"), "label": "family"} | more
    return Source(**given)


def names(*datasets):
    return [set(x.names.tolist()) for x in datasets]


def seldom(folder, *few):
    """A table with labels of which some have few rows: (name, rows to train on, rows to test on)."""
    found = rows()
    for name, train, test in few:
        for side, n in (("train", train), ("test", test)):
            free = [row for row in found if row["split"] == side and row["family"] in MOTIFS]
            for row in free[:n]:
                row["family"] = name
    write_rows(folder / "table.csv", found)
    return Source(data=str(folder / "table.csv"), label="family", split="split")


# -- labels without rows --------------------------------------------------------------------------


def test_a_label_without_a_training_row_is_no_label_of_the_machine(folder):
    with pytest.warns(UserWarning, match='labels that no training row has are not learned: "lost"$'):
        train, test = prepare(seldom(folder, ("lost", 0, 3), ("rare", 2, 1)))
    assert train.alphabets["label"].symbols == ("alpha", "beta", "gamma", "rare") == test.alphabets["label"].symbols
    assert int((test["label"] < 0).sum()) == 3
    assert min(train.label_counts("label").values()) == 2


def test_a_label_that_was_not_sampled_is_none_either(folder):
    about = replace(seldom(folder, ("rare", 1, 0)), sample=2)
    with pytest.warns(UserWarning, match="labels that no training row has are not learned"):
        train, _ = prepare(about)
    assert set(train.texts("label")) == set(train.alphabets["label"].symbols)


@pytest.mark.parametrize("seed", range(3))
def test_a_split_holds_no_label_out_whole(folder, seed):
    about = replace(seldom(folder, ("one", 1, 0), ("two", 0, 1), ("three", 3, 0)), split=0.6)
    train, test = prepare(about, seed)
    assert set(test.texts("label")) <= set(train.texts("label"))


def test_labels_of_few_rows_are_noted_when_they_are_asked_for(folder):
    about = seldom(folder, ("rare", 2, 0))
    *_, _ = sp.runs.training.train(*prepare(about), folder / "run", Settings(**QUICK | {"updates": 1}), source=about)
    run = Run.open(folder / "run")
    asked = sp.tasks.asked(run.machine(), {"rare": 3, "alpha": 2})
    with pytest.warns(UserWarning, match='labels that were learned from few rows: "rare" from 2; what'):
        warn_of_few(run, asked)
    warn_of_few(run, sp.tasks.asked(run.machine(), {"alpha": 2}))


# -- training and held-out data -----------------------------------------------------------------


def test_a_column_says_what_is_held_out(folder):
    train, test = prepare(source(folder, split="split"))
    assert (set(train.table["split"]), set(test.table["split"])) == ({"train"}, {"test"})
    assert (len(train), len(test)) == (48, 12)


@pytest.mark.parametrize(("split", "n"), [(None, 54), (0.5, 30), ("0.8", 48)])
def test_a_fraction_is_stratified_and_disjoint(folder, split, n):
    train, test = prepare(source(folder, **({} if split is None else {"split": split})))
    ours, theirs = names(train, test)
    assert len(train) == n
    assert ours.isdisjoint(theirs)
    assert len(ours | theirs) == 60
    assert len(set(np.bincount(train["label"][:, 0]))) == 1


def test_the_split_is_the_same_every_time(folder):
    assert names(*prepare(source(folder))) == names(*prepare(source(folder)))


@pytest.mark.parametrize("value", ["fly", "yeast"])
def test_where_leaves_other_rows_out(folder, value):
    both = prepare(source(folder, where={"host": value}))
    assert {h for part in both for h in part.table["host"]} == {value}


def test_where_forgets_labels_that_no_row_has(folder):
    train, _ = prepare(source(folder, where={"family": "beta"}))
    assert train.alphabets["label"].symbols == ("beta",)


def test_where_takes_numbers_too(folder):
    write_rows(
        folder / "numbers.csv", [{"name": r["name"], "year": i % 2, "family": "x"} for i, r in enumerate(rows())]
    )
    train, test = prepare(source(folder, labels=str(folder / "numbers.csv"), where={"year": 1}))
    assert len(train) + len(test) == 30


def test_a_sample_is_rows_of_the_training_data(folder):
    train, _ = prepare(source(folder, split="split"))
    some, test = prepare(source(folder, split="split", sample=10))
    assert len(some) == 10
    assert names(some)[0] < names(train)[0]
    assert len(test) == 12


def test_reweighting_weighs_the_training_rows(folder):
    train, test = prepare(source(folder, reweight=0.8))
    assert train.weights is not None
    assert test.weights is None
    assert (train.weights <= 1).all()


@pytest.mark.parametrize(
    ("label", "layers"),
    [
        ("family", ("label",)),
        (["family"], ("label",)),
        (["family", "host"], ("label:family", "label:host")),
        ([], ()),
    ],
)
def test_one_label_or_several_or_none(folder, label, layers):
    assert prepare(source(folder, label=label))[0].labels == layers


@pytest.mark.parametrize("label", ["label", ["label"], None])
def test_a_column_that_is_called_label_is_the_label(folder, label):
    write_rows(
        folder / "own.csv", [{"name": r["name"], "sequence": r["sequence"], "label": r["family"]} for r in rows()]
    )
    train, _ = prepare(Source(data=folder / "own.csv", label=label))
    assert train.labels == ("label",)
    assert train.alphabets["label"].symbols == ("alpha", "beta", "gamma")


def test_another_column_may_be_the_label_in_its_place(folder):
    write_rows(folder / "own.csv", [{"label": "x", **r} for r in rows()])
    train, _ = prepare(Source(data=folder / "own.csv", label="family"))
    assert train.labels == ("label",)
    assert train.alphabets["label"].symbols == ("alpha", "beta", "gamma")


# -- a file of held-out data --------------------------------------------------------------------


def test_a_test_file_is_held_out(folder):
    (folder / "test").mkdir()
    files(folder / "test", n=12, seed=1)
    train, test = prepare(Source(data=folder / "table.csv", test=folder / "test" / "table.csv", label="family"))
    assert (len(train), len(test)) == (60, 12)


def test_one_table_may_label_both_files(folder):
    found = rows()
    for name, part in (("a", found[:40]), ("b", found[40:])):
        (folder / f"{name}.fasta").write_text("".join(f">{r['name']}\n{r['sequence']}\n" for r in part))
    train, test = prepare(source(folder, data=folder / "a.fasta", test=folder / "b.fasta"))
    assert [x.texts("label").tolist() for x in (train, test)] == [
        [r["family"] for r in part] for part in (found[:40], found[40:])
    ]


def test_a_test_file_is_read_in_the_training_datas_letters(folder):
    write_rows(folder / "test.csv", [{"name": "x", "sequence": "GGGAAACC", "family": "gamma"}] * 2)
    with pytest.warns(UserWarning, match="more than once"):
        _, test = prepare(Source(data=folder / "table.csv", test=folder / "test.csv", label="family"))
    assert test.alphabets["visible"] == RNA
    assert test.alphabets["label"].symbols == ("alpha", "beta", "gamma")
    assert test.texts("label").tolist() == ["gamma", "gamma"]


def test_labels_that_only_the_test_file_has_are_unknown(folder):
    other = [r | {"family": "omega" if i % 2 else r["family"]} for i, r in enumerate(rows(n=6))]
    write_rows(folder / "test.csv", other)
    train, test = prepare(Source(data=folder / "table.csv", test=folder / "test.csv", label="family"))
    assert test.alphabets["label"] == train.alphabets["label"]
    assert test.texts("label").tolist() == ["alpha", "", "gamma", "", "beta", ""]


# -- what can't be had --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"data": None}, "name the data to train on"),
        ({"label": "colour"}, 'no column "colour" .*; there are: family, host, split'),
        ({"split": "half"}, 'no column "half"; there are: .*"split"'),
        ({"split": "host"}, r'"host" has no rows "train" .* it has: "fly", "yeast"'),
        ({"split": 1.5}, r"split is a column, or a fraction between 0 and 1, not 1\.5"),
        ({"split": "nan"}, 'no column "nan"'),
        ({"split": float("inf")}, 'no column "inf"'),
        ({"where": {"host": "bee"}}, 'no row has "bee" in "host"; there are: "fly", "yeast"'),
        ({"where": {"colour": "red"}}, 'no column "colour"'),
        ({"where": ["host=fly"]}, r"where must be a table, not \['host=fly'\]"),
        (
            {"split": "split", "test": "family.fasta"},
            "test is a file of held-out data in place of a split: leave out one",
        ),
        (
            {"labels": "late.csv", "label": "late", "split": "split"},
            'no training row has a label in "label": take another column',
        ),
        ({"sample": 61}, "can't sample 61 of the 54 rows"),
        ({"sample": -1}, "sample must be 1 or more, not -1"),
        ({"reweight": 2}, "reweight must be 1 or less, not 2"),
        ({"reweight": -0.5}, "reweight must be more than 0, not -0.5"),
    ],
)
def test_what_can_not_be_had_says_why(folder, more, says):
    late = [row | {"late": "new" if row["split"] == "test" else ""} for row in rows()]
    write_rows(folder / "late.csv", [{k: v for k, v in row.items() if k != "sequence"} for row in late])
    more = {k: folder / v if k == "labels" else v for k, v in more.items()}
    with pytest.raises(ValueError, match=says):
        prepare(source(folder, **more))


def test_test_data_of_other_sites_are_refused(folder):
    (folder / "long.fasta").write_text(">s000\nACGUACGUA\n>s001\nACGUACGUA\n")
    with pytest.raises(ValueError, match=r"long\.fasta has 9 sites, the machine's data 8: align them alike"):
        prepare(source(folder, test=folder / "long.fasta"))


# -- data for a trained model --------------------------------------------------------------------


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run whose record says where its data came from."""
    folder = files(tmp_path_factory.mktemp("data"))
    about = source(folder, data=str(folder / "family.fasta"), split="split")
    *_, _ = sp.runs.training.train(*prepare(about), folder / "run", Settings(**QUICK | {"updates": 1}), source=about)
    return Run.open(folder / "run")


def test_data_are_read_in_the_machines_letters(run, tmp_path):
    (tmp_path / "few.fasta").write_text(">x\nAAAAAAAA\n>y\nCCCCCCCC\n")
    data = read_for(run.machine(), tmp_path / "few.fasta")
    assert data.alphabets["visible"].symbols == RNA.symbols
    assert data.texts("visible").tolist() == ["AAAAAAAA", "CCCCCCCC"]


def test_labels_that_the_machine_does_not_know_are_unknown(run, tmp_path):
    found = files(tmp_path, n=9)
    write_rows(found / "other.csv", [{"name": f"s{i:03d}", "family": "omega" if i else "beta"} for i in range(9)])
    data = read_for(run.machine(), found / "family.fasta", Reading(labels=str(found / "other.csv"), label="family"))
    assert data.texts("label").tolist() == ["beta"] + [""] * 8
    assert data.alphabets["label"].symbols == ("alpha", "beta", "gamma")


def test_foreign_letters_are_read_as_told(run, tmp_path):
    (tmp_path / "x.fasta").write_text(">x\nAAAAAAAJ\n")
    with pytest.raises(sp.FormatError, match='symbol "J" at column 8'):
        read_for(run.machine(), tmp_path / "x.fasta")
    with pytest.warns(UserWarning, match="are read as gaps"):
        assert read_for(run.machine(), tmp_path / "x.fasta", Reading(unknown="-")).texts("visible")[0] == "AAAAAAA-"


def test_data_of_other_sites_are_refused(run, tmp_path):
    (tmp_path / "x.fasta").write_text(">x\nAAAAAAA\n")
    with pytest.raises(ValueError, match="has 7 sites, the machine's data 8"):
        read_for(run.machine(), tmp_path / "x.fasta")


def test_like_a_run_is_like_what_it_held_out(run):
    assert like(run, run.machine(), run.path).names.tolist() == prepare(run.source)[1].names.tolist()


def test_like_a_file_is_labeled_as_in_the_training(run):
    found = like(run, run.machine(), run.path.parent / "family.fasta")
    assert found.texts("label").tolist() == [r["family"] for r in rows()]


def test_a_machine_that_was_saved_by_hand_has_no_data(tmp_path):
    sp.save(sp.rbm(sp.Bernoulli(3), visible=sp.Bernoulli(4)), tmp_path / "run")
    with pytest.raises(ValueError, match="name the data"):
        prepare(Run.open(tmp_path / "run").source)


def test_the_alphabets_of_a_machine_are_those_of_its_data(tmp_path):
    data = dataset("family", "host")
    assert alphabets_of(trained(tmp_path / "run", data, updates=1).machine()) == data.alphabets


def test_relabeling_is_by_name():
    data = dataset("family")
    only = dataset("family", motifs={"gamma": "GGGAAACC", "alpha": "ACGUACGU"})
    assert relabeled(data, only.alphabets).texts("label").tolist() == [
        "" if x == "beta" else x for x in data.texts("label").tolist()
    ]
