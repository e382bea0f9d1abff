"""Laws of confidence: it is that of held-out rows, it is kept with the run, and rows unlike the data are found."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

import spinodal as sp
from spinodal import FormatError
from spinodal.analysis.confidence import FEWEST, log_weights, measure_confidence
from spinodal.machines.protocols import Schedule
from spinodal.runs import confidence as kept
from spinodal.runs import sources
from spinodal.runs.archive import Run
from spinodal.runs.settings import Settings, Source
from spinodal.runs.training import train

from .toys import QUICK, dataset, files

SOURCE = {"label": ["family"], "split": "split"}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = files(tmp_path_factory.mktemp("confidence"), n=120)
    source = Source(data=str(folder / "table.csv"), **SOURCE)
    *_, _ = train(*sources.prepare(source), folder / "run", Settings(**QUICK), source=source)
    return folder


@pytest.fixture(scope="module")
def run(place):
    return Run.open(place / "run")


def test_a_training_keeps_the_confidence_of_the_age_that_is_taken(run):
    _, test = sources.reload(run)
    law, found = measure_confidence(run.machine(), test), sp.load_confidence(run.path)
    assert [p.name for p in (run.path / "confidence").iterdir()] == [f"{run.chosen():08d}.safetensors"]
    np.testing.assert_array_equal(found.log_p, law.log_p)
    own, other = found.layers["label"], law.layers["label"]
    np.testing.assert_array_equal(own.scaling.scale, other.scaling.scale)
    np.testing.assert_array_equal(own.confidence, other.confidence)
    np.testing.assert_array_equal(own.right, other.right)


def test_another_age_is_measured_when_it_is_asked_for_and_nothing_is_written(run):
    before = sorted(p.name for p in run.path.rglob("*"))
    found = sp.load_confidence(run.path, run.ages[1])
    law = measure_confidence(run.machine(run.ages[1]), sources.reload(run)[1])
    np.testing.assert_array_equal(found.layers["label"].confidence, law.layers["label"].confidence)
    assert sorted(p.name for p in run.path.rglob("*")) == before


def test_it_counts_held_out_rows_that_are_sure_and_right(run):
    trust = sp.load_confidence(run.path).layers["label"]
    _, test = sources.reload(run)
    assert len(trust.right) == (test["label"] >= 0).sum() == 24
    for least in (0.0, 0.5, 0.9):
        sure = trust.confidence >= least
        assert trust.at_least(least) == (sure.sum(), (sure & trust.right).sum())
    guess = sp.predict(run.machine(), test)
    assert trust.scaling.temperature is not None  # fewer than 20 rows a label
    assert trust.right.sum() == (guess.letters() == test["label"][:, 0]).sum()


def test_likeness_is_the_share_of_held_out_rows_that_are_less_probable(run):
    found, (_, test) = sp.load_confidence(run.path), sources.reload(run)
    own = log_weights(run.machine(), test)
    wanted = [(own < x - 0.01).mean() for x in own]
    np.testing.assert_allclose(found.likeness(own), wanted)
    assert np.isnan(found.likeness(np.array([np.nan]))).all()
    assert np.isnan(log_weights(run.machine(), test.hide("visible", [0]))).all()


def test_with_a_known_label_it_is_that_of_rows_whose_label_is_held(tmp_path):
    folder = files(tmp_path, n=120)
    source = Source(data=str(folder / "table.csv"), label=["family", "host"], split="split")
    *_, _ = train(*sources.prepare(source), folder / "run", Settings(**QUICK), source=source)
    run = Run.open(folder / "run")
    machine, (_, test) = run.machine(), sources.reload(run)
    found = kept.confidence_of(run, machine, run.chosen(), ["host"])
    assert list(found.layers) == ["label:family"]
    assert list(sp.load_confidence(run.path).layers) == ["label:family", "label:host"]
    law = measure_confidence(machine, test, ["label:host"]).layers["label:family"]
    np.testing.assert_array_equal(found.layers["label:family"].confidence, law.confidence)


def test_a_damaged_file_is_named_and_how_to_mend_it(place, tmp_path):
    shutil.copytree(place / "run", tmp_path / "run")
    (path,) = (tmp_path / "run/confidence").iterdir()
    raw = bytearray(path.read_bytes())
    raw[-3] ^= 1
    path.write_bytes(raw)
    with pytest.raises(FormatError, match=r"confidence/\d+.safetensors is damaged .*remove this file"):
        sp.load_confidence(tmp_path / "run")
    path.unlink()
    assert sp.load_confidence(tmp_path / "run").layers


def test_thinning_keeps_it_for_the_age_that_stays(place, tmp_path):
    shutil.copytree(place / "run", tmp_path / "run")
    run = Run.open(tmp_path / "run")
    run.write_confidence(run.ages[0], run.confidence(run.chosen()), "")
    run.thin()
    assert [p.stem for p in (run.path / "confidence").iterdir()] == [f"{run.chosen():08d}"]


@pytest.mark.filterwarnings("default")
def test_few_labels_say_nothing(tmp_path):
    data = dataset("family", n=60)
    learned, test = data.split("split")
    few = np.where(np.arange(len(test))[:, None] < FEWEST - 1, test["label"], -1).astype(np.int16)
    hidden = replace(test, columns=test.columns | {"label": few})
    *_, _ = train(learned, hidden, tmp_path / "run", Settings(**QUICK))
    with pytest.warns(UserWarning, match="probabilities of label are the machine's own, and not calibrated: fewer"):
        found = sp.load_confidence(tmp_path / "run")
    assert not found.layers
    guess = sp.predict(sp.load(tmp_path / "run"), test)
    assert found.of(guess).raw == {}
    np.testing.assert_array_equal(found.of(guess).probability["label"], guess.probability["label"])


def test_a_machine_without_an_energy_has_no_likeness():
    learned, test = dataset("family", n=100).split("split")
    machine = sp.chaotic(sp.Spin(4), gain=1.0, rate=0.5, **learned.units)
    machine.schedule = Schedule(sp.FEF, 3)
    found = measure_confidence(machine, test)
    assert not len(found.log_p)
    assert found.layers["label"].right.shape == (20,)


@pytest.mark.filterwarnings("default")
def test_a_machine_that_was_saved_by_hand_has_none(tmp_path):
    learned, _ = dataset("family").split("split")
    sp.save(sp.rbm(sp.Bernoulli(2), **learned.units), tmp_path / "run")
    with pytest.warns(UserWarning, match="not calibrated: .* doesn't say which files"):
        assert not sp.load_confidence(tmp_path / "run").layers


def test_the_table_names_calibrated_and_raw_probabilities():
    data = dataset("family")
    guess = sp.predict(sp.rbm(sp.Bernoulli(4), std=0.5, **data.units), data)
    own = guess.scaled({"label": lambda log_p: np.full_like(log_p, 1 / 3)})
    table = own.table(at_least=0.5, beside={"likeness": ["x"] * len(own.names)})
    assert list(table[0])[:4] == ["name", "predicted", "confidence", "likeness"]
    assert {row["predicted"] for row in table} == {""}
    assert [row["raw p(alpha)"] for row in table] == [row["p(alpha)"] for row in guess.table()]
    np.testing.assert_allclose(np.exp(own.log_probability["label"]), guess.probability["label"], rtol=1e-4, atol=1e-7)
