"""Machine: a model that is no network is trained, used, saved, resumed, scored and reported through the protocol."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import torch

import spinodal as sp
from spinodal.data.alphabet import Alphabet
from spinodal.data.dataset import Dataset, numbered_names
from spinodal.machines import registry, units
from spinodal.machines.network import set_precision
from spinodal.reporting.report import report
from spinodal.runs import record
from spinodal.runs.archive import Run, describe, rebuild, shapes
from spinodal.runs.settings import Settings, Source
from spinodal.runs.soundness import check_sound
from spinodal.runs.sources import prepare
from spinodal.runs.training import train

from .langevin import Langevin
from .laws import assert_drawn_from, assert_same, histogram
from .skeletons import Ternary
from .toys import same_bits

NAMES = ("east", "north", "south")
CENTERS = np.array([[2, 0], [-1, 1.7], [-1, -1.7]])
DEVIATION = 0.5


def three(n=300):
    """Rows of three normal distributions, a label each."""
    labels = np.arange(n) % 3
    noise = np.random.default_rng(0).standard_normal((n, 2))
    return (CENTERS[labels] + DEVIATION * noise).astype(np.float32), labels


def dataset(n=300):
    x, labels = three(n)
    columns = {"visible": x, "label": labels[:, None].astype(np.int8)}
    return Dataset(columns, {"label": Alphabet(NAMES, "label")}, numbered_names(n))


@pytest.fixture(scope="module")
def data():
    return dataset()


@pytest.fixture(scope="module")
def machine(data):
    """What 100 updates make of it."""
    made = Langevin({"visible": sp.Gaussian(2), "label": sp.Potts(1, 3, symbols=NAMES)})
    for _ in sp.fit(made, islice(data.batches(100), 100), steps=10, lr=0.3):
        pass
    return made


def test_all_that_the_protocol_names_is_there(machine):
    wanted = {k for k in vars(sp.Machine) if not k.startswith("_")} | set(sp.Machine.__annotations__)
    assert {"closed_form", "like", "units", "shapes"} <= wanted
    for made in (machine, sp.rbm(sp.Bernoulli(2), visible=sp.Spin(3))):
        assert [k for k in sorted(wanted) if not hasattr(made, k)] == []


# -- training and tasks --


def test_it_learns_a_distribution_of_each_label(machine, data):
    assert machine.schedule.steps == 10
    for i, name in enumerate(NAMES):
        made = sp.generate(machine, label=name, n=1000)["visible"]
        assert np.abs(made.mean(0) - CENTERS[i]).max() < 0.2
        assert 0.8 * DEVIATION < made.std(0).min() < made.std(0).max() < 2 * DEVIATION  # chains begin at 1
    free = sp.generate(machine, n=3000)["label"]
    assert np.abs(np.bincount(free[:, 0]) / 3000 - 1 / 3).max() < 0.15


def test_a_sample_is_a_function_of_the_seed_the_chain_and_the_time(machine, data):
    known = {"label": data.tensors()["label"]}
    whole = sp.run(machine, 300, 7, known, seed=3)
    part = sp.run(machine, 100, 7, {k: x[200:] for k, x in known.items()}, seed=sp.Noise.of(3).below(200))
    torch.testing.assert_close(part["visible"], whole["visible"][200:])
    *_, (_, later) = sp.trajectory(machine, 300, [2, 5, 7], known, seed=3)
    assert_same(later.value, whole.value)


def test_it_predicts_by_its_closed_form_and_by_chains(machine, data):
    found = sp.predict(machine, data)
    exact = machine.closed_form(["label"], machine.hold({"visible": data.tensors()["visible"]}))["label"]
    np.testing.assert_array_equal(found.log_probability["label"], exact.numpy())
    np.testing.assert_allclose(found.probability["label"], exact.exp().numpy(), rtol=1e-5)
    assert (found.letters() == data["label"][:, 0]).mean() > 0.97
    row = torch.tensor([[0.5, 0.3]])
    p = machine.closed_form(["label"], machine.hold({"visible": row}))["label"].exp()
    drawn = sp.run(machine, 10_000, 1, {"visible": row.expand(10_000, -1)})["label"]
    assert_drawn_from(histogram(drawn[:, 0].long(), 3), p[0].double())


def test_it_has_fields(machine):
    row, only = torch.tensor([[0.5, 0.3]]), torch.tensor([0.0, -1e30, -1e30])
    found = machine.closed_form(["label"], machine.hold({"visible": row}, {"label": only}))["label"]
    assert (found[0, 0] > found[0, 1:] + 0.99).all()
    pushed = sp.run(
        machine, 300, 10, {"label": torch.zeros(300, 1).int()}, fields={"visible": torch.tensor([9.0, 0.0])}
    )
    calm = sp.run(machine, 300, 10, {"label": torch.zeros(300, 1).int()})
    assert (pushed["visible"].mean(0) - calm["visible"].mean(0))[0] > 1


def test_it_completes_and_imputes_what_is_unknown(machine, data):
    holes = data.hide("visible", [1]).hide("label", [0])
    east = (data["visible"][:, 0] > 1.2).nonzero()[0]
    for filled in (sp.complete(machine, holes), sp.impute(machine, holes, n=5).data):
        np.testing.assert_array_equal(filled["visible"][:, 0], data["visible"][:, 0])
        assert np.isfinite(filled["visible"]).all()
        assert (filled["label"][east] == 0).mean() > 0.95
        assert np.abs(filled["visible"][east, 1].mean()) < 0.3


# -- run directories --


def test_a_description_makes_it_again(machine):
    said = json.loads(json.dumps(describe(machine)))
    assert (said["kind"], said["step"]) == ("langevin", 0.1)
    assert json.loads(json.dumps(describe(rebuild(said)))) == said
    assert shapes(said) == {k: tuple(x.shape) for k, x in machine.state_dict().items()}


def test_it_is_saved_and_loaded_with_the_same_bits(machine, tmp_path):
    sp.save(machine, tmp_path / "run")
    again = sp.load(tmp_path / "run")
    assert type(again) is Langevin
    assert same_bits(machine, again)
    assert again.schedule == machine.schedule
    assert_same(sp.run(again, 9, 5).value, sp.run(machine, 9, 5).value)


def test_parameters_of_another_size_are_refused_before_it_is_made(machine, tmp_path, monkeypatch):
    sp.save(machine, tmp_path / "run")
    run = Run.open(tmp_path / "run")
    before = run.record["machine"]["units"]
    run.revise(machine=run.record["machine"] | {"units": before | {"visible": {"kind": "Gaussian", "size": 10**9}}})
    monkeypatch.setattr(Langevin, "rebuild", lambda *_: pytest.fail("the machine is made"))
    with pytest.raises(sp.FormatError, match=r"force has the shape \(3, 2\), not \(3, 1000000000\)"):
        sp.load(run.path)


class Unregistered(Langevin):
    pass


def test_a_kind_that_is_not_registered_is_neither_saved_nor_loaded(machine, tmp_path, monkeypatch):
    with pytest.raises(ValueError, match=r"Unregistered is not registered: put @register"):
        sp.save(Unregistered(machine.units), tmp_path / "run")
    assert not (tmp_path / "run").exists()
    sp.save(machine, tmp_path / "run")
    monkeypatch.delitem(registry.KINDS, "langevin")
    with pytest.raises(sp.FormatError, match='no kind of machine "langevin": import the module that registers it'):
        sp.load(tmp_path / "run")


def test_a_kind_has_one_class():
    with pytest.raises(ValueError, match='Network is registered as "network": take another name'):
        registry.register("network")(Unregistered)
    assert registry.register("langevin")(Langevin) is Langevin


def test_units_of_your_own_are_saved_and_loaded(tmp_path):
    machine = sp.rbm(Ternary(3), visible=Ternary(4), label=sp.Potts(1, 3))
    sp.save(machine, tmp_path / "run")
    again = sp.load(tmp_path / "run")
    assert again.units == machine.units
    assert same_bits(machine, again)
    run = Run.open(tmp_path / "run")
    for said in ({"size": 0}, {"size": "3"}, {"size": 3, "sites": 2}, {}):
        changed = run.record["machine"]["units"] | {"visible": {"kind": "Ternary", **said}}
        run.revise(machine=run.record["machine"] | {"units": changed})
        with pytest.raises(sp.FormatError, match=r"run\.json is damaged: machine\.units\.visible.*: put it right"):
            sp.load(run.path)


def plain(base, **fields):
    """Units that are no dataclass of their own."""
    methods = {k: vars(sp.Spin)[k] for k in ("draw", "mean", "log_partition", "inverse_mean", "values")}
    made = type("Plain", (base,), methods | {"__init__": lambda self: vars(self).update(fields)})
    return made()


@pytest.mark.parametrize(
    ("base", "said"),
    [
        (sp.Spin, r"machine\.units\.visible: Plain has no field more: put it right"),
        (units.Units, "Plain can't be read: units are frozen dataclasses of plain fields"),
    ],
)
def test_units_that_are_no_dataclass_are_refused_when_they_are_saved(base, said, tmp_path, monkeypatch):
    monkeypatch.setattr(units, "KINDS", dict(units.KINDS))
    machine = sp.rbm(sp.Bernoulli(2), visible=plain(base, size=3, more=1))
    monkeypatch.setattr(record, "UNITS", units.KINDS)
    with pytest.raises(sp.FormatError, match=said):
        sp.save(machine, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_two_units_of_one_name_are_refused():
    with pytest.raises(TypeError, match=r"spinodal.machines.units has units named Spin already"):
        type("Spin", (sp.Bernoulli,), {"__module__": __name__})


def test_other_precisions_are_of_networks(machine):
    set_precision(machine, "float32")
    with pytest.raises(ValueError, match="precision exact is of networks: leave it out"):
        set_precision(machine, "exact")
    network = sp.rbm(sp.Bernoulli(2), visible=sp.Spin(3))
    set_precision(network, "exact")
    assert network.precision == "exact"


# -- a training on disk --

SETTINGS = Settings(updates=22, batch=60, steps=5, lr=0.5, protocol="pcd")


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    x, labels = three()
    path = tmp_path_factory.mktemp("three") / "three.npz"
    np.savez(path, visible=x, label=np.array(NAMES)[labels])
    return Source(data=str(path))


@pytest.fixture(scope="module")
def run(source, tmp_path_factory):
    """A run with a source, its machine given by hand."""
    return trained(source, tmp_path_factory.mktemp("run") / "run")


def trained(source, out, updates=22):
    rows = prepare(source)
    machine = Langevin(rows[0].units, step=0.05)
    *_, last = train(*rows, out, replace(SETTINGS, updates=updates), source=source, machine=machine, resume=True)
    assert last.age == updates
    return Run.open(out)


def test_a_training_goes_on_with_the_same_bits(run, source, tmp_path):
    trained(source, tmp_path / "run", updates=12)
    again = trained(source, tmp_path / "run")
    assert type(again.machine()) is Langevin
    for age in (10, 22):
        assert same_bits(again.machine(age), run.machine(age))
    one, other = run.resume()[1], again.resume()[1]
    assert one.last.keys() == other.last.keys() == {0}
    assert_same(one.last[0].value, other.last[0].value)
    said = run.record["training"]
    assert (said["machine"], said["hidden"], said["steps"]) == (None, None, 5)


def test_the_machine_that_is_given_stays_as_it_is(source, tmp_path):
    rows = prepare(source)
    machine = sp.rbm(sp.Bernoulli(4), **rows[0].units)
    before = deepcopy(machine)
    settings = Settings(updates=2, batch=60, protocol="fef", precision="float32")
    list(train(*rows, tmp_path / "run", settings, source=source, machine=machine))
    assert same_bits(machine, before)
    assert (machine.precision, machine.schedule) == ("exact", None)


def test_a_training_that_diverges_is_found(run, source):
    rows, machine = prepare(source)[0], run.machine()
    check_sound(machine, rows)
    with torch.no_grad():
        machine.force += 1000
    with pytest.raises(FloatingPointError, match=r"it generates numbers of .* in visible"):
        check_sound(machine, rows)


def test_a_run_is_scored_and_reported(run, tmp_path):
    contents = report([run.path], tmp_path / "page.html", intervals=0, ages=[], times=[5], rows=40, sets=1)
    (found,) = contents["runs"]
    assert found["record"]["scores"]["accuracy"]["value"] > 0.9
    assert found["record"]["scale"] == [None, None]
    assert found["about"]["machine"].keys() == {"visible", "label"}
    assert (tmp_path / "page.html").stat().st_size > 1000
