"""What is unknown, end to end: labels given beside each other, entries filled by draws and by what is most probable."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

import spinodal as sp
from spinodal import tasks
from spinodal.data.alphabet import BINARY, Alphabet
from spinodal.data.dataset import Dataset, concatenate
from spinodal.machines.energies import states
from spinodal.machines.protocols import FEF, RDM, Schedule
from spinodal.runs.settings import Settings
from spinodal.runs.training import train
from spinodal.tasks import complete, completions, impute, labeled, predict

from .laws import (
    PAIRS,
    assert_drawn_from,
    assert_mean,
    code,
    drawn_rows,
    exact,
    histogram,
    randomize,
    small,
)
from .toys import QUICK, dataset

PETS, HOSTS = ("cat", "dog", "owl"), ("man", "a:b")
STEPS = 8


def ready(machine):
    """The machine, as if it had been trained for STEPS steps."""
    machine.schedule = Schedule(FEF, STEPS)
    return machine


def twice(visible=None):
    """A machine with two label columns."""
    labels = {"label:pet": sp.Potts(1, 3, symbols=PETS), "label:host": sp.Potts(1, 2, symbols=HOSTS)}
    return ready(randomize(sp.rbm(sp.Bernoulli(4), visible=visible or sp.Bernoulli(4), **labels)))


def joint(machine):
    """p(visible, pet, host) by listing all states, (visible, 3, 2)."""
    lists = [states(machine.units[k]) for k in ("visible", "label:pet", "label:host")]
    sizes = [len(x) for x in lists]
    rows = torch.cartesian_prod(*map(torch.arange, sizes))
    every = {k: x[i] for k, x, i in zip(("visible", "label:pet", "label:host"), lists, rows.T)}
    return (-sp.free_energy(machine, every)).detach().softmax(0).reshape(sizes)


def data_of(machine, tensors, **more):
    alphabets = {k: a for k in tensors if (a := Alphabet.of(machine.units[k])).symbols}
    return Dataset.of(tensors, alphabets, **more)


def same(one, other):
    return one.sha256 == other.sha256


def unknown(column):
    return np.isnan(column) if column.dtype.kind == "f" else column < 0


# -- one label given another --------------------------------------------------------------------


@pytest.mark.parametrize("visible", [sp.Bernoulli(4), sp.Spin(4), sp.Potts(2, 3)], ids=repr)
def test_a_posterior_given_another_label_is_that_of_the_enumeration(visible, double):
    machine = twice(visible)
    p, x = joint(machine), states(visible)
    for host in (0, 1):
        known = {"visible": x, "label:host": torch.full((len(x), 1), host)}
        want = p[:, :, host] / p[:, :, host].sum(1, keepdim=True)
        torch.testing.assert_close(sp.posterior(machine, "label:pet", known), want)


def test_labels_may_be_known_in_some_rows(double):
    machine = twice()
    p, x = joint(machine), states(machine.units["visible"])
    host, pet = torch.arange(16)[:, None] % 3 - 1, torch.arange(16)[:, None] % 4 - 1
    found = {k: sp.posterior(machine, k, {"visible": x, "label:host": host, "label:pet": pet})
             for k in ("label:pet", "label:host")}  # fmt: skip
    for row in range(16):
        own = p[row].clone()
        for axis, letter in ((0, pet[row]), (1, host[row])):
            if letter >= 0:
                own *= torch.eye(own.shape[axis])[letter].reshape([-1, 1] if axis == 0 else [1, -1])
        own /= own.sum()
        torch.testing.assert_close(found["label:pet"][row], own.sum(1))
        torch.testing.assert_close(found["label:host"][row], own.sum(0))


def test_a_label_that_is_known_by_halves_has_no_closed_form():
    known = {"visible": torch.ones(1, 4), "label:host": torch.tensor([[torch.nan, 0.5]])}
    with pytest.raises(ValueError, match="has no closed form here"):
        sp.posterior(twice(), "label:pet", known)


@pytest.mark.parametrize("name", ["host", "label:host"])
def test_predictions_given_another_label_are_exact(name):
    machine = twice()
    p, x = joint(machine), states(machine.units["visible"])
    host = torch.arange(16)[:, None] % 3 - 1  # unknown in every third row
    guess = predict(machine, data_of(machine, {"visible": x, "label:host": host}), given=(name,))
    assert list(guess.probability) == ["label:pet"]
    assert list(guess.table()[0])[1:] == ["predicted", "confidence", "p(cat)", "p(dog)", "p(owl)"]
    for row in range(16):
        own = p[row].sum(1) if host[row] < 0 else p[row][:, host[row, 0]]
        np.testing.assert_allclose(guess.probability["label:pet"][row], own / own.sum(), atol=1e-5)


def test_a_label_that_is_not_given_is_not_looked_at():
    machine = twice()
    data = data_of(machine, drawn_rows(machine, 9))
    bare = data_of(machine, {"visible": data.tensors()["visible"]})
    for layer, p in predict(machine, data).probability.items():
        assert (p == predict(machine, bare).probability[layer]).all()


def test_predictions_of_rows_with_holes_given_another_label_are_close_to_the_exact_ones(wide):
    machine = twice()
    rows = {"visible": torch.tensor([[1.0, torch.nan, 0.0, torch.nan]]), "label:host": torch.tensor([[1]])}
    data = data_of(machine, {k: x.repeat(4000, 1) for k, x in rows.items()})
    fits = (states(machine.units["visible"])[:, [0, 2]] == torch.tensor([1.0, 0.0])).all(1)
    want = joint(machine)[fits][:, :, 1].sum(0)
    found = predict(machine, data, given=["host"]).probability["label:pet"].mean(0)
    np.testing.assert_allclose(found, want / want.sum(), atol=0.01)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["size"], 'no label column "size"; there are: label:pet, label:host'),
        (["pet", "host"], "no labels to predict but those that are held"),
        (["pet"], 'the data have no layer "label:pet" to hold; there are: visible, label:host'),
    ],
)
def test_what_can_not_be_given_is_said(given, says):
    machine = twice()
    rows = drawn_rows(machine, 2)
    if "host" not in given:
        del rows["label:pet"]
    with pytest.raises(ValueError, match=says):
        predict(machine, data_of(machine, rows), given=given)


@pytest.mark.parametrize("held", [("pet", "host"), ("pet",), ("host",), ()])
def test_any_labels_may_be_held_to_generate_and_the_others_follow_their_law(wide, held):
    machine = twice()
    name = ",".join({"pet": "pet:dog", "host": "host:a:b"}[k] for k in held)
    found = sp.generate(machine, label=name, n=20_000)
    p = joint(machine)
    p = p[:, [1]] if "pet" in held else p
    p = p[:, :, [1]] if "host" in held else p
    letters = [found[f"label:{k}"][:, 0] - (k in held) for k in ("pet", "host")]
    codes = [code(machine.units["visible"], torch.from_numpy(found["visible"])), *map(torch.from_numpy, letters)]
    flat = torch.from_numpy(np.ravel_multi_index([c.numpy().astype(int) for c in codes], p.shape))
    assert_drawn_from(histogram(flat, p.numel()), (p / p.sum()).flatten())


# -- sites and labels that are held -------------------------------------------------------------


def test_what_is_kept_is_what_is_not_hidden():
    data = dataset("family")
    rest = [0, 1, 2, 4, 7]
    assert same(data.keep("visible", [3, 5, 6]), data.hide("visible", sites=rest))
    assert same(data.keep("visible", range(8)), data)
    assert same(data.keep("visible", []), data.hide("visible"))
    with pytest.raises(ValueError, match=r'"visible" has sites 0 to 7, not all of \[8\]'):
        data.keep("visible", [8])


def test_rows_are_labeled_by_a_name_and_other_columns_stay():
    machine = twice()
    data = data_of(machine, drawn_rows(machine, 5))
    found = labeled(machine, data, "host:a:b")
    assert found.texts("label:host").tolist() == ["a:b"] * 5
    assert (found["label:pet"] == data["label:pet"]).all()
    bare = data_of(machine, {"visible": data.tensors()["visible"]})
    assert list(labeled(machine, bare, "cat").columns) == ["visible", "label:pet"]
    with pytest.raises(ValueError, match='no label "eel"'):
        labeled(machine, bare, "eel")


# -- drawn --------------------------------------------------------------------------------------


@pytest.mark.parametrize("visible", [sp.Bernoulli(4), sp.Spin(4), sp.Potts(4, 5, symbols=tuple("-ACGU"))], ids=repr)
def test_a_motif_comes_back_exactly_in_every_completion(visible):
    machine = twice(visible)
    template = data_of(machine, drawn_rows(machine, 3), names=["a", "b", "c"])
    found = complete(machine, template.keep("visible", [1, 2]).hide("label:pet"), n=20, seed=3)
    assert found.names.tolist() == [f"{name}_{i}" for name in "abc" for i in range(1, 21)]
    assert (found["visible"][:, 1:3] == np.repeat(template["visible"][:, 1:3], 20, 0)).all()
    assert (found["label:host"] == np.repeat(template["label:host"], 20, 0)).all()
    assert not any(unknown(x).any() for x in found.columns.values())
    for row in range(3):
        assert len(np.unique(found["visible"][20 * row : 20 * row + 20], axis=0)) > 1


def test_completions_of_a_row_follow_the_exact_law(wide):
    machine = ready(small(sp.Bernoulli(5), sp.Bernoulli(4), 0.4))
    known = torch.tensor([[1.0, torch.nan, 0.0, torch.nan, 1.0]])
    data = Dataset.of({"visible": known, "label": torch.tensor([[2]])}, {"visible": BINARY, "label": Alphabet(PETS)})
    machine.units["label"] = sp.Potts(1, 3, symbols=PETS)
    found = complete(machine, data, n=20_000)
    counts = histogram(code(machine.units["visible"], torch.from_numpy(found["visible"])), 32)
    p = exact(machine).given(known[0].numpy(), label=2).sum(1)
    assert_drawn_from(counts[p > 0], p[p > 0])


@pytest.mark.parametrize("block", [1, 7, 30])
def test_completions_are_the_same_in_any_blocks(monkeypatch, block):
    machine = twice()
    data = data_of(machine, drawn_rows(machine, 10, unknown=0.4))
    whole = complete(machine, data, n=3)
    assert len(whole) == 30
    monkeypatch.setattr(tasks, "BLOCK", block)
    parts = list(completions(machine, data, n=3))
    assert all(len(part) <= block for part in parts)
    assert same(concatenate(parts), whole)


def test_what_is_wrong_is_said_before_completions_begin():
    machine = twice()
    data = data_of(machine, drawn_rows(machine, 2))
    for verb in (complete, completions, impute):
        with pytest.raises(ValueError, match="say how many: 1 or more, not 0"):
            verb(machine, data, n=0)
        with pytest.raises(ValueError, match='"label:pet" has "eel"'):
            verb(machine, Dataset({"label:pet": np.array([[0]], np.int8)}, {"label:pet": Alphabet(("eel",))}, ["a"]))
        with pytest.warns(UserWarning, match="steps, not 2") as told:
            verb(machine, data, steps=2)
        assert [w.filename for w in told] == [__file__]


# -- most probable ------------------------------------------------------------------------------


@pytest.mark.parametrize(("visible", "letters"), [(sp.Bernoulli(4), [1, -1, 0, -1]), (sp.Potts(2, 3), [-1, 2])])
def test_imputed_probabilities_come_to_the_exact_conditional(wide, visible, letters):
    machine = twice(visible)
    alphabets = {k: Alphabet.of(machine.units[k]) for k in ("visible", "label:host")}
    columns = {"visible": np.array([letters], np.int8), "label:host": np.array([[1]], np.int8)}
    found = impute(machine, Dataset(columns, alphabets, np.array(["a"])), n=20_000)
    x, p = states(visible), joint(machine)
    fits = torch.tensor([[letter in (-1, int(s)) for letter, s in zip(letters, row)] for row in x]).all(1)
    own = p[:, :, 1] * fits[:, None]
    own /= own.sum()
    for site, letter in enumerate(letters):
        share = torch.stack([own[x[:, site] == color].sum() for color in range(len(alphabets["visible"].symbols))])
        if letter < 0:
            assert found.data["visible"][0, site] == share.argmax()
            assert found.probability["visible"][0, site] == pytest.approx(float(share.max()), abs=0.01)
        else:
            assert found.data["visible"][0, site] == letter
            assert np.isnan(found.probability["visible"][0, site])
    assert found.data["label:pet"][0, 0] == own.sum(0).argmax()
    assert found.probability["label:pet"][0, 0] == pytest.approx(float(own.sum(0).max()), abs=0.01)
    assert found.data["label:host"][0, 0] == 1
    assert np.isnan(found.probability["label:host"][0, 0])


def test_labels_of_whole_rows_are_imputed_exactly_beside_rows_that_are_not():
    machine = twice()
    data = data_of(machine, drawn_rows(machine, 40)).hide("label:pet").hide("label:host", fraction=0.5)
    data = data.hide("visible", fraction=0.1, seed=1)
    whole, host = data.whole, data["label:host"][:, 0] >= 0
    assert all(0 < x.sum() < 40 for x in (whole, host))
    found = impute(machine, data)
    guess = predict(machine, data.select(whole), given=["host"])
    assert (found.data["label:pet"][whole, 0] == guess.letters("label:pet")).all()
    p = guess.probability["label:pet"].max(1)
    np.testing.assert_allclose(found.probability["label:pet"][whole, 0], p, atol=1e-6)
    assert np.isnan(found.probability["label:host"][:, 0]).tolist() == host.tolist()


def chaotic(visible):
    machine = sp.chaotic(sp.Spin(6), gain=1.5, rate=0.4, std=0.5, visible=visible, label=sp.Potts(1, 3, symbols=PETS))
    machine.schedule = Schedule(RDM, STEPS)
    return machine


MACHINES = {
    "bernoulli": twice(),
    "letters": twice(sp.Potts(3, 4, symbols=tuple("wxyz"))),
    "spins": twice(sp.Spin(4)),
    "gaussian": twice(sp.Gaussian(4)),
    "letters of two sizes": twice(sp.Potts(3, 4, states=(4, 2, 3))),
    "no labels": ready(randomize(sp.rbm(sp.Bernoulli(3), visible=sp.Bernoulli(4)))),
    "chaotic letters": chaotic(sp.Potts(3, 4)),
    "chaotic bernoulli": chaotic(sp.Bernoulli(5)),
    "gray": chaotic(sp.Spin(5)),
}


@pytest.mark.parametrize("name", MACHINES)
def test_what_is_known_stays_and_every_letter_that_is_filled_has_a_probability(name):
    machine = MACHINES[name]
    table = {"place": np.array(list("abcdefgh") * 5)}
    data = data_of(machine, drawn_rows(machine, 40, unknown=0.3), table=table)
    found = impute(machine, data)
    assert found.data.names.tolist() == data.names.tolist()
    assert found.data.table == data.table
    for layer, column in data.columns.items():
        gone = unknown(column)
        assert (found.data[layer][~gone] == column[~gone]).all()
        assert not unknown(found.data[layer]).any()
        if layer in found.probability:
            p = found.probability[layer]
            assert (np.isnan(p) == ~gone).all()
            assert ((p[gone] >= 1 / len(data.alphabets[layer].symbols) - 1e-6) & (p[gone] <= 1)).all()
    assert ("visible" in found.probability) is not isinstance(machine.units["visible"], (sp.Spin, sp.Gaussian))
    assert same(impute(machine, found.data).data, found.data)


def test_gaussian_entries_are_imputed_by_their_exact_mean(wide):
    machine = small(sp.Gaussian(2), sp.Bernoulli(3), 0.4)
    machine.schedule = Schedule(FEF, 40)
    rows = {"visible": torch.tensor([[0.7, torch.nan]]), "label": torch.tensor([[1]])}
    data = Dataset.of(rows, {"label": Alphabet.of(machine.units["label"])})
    grid = torch.linspace(-8, 8, 4001)
    every = {"visible": torch.stack([torch.full_like(grid, 0.7), grid], 1), "label": torch.ones(4001, 1).int()}
    p = (-sp.free_energy(machine, every)).detach().softmax(0)
    found = impute(machine, data, n=4000).data
    assert found["visible"][0, 1] == pytest.approx(float((p * grid).sum()), abs=0.02)
    assert found["visible"][0, 0] == np.float32(0.7)


def test_drawn_spins_are_imputed_as_spins_and_gray_as_its_mean():
    spins, gray = (impute(MACHINES[k], data_of(MACHINES[k], drawn_rows(MACHINES[k], 40, unknown=0.5)))
                   for k in ("spins", "gray"))  # fmt: skip
    assert set(np.unique(spins.data["visible"])) == {-1, 1}
    assert len(np.unique(gray.data["visible"])) > 20


def test_what_is_gray_is_filled_by_the_mean_over_the_run():
    machine = MACHINES["gray"]
    x = torch.full((6, 5), 0.3)
    x[:, 2] = torch.nan
    run = sp.trajectory(machine, 6, range(STEPS, 2 * STEPS + 1), {"visible": x}, seed=4)
    want = torch.stack([state["visible"][:, 2] for _, state in run]).mean(0)
    found = impute(machine, data_of(machine, {"visible": x}), seed=4).data
    np.testing.assert_allclose(found["visible"][:, 2], want, atol=1e-6)


def test_more_runs_a_row_are_surer(wide):
    machine = twice()
    data = data_of(machine, {"visible": torch.tensor([[1.0, torch.nan, 0.0, 1.0]]).repeat(200, 1)})
    one, many = (impute(machine, data, n=n).probability["visible"][:, 1] for n in (1, 25))
    assert_mean(torch.from_numpy(many), float(one.mean()), 2 * float(one.std()))
    assert many.std() < one.std() / 3


@pytest.mark.parametrize("block", [1, 7, 50])
@pytest.mark.parametrize("name", ["letters", "gray"])
def test_imputations_are_the_same_in_any_blocks(monkeypatch, name, block):
    machine = MACHINES[name]
    data = data_of(machine, drawn_rows(machine, 30, unknown=0.1))
    whole = impute(machine, data, n=3)
    monkeypatch.setattr(tasks, "BLOCK", block)
    again = impute(machine, data, n=3)
    for layer, column in whole.data.columns.items():
        np.testing.assert_allclose(again.data[layer], column, atol=1e-6)
    for layer, p in whole.probability.items():
        np.testing.assert_allclose(again.probability[layer], p, atol=1e-6)


def test_the_table_has_a_line_for_every_letter_that_was_filled():
    machine = twice(sp.Potts(3, 4, symbols=tuple("wxyz")))
    data = data_of(machine, drawn_rows(machine, 20, unknown=0.3))
    found = impute(machine, data)
    table = found.table()
    assert list(table) == ["name", "layer", "site", "symbol", "probability"]
    assert len(table["name"]) == sum(unknown(x).sum() for x in data.columns.values())
    row_of = {name: i for i, name in enumerate(data.names)}
    for name, layer, site, symbol, p in zip(*table.values()):
        place = row_of[name], int(site) - 1
        assert data[layer][place] == -1
        assert found.data.alphabets[layer].symbols[found.data[layer][place]] == symbol
        assert float(p) == pytest.approx(found.probability[layer][place], rel=1e-5)


# -- how what is partly known acts --------------------------------------------------------------


@pytest.mark.parametrize(
    ("units", "known", "yes"),
    [
        (sp.Bernoulli(3), [[0.0, 1.0, torch.nan]], True),
        (sp.Bernoulli(3), [[0.0, 0.5, torch.nan]], False),
        (sp.Spin(3), [[-1.0, 1.0, torch.nan]], True),
        (sp.Spin(3), [[0.0, 1.0, torch.nan]], False),
        (sp.Potts(3, 2), [[0, -1, 1]], True),
        (sp.Potts(1, 3), [[0.2, torch.nan, torch.nan]], False),
    ],
)
def test_units_know_what_a_draw_may_be(units, known, yes):
    assert units.is_drawable(torch.tensor(known)) is yes


@pytest.mark.parametrize(("visible", "hidden"), PAIRS, ids=str)
def test_coarse_weights_keep_the_law_of_what_is_partly_known(wide, visible, hidden):
    machine = small(visible, hidden, 0.4)
    machine.precision = "exact"
    row = drawn_rows(machine, 1)
    row["visible"][:, 0] = -1 if isinstance(visible, sp.Potts) else torch.nan
    clamp = {k: x.repeat(20_000, 1) for k, x in row.items()}
    found = sp.run(machine, 20_000, 20, clamp)["visible"]
    numbers = visible.numbers(row["visible"].nan_to_num(0).clamp(min=int(visible.low)), machine.like)
    numbers.unflatten(1, (-1, visible.columns))[..., 0] = torch.nan
    p = exact(machine).given(numbers[0].numpy(), label=int(row["label"])).sum(1)
    assert_drawn_from(histogram(code(visible, found), len(p))[p > 0], p[p > 0])


# -- training with hidden entries ---------------------------------------------------------------


def ages(run):
    return {p.name: p.read_bytes() for p in (run / "ages").iterdir()}


@pytest.mark.parametrize("seed", [0, 1])
def test_to_hide_entries_is_to_train_on_data_that_lack_them(tmp_path, seed):
    rows, test = dataset("family", "host").split("split")
    settings = Settings(**QUICK | {"updates": 12, "seed": seed})
    *_, last = train(rows, test, tmp_path / "hide", replace(settings, hide=0.3))
    *_, _ = train(rows.hide("visible", fraction=0.3, seed=seed), test, tmp_path / "lack", settings)
    *_, whole = train(rows, test, tmp_path / "whole", settings)
    assert ages(tmp_path / "hide") == ages(tmp_path / "lack") != ages(tmp_path / "whole")
    scores = ("adversarial_accuracy", "spectrum_error", "second_moment_error")
    assert [last.quality[k]["floor"] for k in scores] == [whole.quality[k]["floor"] for k in scores]  # of whole rows
    assert [last.quality[k] for k in scores] != [whole.quality[k] for k in scores]


def test_a_training_that_hides_goes_on_to_the_same_bits(tmp_path):
    rows, test = dataset("family").split("split")
    settings = Settings(**QUICK, hide=0.3)
    *_, _ = train(rows, test, tmp_path / "one", settings)
    *_, _ = train(rows, test, tmp_path / "two", replace(settings, updates=12))
    *_, _ = train(rows, test, tmp_path / "two", settings, resume=True)
    one, two = ages(tmp_path / "one"), ages(tmp_path / "two")
    assert one.items() <= two.items()
    with pytest.raises(ValueError, match=r"hide was 0.3, not 0.2"):
        next(train(rows, test, tmp_path / "two", replace(settings, hide=0.2), resume=True))


@pytest.mark.parametrize("hide", [-0.1, 1.0, float("nan")])
def test_not_everything_can_be_hidden(tmp_path, hide):
    rows, test = dataset("family").split("split")
    with pytest.raises(ValueError, match=r"hide must be (0 or more|less than 1), not"):
        next(train(rows, test, tmp_path / "run", Settings(**QUICK, hide=hide)))
