from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch

import spinodal as sp
from spinodal import runs
from spinodal.archive import Run, _read_tensors
from spinodal.dataset import Dataset
from spinodal.judge import flat, judge
from spinodal.runs import ages, settle, train

from .laws import Z, assert_same
from .toys import AGES, CHAOS, QUICK, bits, chaotic_run, dataset, gray, rows, trained

PROTOCOLS = ["fef", "rdm", "cd", "pcd"]
LABELED = dataset("family")


def begin(out, data=LABELED, resume=False, **settings):
    return train(*data.split("split"), out, QUICK | settings, resume=resume)


def stopped(out, age, **how):
    """A training that is let go of after an update."""
    training = begin(out, **how)
    for progress in training:
        if progress.age == age:
            break
    training.close()


def logged(run):
    """The log but for the seconds."""
    return [{k: v for k, v in row.items() if k != "seconds"} for row in run.log()]


def state(run):
    """All that a run goes on from, but for the seconds."""
    tensors, about = _read_tensors(run.path / "resume.safetensors")
    return {k: x.numpy().tobytes() for k, x in tensors.items()}, about["age"], about["times"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Runs that were never stopped, by protocol."""
    folder = tmp_path_factory.mktemp("whole")
    return {name: trained(folder / name, protocol=name) for name in PROTOCOLS}


# -- stop and go on -----------------------------------------------------------------------------


@pytest.mark.parametrize("patience", [1e9, -1.0], ids=["ages only", "every update"])
@pytest.mark.parametrize("stops", [(1,), (9,), (10,), (11,), (23,), (24,), (3, 4, 14, 22)], ids=str)
@pytest.mark.parametrize("protocol", ["fef", "pcd"])
def test_a_training_that_was_stopped_ends_with_the_same_bits(tmp_path, monkeypatch, whole, protocol, stops, patience):
    monkeypatch.setattr(runs, "PATIENCE", patience)
    for stop in stops:
        stopped(tmp_path / "run", stop, protocol=protocol, resume=True)
    *_, _ = [None, *begin(tmp_path / "run", protocol=protocol, resume=True)]
    run = Run.open(tmp_path / "run")
    assert run.ages == AGES
    assert bits(run) == bits(whole[protocol])
    assert state(run) == state(whole[protocol])
    assert logged(run) == logged(whole[protocol])


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_prolonged_run_is_the_run_that_was_longer_from_the_start(tmp_path, whole, protocol):
    trained(tmp_path / "run", protocol=protocol, updates=13)
    *_, _ = begin(tmp_path / "run", protocol=protocol, resume=True)
    run = Run.open(tmp_path / "run")
    assert run.ages == [0, 10, 13, 15, 22, 24]
    assert {k: v for k, v in bits(run).items() if k != 13} == bits(whole[protocol])
    assert run.record["training"] == whole[protocol].record["training"]


def test_the_same_seed_gives_the_same_bits_and_another_seed_others(tmp_path, whole):
    assert bits(trained(tmp_path / "same")) == bits(whole["fef"])
    assert bits(trained(tmp_path / "other", seed=1))[0] != bits(whole["fef"])[0]


def test_to_resume_what_is_not_there_begins_it(tmp_path, whole):
    *_, _ = begin(tmp_path / "run", resume=True)
    assert bits(Run.open(tmp_path / "run")) == bits(whole["fef"])


def test_to_resume_what_is_done_does_nothing(tmp_path):
    run = trained(tmp_path / "run")
    before = bits(run)
    assert list(begin(run.path, resume=True)) == []
    assert bits(run) == before


@pytest.mark.parametrize(
    ("name", "value"),
    {
        "hidden": 6,
        "lr": 0.2,
        "steps": 4,
        "batch": 10,
        "seed": 1,
        "protocol": "rdm",
        "std": 0.1,
        "drawn": ["visible", "label"],
        "rest": False,
        "centered": False,
        "averaged": False,
        "l2": 0.1,
        "precision": "int8x2",
        "momentum": 0.5,
    }.items(),
)
def test_a_run_does_not_go_on_with_other_settings(tmp_path, name, value):
    stopped(tmp_path / "run", 10)
    with pytest.raises(ValueError, match=rf"can't go on with other settings: {name} was .*, not "):
        next(begin(tmp_path / "run", resume=True, **{name: value}))
    assert Run.open(tmp_path / "run").ages == [0, 10]


def test_a_run_from_before_a_setting_was_there_goes_on(tmp_path):
    stopped(tmp_path / "run", 10)
    run = Run.open(tmp_path / "run")
    run.revise(training={k: v for k, v in run.record["training"].items() if k != "precision"})
    *_, last = begin(tmp_path / "run", resume=True)
    assert last.age == 24


def test_a_training_of_15_bits_is_recorded_and_goes_on(tmp_path):
    begun = begin(tmp_path / "run", precision="int8x2")
    next(begun)
    assert Run.open(tmp_path / "run").record["training"]["precision"] == "int8x2"


def test_a_run_does_not_go_on_with_other_data(tmp_path):
    stopped(tmp_path / "run", 10)
    with pytest.raises(ValueError, match="other data than it began with"):
        next(begin(tmp_path / "run", dataset("family", seed=1), resume=True))


def test_a_run_does_not_go_on_with_other_weights(tmp_path):
    stopped(tmp_path / "run", 10, data=dataset("family").reweighted(0.8))
    with pytest.raises(ValueError, match="other data than it began with"):
        next(begin(tmp_path / "run", dataset("family").reweighted(0.5), resume=True))


def test_a_run_does_not_go_back(tmp_path):
    run = trained(tmp_path / "run")
    with pytest.raises(ValueError, match="has had 24 updates already: name as many or more, not 20"):
        next(begin(run.path, resume=True, updates=20))
    assert Run.open(run.path).record["training"]["updates"] == 24


def test_a_run_that_is_there_is_neither_gone_on_with_nor_lost_unasked(tmp_path):
    run = trained(tmp_path / "run")
    before = bits(run)
    with pytest.raises(FileExistsError, match="--resume"):
        next(begin(run.path))
    assert bits(run) == before


def test_overwriting_begins_anew(tmp_path, whole):
    trained(tmp_path / "run", hidden=3)
    *_, _ = train(*LABELED.split("split"), tmp_path / "run", QUICK, overwrite=True)
    assert bits(Run.open(tmp_path / "run")) == bits(whole["fef"])


# -- what a run keeps ---------------------------------------------------------------------------


@pytest.mark.parametrize("updates", [1, 9, 10, 11, 100, 5000, 10**6])
def test_ages_increase_to_the_last_update(updates):
    found = ages(updates)
    assert found[-1] == updates
    assert all(a < b for a, b in pairwise(found))
    assert set(found[:-1]) <= set(ages(10**7))


def test_progress_is_told_at_every_update_and_quality_at_every_age(tmp_path):
    told = list(begin(tmp_path / "run"))
    assert [now.age for now in told] == list(range(1, 25))
    assert [now.age for now in told if now.quality] == AGES[1:]
    assert all(a.seconds < b.seconds for a, b in pairwise(told))


def test_the_log_has_a_row_an_age(whole):
    for run in whole.values():
        assert [int(row["age"]) for row in run.log()] == AGES[1:]
        numbers = [float(x) for row in run.log() for x in row.values()]
        assert np.isfinite(numbers).all()


def test_the_record_says_where_a_run_comes_from(whole):
    record = whole["fef"].record
    assert record["provenance"].keys() == {"command", "started", "versions", "machine", "device", "threads"}
    assert record["provenance"]["versions"].keys() == {"spinodal", "python", "torch", "numpy"}
    assert record["data"]["sha256"] == LABELED.split("split")[0].sha256
    assert record["data"]["rows"] == 48
    assert record["training"] == settle(QUICK, LABELED)
    assert record["seconds"] > 0


def test_the_machine_is_told_what_it_was_trained_for(whole):
    for name, run in whole.items():
        assert run.machine().schedule == sp.protocols.Schedule(sp.protocols.BY_NAME[name], 3)


# -- what goes wrong ----------------------------------------------------------------------------


def test_a_gradient_that_is_not_finite_is_named_and_leaves_the_last_good_age(tmp_path):
    data = LABELED.split("split")
    with pytest.raises(FloatingPointError, match=r"the gradient of (bias|coupling)\..* is not finite"):
        list(train(*data, tmp_path / "run", QUICK | {"lr": 1e38, "updates": 500}))
    run = Run.open(tmp_path / "run")
    assert run.ages[-1] < 500
    assert all(p.isfinite().all() for age in run.ages for p in run.machine(age).parameters())


def test_a_parameter_that_is_not_a_number_is_named(tmp_path):
    run = trained(tmp_path / "run")
    machine, update, seconds = run.resume()
    with torch.no_grad():
        machine.bias["label"][0] = torch.nan
    run.save(machine, update, seconds, lasting=False)
    with pytest.raises(FloatingPointError, match=r"bias\.label is not a number: go back"):
        list(begin(run.path, resume=True, updates=40))
    assert Run.open(run.path).ages == AGES


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"steps": 0}, "steps must be 1 or more, not 0"),
        ({"hidden": 0}, "an rbm has one hidden layer of 1 unit or more, not 0"),
        ({"hidden": -3}, "a layer has 1 unit or more, not -3"),
        ({"updates": 0}, "updates must be 1 or more, not 0"),
        ({"batch": 0}, "batch must be 1 or more, not 0"),
        ({"batch": 61}, "batch 61 is more than the 60 rows"),
        ({"lr": 0.0}, "lr must be a positive number, not 0.0"),
        ({"lr": -1}, "lr must be a positive number, not -1"),
        ({"lr": float("inf")}, "lr must be a positive number, not inf"),
        ({"lr": float("nan")}, "lr must be a positive number, not nan"),
        ({"l1": -1.0}, "l1 and l2 must be 0 or more"),
        ({"std": -1.0}, "std must be a number from 0 up, not -1.0"),
        ({"std": float("nan")}, "std must be a number from 0 up, not nan"),
        ({"protocol": "dream"}, 'no protocol "dream"; there are fef, fef1, rdm, cd, pcd'),
        ({"protocol": ""}, 'no protocol ""'),
        ({"viscosity": 0.9}, r"no setting \['viscosity'\]; there are machine, gain"),
        ({"hidden": "many"}, "hidden is int, not 'many'"),
        ({"hidden": [3, "many"]}, r"hidden is int, not \[3, 'many'\]"),
        ({"hidden": [3, 4]}, r"an rbm has one hidden layer of 1 unit or more, not \[3, 4\]"),
        ({"hidden": []}, r"an rbm has one hidden layer of 1 unit or more, not \[\]"),
        ({"machine": "ising"}, 'machine is rbm or chaotic, not "ising"'),
        ({"machine": 3}, "machine is str, not 3"),
        ({"gain": 1.5}, "gain is of chaotic machines: pass --machine chaotic, too"),
        ({"rate": 0.2}, "rate is of chaotic machines"),
        ({"variance": "both"}, "variance is of chaotic machines"),
        ({"start_std": 0.5}, "start_std is of chaotic machines"),
        ({"self_coupling": False}, "self_coupling is of chaotic machines"),
        ({"momentum": 1.0}, "momentum is from 0 to less than 1, not 1.0"),
        ({"momentum": -0.1}, "momentum is from 0 to less than 1, not -0.1"),
        ({"momentum": float("nan")}, "momentum is from 0 to less than 1, not nan"),
        ({"machine": "chaotic", "drawn": ["visible"]}, "draws nothing: leave drawn and precision out"),
        ({"machine": "chaotic", "precision": "int8x2"}, "draws nothing: leave drawn and precision out"),
        ({"machine": "chaotic", "hidden": [3, 0]}, r"a layer has 1 unit or more, not \[3, 0\]"),
        ({"machine": "chaotic", "self_coupling": "no"}, "self_coupling is bool, not 'no'"),
        ({"updates": 10.5}, "updates is int, not 10.5"),
        ({"lr": "fast"}, "lr is float, not 'fast'"),
        ({"drawn": "visible"}, "drawn is list, not 'visible'"),
        ({"rest": 2}, "rest is bool, not 2"),
        ({"precision": "int8"}, 'precision is float32 or int8x2, not "int8"'),
    ],
)
def test_settings_out_of_range_are_named_before_anything_is_made(tmp_path, settings, says):
    with pytest.raises(ValueError, match=says):
        settle(settings, LABELED)
    with pytest.raises(ValueError, match=says.replace("60", "48")):
        next(begin(tmp_path / "run", **settings))
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"hidden": [3, 3, 3]}, "at most two hidden layers, not 3"),
        ({"gain": -1}, "gain and start_std are numbers from 0 up, not -1 and 1"),
        ({"rate": 0.0}, "rate is dt / tau, between 0 and 1, not 0"),
        ({"variance": "fan-out"}, "variance is fan-in, visible, both"),
        ({"start_std": float("nan")}, "not 2 and nan"),
    ],
)
def test_a_chaotic_machine_that_can_not_be_built_is_not_begun(tmp_path, settings, says):
    with pytest.raises(ValueError, match=says):
        next(train(*gray().split(0.8), tmp_path / "run", CHAOS | settings))
    assert not (tmp_path / "run").exists()


def test_a_layer_that_is_not_there_can_not_be_drawn(tmp_path):
    with pytest.raises(ValueError, match=r"no layer .*deep"):
        next(begin(tmp_path / "run", drawn=["visible", "deep"]))
    assert not (tmp_path / "run").exists()


def test_settled_settings_are_settled():
    full = settle({"drawn": ("visible", "label")}, LABELED)
    assert settle(full, LABELED) == full
    assert full["drawn"] == ["visible", "label"]


# -- machines -----------------------------------------------------------------------------------


def test_a_chaotic_machine_has_defaults_of_its_own():
    full = settle({"machine": "chaotic"}, LABELED)
    assert {k: full[k] for k in runs.CHAOTIC} == runs.CHAOTIC
    assert settle(full, LABELED) == full
    assert settle({"machine": "chaotic", "gain": 1.1}, LABELED)["gain"] == 1.1


@pytest.mark.parametrize(
    ("hidden", "names"), [(0, []), ([], []), (6, ["hidden"]), ([6], ["hidden"]), ([6, 4], ["hidden", "deep"])], ids=str
)
def test_settings_build_the_machine_they_describe(hidden, names):
    own = {"gain": 1.3, "rate": 0.4, "variance": "both", "start_std": 0.5, "self_coupling": False}
    data = gray("label")
    machine = runs.build(
        settle({"machine": "chaotic", "hidden": hidden, "std": 0.1, "seed": 3} | own, data), data.units
    )
    assert {k: getattr(machine, k) for k in own} == own
    assert list(machine.units) == ["visible", "label", *names]
    assert [machine.units[k] for k in names] == [sp.Spin(size) for size in ([6, 4])[: len(names)]]
    by_hand = sp.chaotic(*(machine.units[k] for k in names), std=0.1, seed=3, **own, **data.units)
    assert_same(machine.state_dict(), by_hand.state_dict())


@pytest.mark.parametrize("hidden", [4, [4]], ids=str)
def test_an_rbm_has_one_hidden_layer(hidden):
    machine = runs.build(settle({"hidden": hidden, "drawn": ["hidden"]}, LABELED), LABELED.units)
    assert machine.units["hidden"] == sp.Bernoulli(4)
    assert (machine.gain, machine.rate, machine.drawn) == (0.0, 1.0, {"hidden"})


CHAOTIC = {
    "one layer": {"hidden": 0, "self_coupling": False},
    "two layers": {"hidden": 6},
    "three layers": {"hidden": [6, 4], "variance": "visible"},
    "momentum": {"hidden": 6, "momentum": 0.9},
    "plain gradient": {"hidden": 6, "centered": False, "start_std": 0.5},
}


@pytest.mark.parametrize("patience", [1e9, -1.0], ids=["ages only", "every update"])
@pytest.mark.parametrize("labels", [(), ("label",)], ids=["rdm", "fef"])
@pytest.mark.parametrize("name", CHAOTIC)
def test_a_chaotic_training_that_was_stopped_ends_with_the_same_bits(tmp_path, monkeypatch, name, labels, patience):
    monkeypatch.setattr(runs, "PATIENCE", patience)
    data, how = gray(*labels), CHAOTIC[name]
    whole = chaotic_run(tmp_path / "whole", data, **how)
    assert whole.record["training"]["protocol"] == ("fef" if labels else "rdm")
    for stop in (3, 10, 11):
        training = train(*data.split(0.8), tmp_path / "run", CHAOS | how, resume=True)
        assert stop in (progress.age for progress in training)
        training.close()
    list(train(*data.split(0.8), tmp_path / "run", CHAOS | how, resume=True))
    run = Run.open(tmp_path / "run")
    assert run.ages == [0, 10, 12]
    assert bits(run) == bits(whole)
    assert state(run) == state(whole)
    assert logged(run) == logged(whole)


@pytest.mark.parametrize("stop", [1, 10, 13])
def test_momentum_goes_on_where_it_was(tmp_path, monkeypatch, whole, stop):
    monkeypatch.setattr(runs, "PATIENCE", -1.0)
    never = trained(tmp_path / "never", momentum=0.9)
    stopped(tmp_path / "run", stop, momentum=0.9)
    *_, _ = begin(tmp_path / "run", resume=True, momentum=0.9)
    assert bits(Run.open(tmp_path / "run")) == bits(never)
    assert state(Run.open(tmp_path / "run")) == state(never)
    assert bits(never)[24] != bits(whole["fef"])[24]


def test_what_the_log_has_of_a_chaotic_machine_is_what_the_judge_says(tmp_path):
    data = gray()
    run = chaotic_run(tmp_path / "run", data)
    train_, test = data.split(0.8)
    assert {k: float(x) for k, x in run.log()[-1].items() if k not in ("age", "seconds")} == pytest.approx(
        flat(judge(run.machine(), test, train_))
    )
    assert {"second_moment_error", "reconstruction_error", "reconstruction_variance"} <= run.log()[-1].keys()


@pytest.mark.parametrize("rest", [True, False])
def test_a_chaotic_machine_rests_if_it_is_told_to(tmp_path, rest):
    machine = chaotic_run(tmp_path / "run", rest=rest).machine(0)
    assert machine.bias["visible"].isfinite().all()  # one pixel is always black
    assert bool((machine.bias["visible"] == 0).all()) is not rest


def test_a_chaotic_training_learns_what_images_look_like(tmp_path):
    data = gray("label", n=200)
    machine = chaotic_run(tmp_path / "run", data, hidden=30, lr=0.02, steps=15, updates=300).machine()
    made = sp.generate(machine, like=data)
    for label in (0, 1):
        means = [x["visible"][x["label"][:, 0] == label].mean(0) for x in (data, made)]
        assert np.corrcoef(*means)[0, 1] > 0.95
    right = (sp.predict(machine, data).letters() == data["label"][:, 0]).mean()
    assert right > 0.5 + Z * (0.25 / 200) ** 0.5  # of guesses


# -- any data -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("labels", "protocol"), [(("family",), "fef"), (("family", "host"), "fef"), ((), "rdm")])
def test_the_protocol_follows_the_labels(labels, protocol):
    assert settle({}, dataset(*labels))["protocol"] == protocol


def test_f_and_f_needs_labels():
    with pytest.raises(ValueError, match=r"protocol fef needs labels: pass --label COLUMN, or take --protocol rdm"):
        settle({"protocol": "fef"}, dataset())


@pytest.mark.parametrize(("n", "batch"), [(30, 30), (501, 500)])
def test_the_batch_is_500_or_all(n, batch):
    assert settle({}, dataset("family", n=n))["batch"] == batch


def holed(data: Dataset) -> Dataset:
    return data.hide("visible", fraction=0.1)


ANY_DATA = {
    "one label": lambda: dataset("family"),
    "two labels": lambda: dataset("family", "host"),
    "no label": lambda: dataset(),
    "labels missing": lambda: dataset("family", known=0.4),
    "both": lambda: dataset("family", "host", known=0.4),
    "entries missing": lambda: holed(dataset("family")),
    "entries missing everywhere": lambda: dataset("family").hide("visible", sites=[0]),
    "all missing but labels": lambda: holed(dataset("family", known=0.3)),
    "three rows": lambda: dataset("family", n=5),
    "weights": lambda: dataset("family").reweighted(),
}


@pytest.mark.parametrize("name", ANY_DATA)
@pytest.mark.filterwarnings("error")
def test_any_data_train_and_generate(tmp_path, name):
    data = ANY_DATA[name]()
    run = trained(tmp_path / "run", data, batch=4, updates=12)
    machine = run.machine()
    made = sp.generate(machine, like=data)
    assert len(made) == len(data)
    assert made.labels == data.labels
    for layer in data.labels:
        known = data[layer] >= 0
        assert (made[layer][known] == data[layer][known]).all()
        assert (made[layer] >= 0).all()
    if data.labels:
        guess = sp.predict(machine, data)
        assert {k: p.shape for k, p in guess.probability.items()} == {
            k: (len(data), len(data.alphabets[k].symbols)) for k in data.labels
        }
        assert all(np.allclose(p.sum(1), 1, atol=1e-5) for p in guess.probability.values())


@pytest.mark.parametrize("n", [4, 5, 60])
@pytest.mark.parametrize("labels", [(), ("family",), ("family", "host")])
def test_frequencies_are_neither_never_nor_always(n, labels):
    data = dataset(*labels, n=n)
    found = data.frequencies()
    assert found.keys() == {"visible", *data.labels}
    for layer, x in found.items():
        assert ((x > 0) & (x < 1)).all()
        by_state = x.reshape(data.units[layer].colors, -1)
        torch.testing.assert_close(by_state.sum(0), torch.ones(by_state.shape[1]))


def test_frequencies_are_those_of_the_data():
    data = dataset("family", n=4000)
    means = data.numbers("visible").mean(0)
    assert (data.frequencies()["visible"] - means).abs().max() < 1e-3


def test_a_rested_machine_shows_the_datas_means_before_it_learns(tmp_path):
    data = dataset("family", n=600)
    machine = trained(tmp_path / "run", data, std=0.0, updates=1).machine(0)
    made = sp.run(machine, 4000, 2)["visible"]
    shown = machine.units["visible"].average(made, machine.like)
    assert (shown - data.split("split")[0].frequencies()["visible"]).abs().max() < 0.05


def test_what_a_training_learns_is_what_its_labels_say(tmp_path):
    data = dataset("family", n=300)
    machine = trained(tmp_path / "run", data, hidden=20, lr=0.2, updates=150).machine()
    made = sp.generate(machine, label="beta", n=50)
    assert np.mean([a == b for s in made.texts("visible") for a, b in zip(s, "UUGGCCAA")]) > 0.7
    test = data.split("split")[1]
    assert (sp.predict(machine, test).letters() == test["label"][:, 0]).mean() > 0.9


def test_rows_are_what_they_were():
    assert rows(n=3) == rows(n=5)[:3]
