from __future__ import annotations

from functools import cache
from itertools import islice, pairwise, product
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import torch

import spinodal as sp
from spinodal.data.dataset import Dataset
from spinodal.data.reals import standardize
from spinodal.evaluation.quick_scores import flat, quick_scores
from spinodal.machines.kernels import integer_products, products
from spinodal.machines.protocols import weighted
from spinodal.runs import building, stopping, training
from spinodal.runs.archive import Run, _read_tensors
from spinodal.runs.settings import NO_SETTINGS, Settings, defaults
from spinodal.runs.training import ages, train

from .laws import Z, assert_same
from .toys import AGES, CHAOS, QUICK, bits, chaotic_run, dataset, gray, rows, same_bits, trained

PROTOCOLS = ["fef", "rdm", "cd", "pcd"]
LABELED = dataset("family")


def begin(out, data=LABELED, resume=False, **settings):
    return train(*data.split("split"), out, Settings(**QUICK | settings), resume=resume)


def stopped(out, age, **how):
    """A training that is let go of after an update."""
    updates = begin(out, **how)
    for progress in updates:
        if progress.age == age:
            break
    updates.close()


def logged(run):
    """The log but for the seconds."""
    return [{k: v for k, v in row.items() if k != "seconds"} for row in run.log()]


def state(run):
    """All that a run goes on from, but for the seconds."""
    tensors, about = _read_tensors(run.path / "resume.safetensors")
    return {k: x.numpy().tobytes() for k, x in tensors.items()}, about.age, about.times


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Runs that were never stopped, by protocol."""
    folder = tmp_path_factory.mktemp("whole")
    return {name: trained(folder / name, protocol=name) for name in PROTOCOLS}


# -- stop and go on -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("protocol", "stops", "patience"),
    [
        *product(["pcd"], [(1,), (9,), (10,), (11,), (23,), (24,), (3, 4, 14, 22)], [1e9, -1.0]),
        *product(["fef"], [(1,), (10,), (3, 4, 14, 22)], [-1.0]),
    ],
    ids=lambda x: {1e9: "ages only", -1.0: "every update"}.get(x, str(x)),
)
def test_a_training_that_was_stopped_ends_with_the_same_bits(tmp_path, monkeypatch, whole, protocol, stops, patience):
    monkeypatch.setattr(training, "PATIENCE", patience)
    for stop in stops:
        stopped(tmp_path / "run", stop, protocol=protocol, resume=True)
    *_, _ = [None, *begin(tmp_path / "run", protocol=protocol, resume=True)]
    run = Run.open(tmp_path / "run")
    assert run.ages == AGES
    assert bits(run) == bits(whole[protocol])
    assert state(run) == state(whole[protocol])
    assert logged(run) == logged(whole[protocol])


@pytest.mark.parametrize("began", products.ROUTES)
def test_a_training_goes_on_by_the_products_that_it_began_with(tmp_path, monkeypatch, began):
    (other,) = products.ROUTES.keys() - {began}
    monkeypatch.setenv("SPINODAL_PRODUCTS", began)
    never_stopped = trained(tmp_path / "never", precision="float32")
    stopped(tmp_path / "run", 11, precision="float32")
    monkeypatch.setenv("SPINODAL_PRODUCTS", other)
    assert products.route() == other
    *_, _ = begin(tmp_path / "run", resume=True)
    run = Run.open(tmp_path / "run")
    assert run.record["provenance"]["products"] == began
    assert bits(run) == bits(never_stopped)
    assert products.route() == other


def test_products_that_a_machine_has_not_got_are_noted(tmp_path, monkeypatch):
    stopped(tmp_path / "run", 11, precision="float32")
    monkeypatch.setattr(products, "_is_sound", lambda: False)
    with pytest.warns(UserWarning, match="began with products by onednn, which this computer doesn't have: resumed"):
        *_, _ = begin(tmp_path / "run", resume=True)


def test_sums_of_integers_need_no_route_of_products(tmp_path, monkeypatch):
    never_stopped = trained(tmp_path / "never")
    stopped(tmp_path / "run", 11)
    monkeypatch.setattr(products, "_is_sound", lambda: False)
    fastest = integer_products.fastest(torch.device("cpu"))
    *_, other = (route for route in integer_products.CPU if route is not fastest)
    monkeypatch.setattr(integer_products, "fastest", lambda device: other)
    *_, _ = begin(tmp_path / "run", resume=True)  # a warning would be an error
    assert bits(Run.open(tmp_path / "run")) == bits(never_stopped)


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
        "sampled": ["visible", "label"],
        "init_biases": False,
        "centered": False,
        "averaged": False,
        "l2": 0.1,
        "precision": "float32",
        "momentum": 0.5,
        "balance": 0.5,
        "label_weight": 2.0,
    }.items(),
)
def test_a_run_does_not_go_on_with_other_settings(tmp_path, name, value):
    stopped(tmp_path / "run", 10)
    key = {"sampled": "drawn", "init_biases": "rest"}.get(name, name)  # as run.json has it
    with pytest.raises(ValueError, match=rf"can't be resumed with other settings: {key} was .*, not "):
        next(begin(tmp_path / "run", resume=True, **{name: value}))
    assert Run.open(tmp_path / "run").ages == [0, 10]


def test_a_run_has_the_weight_of_its_label_gradient_and_the_balance_of_its_labels(tmp_path):
    plain, own = (trained(tmp_path / f"run{w}", label_weight=w, balance=w / 4) for w in (1.0, 2.0))
    assert [[p["weight"] for p in run.record["schedule"]["protocol"]] for run in (plain, own)] == [[1, 1], [1, 2]]
    data, by_hand = dataset("family").split("split")[0].balanced(0.5), own.machine(0)
    phases = weighted(sp.FEF, 2.0)
    *_, _ = islice(sp.fit(by_hand, data.batches(QUICK["batch"]), phases, QUICK["steps"], QUICK["lr"]), QUICK["updates"])
    assert same_bits(by_hand, own.machine())
    assert bits(trained(tmp_path / "none", label_weight=1.0, balance=0.0)) == bits(trained(tmp_path / "default"))


def test_a_run_from_before_a_setting_was_there_goes_on(tmp_path):
    stopped(tmp_path / "run", 10)
    run = Run.open(tmp_path / "run")
    run.revise(training={k: v for k, v in run.record["training"].items() if k != "precision"})
    *_, last = begin(tmp_path / "run", resume=True)
    assert last.age == 24


@pytest.mark.parametrize(("written", "goes_on"), [("int8x2", "exact"), ("float32", "float32"), (None, "float32")])
def test_a_run_goes_on_in_the_arithmetic_that_it_began_with(tmp_path, written, goes_on):
    """Older runs name it otherwise, or not at all."""
    begun = begin(tmp_path / "run", precision=goes_on)
    [*zip(range(10), begun)]
    begun.close()
    run = Run.open(tmp_path / "run")
    assert run.record["training"]["precision"] == run.machine().precision == goes_on
    training = {k: v for k, v in run.record["training"].items() if k != "precision"}
    run.revise(training=training | ({"precision": written} if written else {}))
    *_, last = begin(tmp_path / "run", resume=True)
    assert last.age == 24
    assert Run.open(tmp_path / "run").settings.precision == goes_on


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


def test_a_machine_that_was_saved_without_a_training_is_not_gone_on_with(tmp_path):
    sp.save(sp.rbm(sp.Bernoulli(5), visible=sp.Potts(8, 5)), tmp_path / "run")
    with pytest.raises(ValueError, match="was saved without a training, so there is none to resume"):
        next(begin(tmp_path / "run", resume=True))


def test_overwriting_begins_anew(tmp_path, whole):
    trained(tmp_path / "run", hidden=3)
    *_, _ = train(*LABELED.split("split"), tmp_path / "run", Settings(**QUICK), overwrite=True)
    assert bits(Run.open(tmp_path / "run")) == bits(whole["fef"])


# -- stopping early -----------------------------------------------------------------------------


STOP = {"stop_on": "accuracy", "patience": 3, "updates": 383}
UNTIL = [age for age in [0, *ages(383, 12)] if age <= 147]
"""What it keeps: 46 is the best."""


@pytest.fixture
def fated(monkeypatch):
    """Every training has these accuracies: the best at 46, but for one at 316, and one off the grid.

    All else is scored once: these trainings decide by the accuracy alone, and may do so from 100 updates on.
    """
    monkeypatch.setattr(stopping, "FIRST", 100)
    fate, real = dict.fromkeys(ages(383, 12), 0.5) | {15: 0.75, 46: 0.875, 80: 1.0, 316: 1.0}, training._log
    monkeypatch.setattr(
        training, "_log", lambda run, age, spent, quality: real(run, age, spent, quality | {"accuracy": fate[age]})
    )
    once = {}

    def remembering(score):
        return lambda *args, **how: once.get(score) or once.setdefault(score, score(*args, **how))

    for score in (training.quick_scores, training.baselines):
        monkeypatch.setattr(training, score.__name__, remembering(score))


def ended(run):
    """All that a training that stops leaves, but for the seconds."""
    return bits(run), state(run), logged(run), run.record["best"], run.record["training"]


def stopping_run(out, **settings):
    list(begin(out, resume=True, **STOP | settings))
    return Run.open(out)


@cache
def never_interrupted(**settings):
    """What such a training leaves that was never interrupted; under `fated` it is the same in every test."""
    with TemporaryDirectory() as folder:
        return ended(stopping_run(Path(folder, "whole"), **settings))


def test_a_training_stops_when_it_gets_no_better_and_keeps_the_best_age(tmp_path, fated):
    run = stopping_run(tmp_path / "run")
    assert run.ages == UNTIL
    assert run.record["best"] == {"score": "accuracy", "age": 46, "value": 0.875}
    assert run.chosen() == 46
    assert list(begin(run.path, resume=True, **STOP)) == []
    assert Run.open(run.path).record == run.record | {"seconds": Run.open(run.path).record["seconds"]}


@pytest.mark.parametrize(
    ("stops", "patience"),
    [*((stops, 1e9) for stops in ((1,), (50, 100), (147,))), ((50, 146), -1.0)],
    ids=lambda x: {1e9: "ages only", -1.0: "every update"}.get(x, str(x)),
)
def test_a_training_that_was_interrupted_decides_as_one_that_was_not(tmp_path, monkeypatch, fated, stops, patience):
    monkeypatch.setattr(training, "PATIENCE", patience)
    for stop in stops:
        stopped(tmp_path / "run", stop, resume=True, **STOP)
    assert ended(stopping_run(tmp_path / "run")) == never_interrupted()


@pytest.mark.parametrize("age", [46, 147])
@pytest.mark.parametrize("what", ["save", "revise"])
def test_a_training_that_was_killed_between_two_files_decides_as_one_that_was_not(
    tmp_path, monkeypatch, fated, what, age
):
    real = getattr(Run, what)

    def fail(run, *args, **more):
        if run.log() and int(run.log()[-1]["age"]) == age:
            raise OSError("killed")
        return real(run, *args, **more)

    monkeypatch.setattr(Run, what, fail)
    with pytest.raises(OSError, match="killed"):
        stopping_run(tmp_path / "run")
    monkeypatch.setattr(Run, what, real)
    assert ended(stopping_run(tmp_path / "run")) == never_interrupted()


def test_with_more_patience_a_stopped_run_goes_on(tmp_path, fated):
    stopping_run(tmp_path / "run")
    run = stopping_run(tmp_path / "run", patience=90)
    assert ended(run) == never_interrupted(patience=90)
    assert (run.ages[-1], run.chosen()) == (383, 316)


def test_a_prolonged_run_decides_as_one_that_was_longer_from_the_start(tmp_path, fated):
    assert stopping_run(tmp_path / "run", updates=80).chosen() == 80
    run, whole = stopping_run(tmp_path / "run"), stopping_run(tmp_path / "whole")
    assert run.ages == sorted([*UNTIL, 80])
    assert {k: v for k, v in bits(run).items() if k != 80} == bits(whole)
    assert run.record["best"] == whole.record["best"]


@pytest.mark.parametrize("score", stopping.SCORES)
def test_the_best_age_is_that_of_the_log(tmp_path, score):
    run = stopping_run(tmp_path / "run", stop_on=score, patience=2, updates=60)
    assert run.record["best"] == stopping.best(run.log(), score)
    assert run.ages[-1] == 60 or stopping.stopped(run.log(), score, 2)


def test_an_empty_score_takes_back_that_of_a_recipe():
    family = dataset("family")
    assert Settings(stop_on="", patience=100).resolve(family) == Settings(stop_on="").resolve(family)


def test_without_a_score_to_stop_on_the_last_age_is_taken(whole):
    assert "best" not in whole["fef"].record
    assert whole["fef"].chosen() == 24


@pytest.mark.parametrize(
    ("labels", "hide", "score", "there"),
    [
        ((), False, "label_fidelity", "there are: quality, adversarial_error, spectrum_error, second_moment_error"),
        (("family",), True, "spectrum_error", "there are: quality, accuracy, balanced_accuracy, label_fidelity"),
        ((), True, "accuracy", "there are: none"),
    ],
)
def test_a_score_that_these_data_do_not_have_is_refused(tmp_path, labels, hide, score, there):
    data = dataset(*labels)
    data = data.hide("visible", sites=[0]) if hide else data
    with pytest.raises(ValueError, match=f"these held-out data have no {score} to stop on; {there}"):
        next(begin(tmp_path / "run", data, **STOP | {"stop_on": score}))
    assert not (tmp_path / "run").exists()


def test_the_score_to_stop_on_and_what_it_is_of_stay(tmp_path, fated):
    train_, test = LABELED.split("split")
    stopped(tmp_path / "run", 15, **STOP)
    with pytest.raises(ValueError, match="stop_on was accuracy, not spectrum_error"):
        next(begin(tmp_path / "run", resume=True, **STOP | {"stop_on": "spectrum_error"}))
    with pytest.raises(ValueError, match="other held-out data than those that choose its age"):
        next(train(train_, test.select(slice(9)), tmp_path / "run", Settings(**QUICK | STOP), resume=True))


def test_of_other_trainings_held_out_data_may_change_and_the_record_says_so(tmp_path):
    train_, test = LABELED.split("split")
    stopped(tmp_path / "run", 15)
    run = Run.open(tmp_path / "run")
    assert run.record["data"]["held_out"] == {"rows": 12, "n": 12, "sha256": test.sha256}
    run.revise(data={k: v for k, v in run.record["data"].items() if k != "held_out"})  # as older runs
    few = test.select(slice(9))
    list(train(train_, few, tmp_path / "run", Settings(**QUICK), resume=True))
    assert Run.open(tmp_path / "run").record["data"] == run.record["data"] | {
        "held_out": {"rows": 9, "n": 9, "sha256": few.sha256}
    }


# -- one at a time ------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [{"resume": True}, {"overwrite": True}], ids=str)
def test_one_training_at_a_time(tmp_path, how):
    updates = begin(tmp_path / "run")
    next(updates)
    with pytest.raises(
        FileExistsError, match=r"process \d+ on .* trains into .*run: wait for it, or choose another place"
    ):
        next(train(*LABELED.split("split"), tmp_path / "run", Settings(**QUICK), **how))
    updates.close()
    *_, last = train(*LABELED.split("split"), tmp_path / "run", Settings(**QUICK), **how)
    assert last.age == 24
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def test_a_training_that_goes_on_sweeps_what_a_killed_one_left(tmp_path):
    stopped(tmp_path / "run", 10)
    left = tmp_path / "run" / "ages" / ".00000015.safetensors.4711.part"
    left.write_bytes(b"half")
    list(begin(tmp_path / "run", resume=True))
    assert not left.exists()


# -- what a run keeps ---------------------------------------------------------------------------


@pytest.mark.parametrize("late", [6, 12, 24])
def test_a_finer_grid_of_ages_has_the_coarse_one(late):
    assert set(ages(10**7)) <= set(ages(10**7, late))
    assert [age for age in ages(10**7, late) if age <= 100] == ages(100)
    assert sum(1000 <= age < 10_000 for age in ages(10**7, late)) == late


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
    named = {"command", "started", "versions", "machine", "device", "threads", "ranks", "products"}
    assert record["provenance"].keys() == named
    assert record["provenance"]["versions"].keys() == {"spinodal", "python", "torch", "numpy"}
    assert record["data"]["sha256"] == LABELED.split("split")[0].sha256
    assert record["data"]["rows"] == 48
    assert record["training"] == Settings(**QUICK).resolve(LABELED).plain()
    assert record["seconds"] > 0


def test_the_machine_is_told_what_it_was_trained_for(whole):
    for name, run in whole.items():
        assert run.machine().schedule == sp.machines.protocols.Schedule(sp.machines.protocols.BY_NAME[name], 3)


def aged(run):
    """The run as older versions wrote it, whose "fef" was the published chain."""
    for phase in run.record["schedule"]["protocol"]:
        phase["start"] = "random"
    return run.revise(training=run.record["training"] | {"protocol": "fef"})


@pytest.mark.parametrize("name", [None, "fef", "fef-chain"])
def test_a_run_of_before_goes_on_with_the_chain_that_it_began_with(tmp_path, whole, name):
    chain = trained(tmp_path / "chain", protocol="fef-chain")
    assert bits(chain) != bits(whole["fef"])
    run = aged(trained(tmp_path / "run", protocol="fef-chain", updates=11))
    assert run.settings.protocol == "fef-chain"
    for updates in (15, 24):
        *_, _ = begin(run.path, resume=True, updates=updates, **({"protocol": name} if name else {}))
    run = Run.open(run.path)
    assert {k: v for k, v in bits(run).items() if k != 11} == bits(chain)
    assert run.machine().schedule.protocol == sp.FEF_CHAIN
    assert (run.record["training"]["protocol"], run.settings.protocol) == ("fef", "fef-chain")


@pytest.mark.parametrize(("was", "now"), [("fef", "fef-chain"), ("fef-chain", "fef")])
def test_a_new_run_does_not_change_its_label_phase(tmp_path, was, now):
    run = trained(tmp_path / "run", protocol=was, updates=10)
    with pytest.raises(ValueError, match=f"protocol was {was}, not {now}"):
        list(begin(run.path, resume=True, protocol=now))


# -- what goes wrong ----------------------------------------------------------------------------


def test_a_gradient_that_is_not_finite_is_named_and_leaves_the_last_good_age(tmp_path):
    data = LABELED.split("split")
    with pytest.raises(FloatingPointError, match=r"(gradient of )?(bias|coupling)\..* is (not finite|as large as)"):
        list(train(*data, tmp_path / "run", Settings(**QUICK | {"lr": 1e38, "updates": 500})))
    run = Run.open(tmp_path / "run")
    assert run.ages[-1] < 500
    assert all(p.isfinite().all() for age in run.ages for p in run.machine(age).parameters())


@pytest.mark.parametrize("lr", [5.0, 500.0], ids=str)
def test_a_training_of_real_numbers_that_diverges_says_so_and_the_age_before_is_taken(tmp_path, lr):
    numbers = torch.randn(60, 6, generator=torch.Generator().manual_seed(0)) @ torch.ones(6, 6)
    names = [f"s{i}" for i in range(60)]
    data = standardize(Dataset.of({"visible": numbers}, {}, names))
    with pytest.raises(FloatingPointError, match=r"(diverged|finite).*: lower lr.*run keeps the machine of age \d+"):
        list(train(*data.split(0.8), tmp_path / "run", Settings(**QUICK | {"lr": lr, "updates": 500, "hidden": 20})))
    run = Run.open(tmp_path / "run")
    told = run.record["diverged"]
    assert run.ages[-1] < told["age"] < 500
    with pytest.warns(UserWarning, match=rf"diverged at age {told['age']}, so its age {run.ages[-1]} is taken"):
        machine = sp.load(run.path)
    made = sp.generate(machine, n=100)["visible"]
    assert np.abs(made).max() < 10 * np.abs(data["visible"]).max()


def test_names_of_labels_that_no_training_row_has_are_not_learned(tmp_path):
    train_, test = LABELED.split("split")
    some = train_.select(train_["label"][:, 0] != 1)
    list(train(some, test, tmp_path / "run", Settings(**QUICK | {"updates": 1})))
    run = Run.open(tmp_path / "run")
    assert run.machine().units["label"].symbols == ("alpha", "gamma")
    assert run.record["data"]["labels"] == {"label": {"alpha": 16, "gamma": 16}}
    with pytest.raises(ValueError, match='no label "beta"; there are: "alpha", "gamma"'):
        sp.generate(run.machine(), label="beta", n=1)


def test_what_a_training_begins_with_and_what_it_learned_are_told_apart(tmp_path):
    known = {"adversarial_error", "spectrum_error", "balanced_accuracy"}
    begun = trained(tmp_path / "begun", updates=1, lr=1e-9)
    assert set(begun.record["baselines"]) == known
    assert "balanced_accuracy" in begun.record["no_better"]
    learned = trained(tmp_path / "learned", updates=300, hidden=20)
    assert learned.record["baselines"] == begun.record["baselines"]
    assert "balanced_accuracy" not in learned.record["no_better"]


@pytest.mark.parametrize(("protocol", "said"), [("rdm", {"adversarial_error", "spectrum_error"}), ("pcd", set())])
def test_rows_of_a_few_steps_are_not_held_against_chains_that_persist(tmp_path, protocol, said):
    begun = trained(tmp_path / "run", protocol=protocol, updates=1, lr=1e-9)
    assert {*begun.record["no_better"]} - {"balanced_accuracy"} == said


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
        ({"hidden": -3}, "hidden must be 0 or more, not -3"),
        ({"updates": 0}, "updates must be 1 or more, not 0"),
        ({"batch": 0}, "batch must be 1 or more, not 0"),
        ({"batch": 61}, "batch 61 is more than the 60 rows"),
        ({"lr": 0.0}, "lr must be more than 0, not 0.0"),
        ({"lr": -1}, "lr must be more than 0, not -1"),
        ({"lr": float("inf")}, "lr must be 1e\\+300 or less, not inf"),
        ({"lr": float("nan")}, "lr must be more than 0, not nan"),
        ({"l1": -1.0}, "l1 must be 0 or more, not -1.0"),
        ({"std": -1.0}, "std must be 0 or more, not -1.0"),
        ({"std": float("nan")}, "std must be 0 or more, not nan"),
        ({"protocol": "dream"}, 'no protocol "dream"; there are fef, fef-chain, fef1, rdm, cd, pcd'),
        ({"protocol": ""}, 'no protocol ""'),
        ({"hidden": "many"}, "hidden must be an integer or a list, not 'many'"),
        ({"hidden": [3, "many"]}, r"hidden must be an integer, not \[3, 'many'\]"),
        ({"hidden": [3, 4]}, r"an rbm has one hidden layer of 1 unit or more, not \[3, 4\]"),
        ({"hidden": []}, r"an rbm has one hidden layer of 1 unit or more, not \[\]"),
        ({"machine": "ising"}, "machine must be rbm or chaotic or neural, not 'ising'"),
        ({"machine": 3}, "machine must be text, not 3"),
        ({"gain": 1.5}, "gain is of chaotic machines: pass --machine chaotic, too"),
        ({"rate": 0.2}, "rate is of chaotic machines"),
        ({"variance": "both"}, "variance is of chaotic machines"),
        ({"start_std": 0.5}, "start_std is of chaotic machines"),
        ({"self_coupling": False}, "self_coupling is of chaotic machines"),
        ({"momentum": 1.0}, "momentum must be less than 1, not 1.0"),
        ({"momentum": -0.1}, "momentum must be 0 or more, not -0.1"),
        ({"momentum": float("nan")}, "momentum must be 0 or more, not nan"),
        ({"machine": "chaotic", "sampled": ["visible"]}, "draws nothing: leave drawn and precision out"),
        ({"machine": "chaotic", "precision": "exact"}, "draws nothing: leave drawn and precision out"),
        ({"machine": "chaotic", "hidden": [3, 0]}, r"a layer has 1 unit or more, not \[3, 0\]"),
        ({"machine": "chaotic", "self_coupling": "no"}, "self_coupling must be true or false, not 'no'"),
        ({"updates": 10.5}, "updates must be an integer, not 10.5"),
        ({"lr": "fast"}, "lr must be a number, not 'fast'"),
        ({"sampled": "visible"}, "drawn must be a list, not 'visible'"),
        ({"init_biases": 2}, "rest must be true or false, not 2"),
        ({"precision": "int8"}, 'precision is exact or float32, not "int8"'),
        ({"stop_on": "beauty"}, 'no score "beauty" to stop on; there are quality, accuracy, balanced_accuracy'),
        ({"stop_on": 3}, "stop_on must be text, not 3"),
        ({"stop_on": "accuracy", "patience": 0}, "patience must be 1 or more, not 0"),
        ({"stop_on": "accuracy", "patience": float("nan")}, "patience must be 1 or more, not nan"),
        ({"stop_on": "accuracy", "patience": "long"}, "patience must be a number, not 'long'"),
    ],
)
def test_settings_out_of_range_are_named_before_anything_is_made(tmp_path, settings, says):
    with pytest.raises(ValueError, match=says):
        Settings(**settings).resolve(LABELED)
    with pytest.raises(ValueError, match=says.replace("60", "48")):
        next(begin(tmp_path / "run", **settings))
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"hidden": [3, 3, 3]}, r"hidden must be a list of at most 2, not \[3, 3, 3\]"),
        ({"gain": -1}, "gain must be 0 or more, not -1"),
        ({"rate": 0.0}, "rate must be more than 0, not 0.0"),
        ({"variance": "fan-out"}, "variance must be fan-in or visible or both, not 'fan-out'"),
        ({"start_std": float("nan")}, "start_std must be 0 or more, not nan"),
    ],
)
def test_a_chaotic_machine_that_can_not_be_built_is_not_begun(tmp_path, settings, says):
    with pytest.raises(ValueError, match=says):
        next(train(*gray().split(0.8), tmp_path / "run", Settings(**CHAOS | settings)))
    assert not (tmp_path / "run").exists()


def test_a_layer_that_is_not_there_can_not_be_drawn(tmp_path):
    with pytest.raises(ValueError, match=r"no layer .*deep"):
        next(begin(tmp_path / "run", sampled=["visible", "deep"]))
    assert not (tmp_path / "run").exists()


def test_settled_settings_are_settled():
    full = Settings(sampled=("visible", "label")).resolve(LABELED)
    assert full.resolve(LABELED) == full
    assert full.sampled == ["visible", "label"]


# -- machines -----------------------------------------------------------------------------------


def test_a_chaotic_machine_has_defaults_of_its_own():
    full = Settings(machine="chaotic").resolve(LABELED)
    assert defaults("chaotic").over(full) == full != defaults("rbm").over(full)
    assert full.resolve(LABELED) == full
    assert Settings(machine="chaotic", gain=1.1).resolve(LABELED).gain == 1.1


@pytest.mark.parametrize(
    ("hidden", "names"), [(0, []), ([], []), (6, ["hidden"]), ([6], ["hidden"]), ([6, 4], ["hidden", "deep"])], ids=str
)
def test_settings_build_the_machine_they_describe(hidden, names):
    own = {"gain": 1.3, "rate": 0.4, "variance": "both", "start_std": 0.5, "self_coupling": False}
    data = gray("label")
    settings = Settings(machine="chaotic", hidden=hidden, std=0.1, seed=3, **own)
    machine = building.build(settings.resolve(data), data.units)
    assert {k: getattr(machine, k) for k in own} == own
    assert list(machine.units) == ["visible", "label", *names]
    assert [machine.units[k] for k in names] == [sp.Spin(size) for size in ([6, 4])[: len(names)]]
    by_hand = sp.chaotic(*(machine.units[k] for k in names), std=0.1, seed=3, **own, **data.units)
    assert_same(machine.state_dict(), by_hand.state_dict())


@pytest.mark.parametrize("hidden", [4, [4]], ids=str)
def test_an_rbm_has_one_hidden_layer(hidden):
    machine = building.build(Settings(hidden=hidden, sampled=["hidden"]).resolve(LABELED), LABELED.units)
    assert machine.units["hidden"] == sp.Bernoulli(4)
    assert (machine.gain, machine.rate, machine.sampled) == (0.0, 1.0, {"hidden"})


CHAOTIC = {
    "one layer": {"hidden": 0, "self_coupling": False},
    "two layers": {"hidden": 6},
    "three layers": {"hidden": [6, 4], "variance": "visible"},
    "momentum": {"hidden": 6, "momentum": 0.9},
    "plain gradient": {"hidden": 6, "centered": False, "start_std": 0.5},
}


@pytest.mark.parametrize(
    ("name", "labels", "patience"),
    [
        *((name, labels, 1e9) for name in CHAOTIC for labels in ((), ("label",))),
        ("three layers", ("label",), -1.0),  # saved after every update
        ("momentum", (), -1.0),
    ],
    ids=str,
)
def test_a_chaotic_training_that_was_stopped_ends_with_the_same_bits(tmp_path, monkeypatch, name, labels, patience):
    monkeypatch.setattr(training, "PATIENCE", patience)
    data, how = gray(*labels), CHAOTIC[name]
    whole = chaotic_run(tmp_path / "whole", data, **how)
    assert whole.record["training"]["protocol"] == ("fef" if labels else "rdm")
    for stop in (3, 10, 11):
        updates = train(*data.split(0.8), tmp_path / "run", Settings(**CHAOS | how), resume=True)
        assert stop in (progress.age for progress in updates)
        updates.close()
    list(train(*data.split(0.8), tmp_path / "run", Settings(**CHAOS | how), resume=True))
    run = Run.open(tmp_path / "run")
    assert run.ages == [0, 10, 12]
    assert bits(run) == bits(whole)
    assert state(run) == state(whole)
    assert logged(run) == logged(whole)


@pytest.mark.parametrize("stop", [1, 10, 13])
def test_momentum_goes_on_where_it_was(tmp_path, monkeypatch, whole, stop):
    monkeypatch.setattr(training, "PATIENCE", -1.0)
    never = trained(tmp_path / "never", momentum=0.9)
    stopped(tmp_path / "run", stop, momentum=0.9)
    *_, _ = begin(tmp_path / "run", resume=True, momentum=0.9)
    assert bits(Run.open(tmp_path / "run")) == bits(never)
    assert state(Run.open(tmp_path / "run")) == state(never)
    assert bits(never)[24] != bits(whole["fef"])[24]


def test_what_the_log_has_of_a_chaotic_machine_is_its_quick_scores(tmp_path):
    data = gray()
    run = chaotic_run(tmp_path / "run", data)
    train_, test = data.split(0.8)
    assert {k: float(x) for k, x in run.log()[-1].items() if k not in ("age", "seconds")} == pytest.approx(
        flat(quick_scores(run.machine(), test, train_))
    )
    assert {"second_moment_error", "reconstruction_error", "reconstruction_variance"} <= run.log()[-1].keys()


@pytest.mark.parametrize("means", [True, False])
def test_a_chaotic_machine_starts_at_the_means_if_asked(tmp_path, means):
    machine = chaotic_run(tmp_path / "run", init_biases=means).machine(0)
    assert machine.bias["visible"].isfinite().all()  # one pixel is always black
    assert bool((machine.bias["visible"] == 0).all()) is not means


def test_a_chaotic_training_learns_what_images_look_like(tmp_path):
    data = gray("label", n=200)
    machine = chaotic_run(tmp_path / "run", data, hidden=30, lr=0.05, steps=15, updates=120).machine()
    made = sp.generate(machine, like=data)
    for label in (0, 1):
        means = [x["visible"][x["label"][:, 0] == label].mean(0) for x in (data, made)]
        assert np.corrcoef(*means)[0, 1] > 0.95
    right = (sp.predict(machine, data).letters() == data["label"][:, 0]).mean()
    assert right > 0.5 + Z * (0.25 / 200) ** 0.5  # of guesses


# -- any data -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("labels", "protocol"), [(("family",), "fef"), (("family", "host"), "fef"), ((), "rdm")])
def test_the_protocol_follows_the_labels(labels, protocol):
    assert NO_SETTINGS.resolve(dataset(*labels)).protocol == protocol


def test_f_and_f_needs_labels():
    with pytest.raises(ValueError, match=r"protocol fef needs labels: pass --label COLUMN, or take --protocol rdm"):
        Settings(protocol="fef").resolve(dataset())


def test_patience_is_of_what_stops():
    assert Settings(patience=5).resolve(LABELED).patience == 5
    with pytest.raises(ValueError, match="patience is of trainings that stop on a score: pass --stop-on, too"):
        Settings(machine="chaotic", patience=5).resolve(LABELED)


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
