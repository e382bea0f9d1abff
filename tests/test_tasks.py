from __future__ import annotations

import csv
import io
import warnings

import numpy as np
import pytest
import torch

import spinodal as sp
from spinodal import tasks
from spinodal.data.alphabet import BINARY, RNA, Alphabet
from spinodal.data.dataset import Dataset, concatenate
from spinodal.files.labels import to_label_layers
from spinodal.machines.energies import states
from spinodal.machines.protocols import FEF, RDM, Schedule
from spinodal.tasks import asked, complete, generate, predict, reconstruct, sample_over_time, stream

from .laws import assert_drawn_from, code, drawn_rows, exact, histogram, randomize
from .toys import dataset

NAMES = ("cat", "dog", "owl")
STEPS = 8


def made(kind="bernoulli", labels=NAMES, scale=0.6, **options):
    """A labeled machine with random parameters that thinks it has been trained for STEPS steps."""
    visible = {"bernoulli": sp.Bernoulli(5), "potts": sp.Potts(3, 3, symbols=tuple("xyz"))}[kind]
    label = {"label": sp.Potts(1, len(labels), symbols=labels)} if labels else {}
    machine = randomize(sp.rbm(sp.Bernoulli(4), visible=visible, **label, **options), scale)
    machine.schedule = Schedule(FEF, STEPS)
    return machine


def chaotic(visible=None):
    """A labeled chaotic network with learned couplings."""
    label = sp.Potts(1, 3, symbols=NAMES)
    machine = sp.chaotic(
        sp.Spin(6), gain=1.5, rate=0.4, std=0.5, visible=visible or sp.Potts(4, 5, symbols=RNA.symbols), label=label
    )
    machine.schedule = Schedule(RDM, STEPS)
    return machine


def twice():
    """A machine with two label columns, which share a name."""
    columns = {"label:pet": sp.Potts(1, 3, symbols=NAMES), "label:host": sp.Potts(1, 2, symbols=("owl", "a:b"))}
    machine = randomize(sp.rbm(sp.Bernoulli(4), visible=sp.Bernoulli(5), **columns))
    machine.schedule = Schedule(FEF, STEPS)
    return machine


def data_of(machine, tensors, **more):
    alphabets = {k: Alphabet.of(machine.units[k]) for k in tensors}
    return Dataset.of(tensors, alphabets, **more)


def same(one, other):
    return one.columns.keys() == other.columns.keys() and all((one[k] == other[k]).all() for k in one.columns)


def some(machine, n=40, seed=0, unknown=0.0):
    return data_of(machine, drawn_rows(machine, n, seed, unknown))


# -- generate -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["bernoulli", "potts"])
def test_what_is_generated_has_the_labels_asked_for(kind):
    machine = made(kind)
    found = generate(machine, asked(machine, {"owl": 3, "cat": 2}))
    assert found.texts("label").tolist() == ["owl"] * 3 + ["cat"] * 2
    assert found.names.tolist() == ["g0001", "g0002", "g0003", "g0004", "g0005"]
    assert found.alphabets["visible"] == Alphabet.of(machine.units["visible"])


def test_a_label_by_its_name_is_as_many_rows_of_it():
    machine = made()
    assert same(generate(machine, label="dog", n=7), generate(machine, asked(machine, {"dog": 7})))


def test_what_is_generated_like_data_has_the_datas_labels_and_notes():
    machine = made("potts")
    like = some(machine, unknown=0.4)
    like.notes["format"] = "of old"
    found = generate(machine, like)
    known = like["label"] >= 0
    assert (found["label"][known] == like["label"][known]).all()
    assert (found["label"] >= 0).all()
    assert found.notes == like.notes
    assert not (found["visible"] == like["visible"]).all()


def test_labels_are_held_by_their_names_not_their_numbers():
    machine = made(labels=("cat", "dog", "owl"))
    like = Dataset.of({"label": torch.tensor([[0], [1], [-1]])}, {"label": Alphabet(("dog", "owl"))})
    found = generate(machine, like)
    assert found.texts("label").tolist()[:2] == ["dog", "owl"]


def test_without_a_label_labels_are_drawn_too():
    found = generate(made(), n=200)
    assert set(found.texts("label")) == set(NAMES)


def test_a_machine_without_labels_generates():
    assert generate(made(labels=()), n=9)["visible"].shape == (9, 5)


@pytest.mark.parametrize("make", [made, twice, chaotic], ids=lambda f: f.__name__)
def test_the_same_seed_gives_the_same_sample_and_another_seed_another(make):
    machine = make()
    one, other = (generate(machine, n=50, seed=s) for s in (0, 1))
    assert same(one, generate(machine, n=50))
    assert same(other, generate(machine, n=50, seed=sp.Noise.of(1)))
    assert not same(one, other)


@pytest.mark.parametrize("make", [made, chaotic], ids=lambda f: f.__name__)
@pytest.mark.parametrize("block", [1, 7, 64])
def test_nobody_can_tell_the_blocks(monkeypatch, make, block):
    machine = make()
    data = Dataset.of(drawn_rows(machine, 30, unknown=0.3), {k: Alphabet.of(u) for k, u in machine.units.items()})
    before = [
        generate(machine, data),
        complete(machine, data),
        *(x for _, x in sample_over_time(machine, data, [2, 5])),
    ]
    monkeypatch.setattr(tasks, "BLOCK", block)
    after = [generate(machine, data), complete(machine, data), *(x for _, x in sample_over_time(machine, data, [2, 5]))]
    assert all(same(a, b) for a, b in zip(before, after, strict=True))


@pytest.mark.parametrize("make", [made, chaotic, twice], ids=lambda f: f.__name__)
@pytest.mark.parametrize("block", [1, 7])
def test_predictions_are_the_same_in_any_blocks(monkeypatch, make, block):
    machine = make()
    data = some(machine, 30).hide("visible", fraction=0.1)
    assert 0 < data.whole.sum() < 30
    whole = predict(machine, data).probability
    monkeypatch.setattr(tasks, "BLOCK", block)
    again = predict(machine, data).probability
    for layer in whole:
        np.testing.assert_allclose(again[layer], whole[layer], atol=1e-6)


@pytest.mark.parametrize("block", [1, 7, 10, 100])
@pytest.mark.parametrize(
    ("make", "counts"),
    [
        (made, {"": 31}),
        (made, {"owl": 3, "cat": 20, "": 4, "dog": 1}),
        (chaotic, {"cat": 9, "dog": 9}),
        (twice, {"pet:cat,host:owl": 12, "dog": 10, "host:a:b": 5}),
    ],
)
def test_a_stream_is_what_is_generated_block_by_block(monkeypatch, make, counts, block):
    machine = make()
    like = asked(machine, counts)
    whole = generate(machine, like, seed=3)
    monkeypatch.setattr(tasks, "BLOCK", block)
    parts = list(stream(machine, like, seed=3))
    assert all(len(part) <= block for part in parts)
    assert concatenate(parts).sha256 == whole.sha256
    assert whole.names[-1] == f"g{sum(counts.values()):04d}"


def test_a_stream_says_what_is_wrong_before_it_begins():
    with pytest.raises(ValueError, match='no label "eel"'):
        stream(made(), label="eel", n=3)
    with pytest.raises(ValueError, match="steps must be 1 or more"):
        stream(made(), n=3, steps=0)
    with pytest.raises(ValueError, match='"label" has "eel"'):
        stream(made(), Dataset.of({"label": torch.tensor([[0], [1]])}, {"label": Alphabet(("cat", "eel"))}))
    with pytest.warns(UserWarning, match=f"trained to generate in {STEPS} steps, not 2") as told:
        stream(made(), n=3, steps=2)
    assert [w.filename for w in told] == [__file__]


def test_what_is_asked_for_costs_a_few_bytes_a_row():
    found = asked(twice(), {"pet:cat,host:owl": 60_000, "dog": 40_000})
    assert sum(x.nbytes for x in (found.names, *found.columns.values())) <= 6 * len(found)


def test_what_is_generated_follows_the_exact_law():
    machine = made(scale=0.4)
    found = generate(machine, label="dog", n=20_000)["visible"]
    counts = histogram(code(machine.units["visible"], torch.from_numpy(found)), 32)
    assert_drawn_from(counts, exact(machine).visible_given_label[:, 1])


def test_at_times_the_same_chains_go_on():
    machine = made()
    like = some(machine)
    seen = dict(sample_over_time(machine, like, [1, 3, STEPS]))
    assert list(seen) == [1, 3, STEPS]
    assert same(seen[STEPS], generate(machine, like))
    assert same(seen[3], dict(sample_over_time(machine, like, [3]))[3])


@pytest.mark.parametrize("steps", [1, STEPS + 1])
def test_other_steps_than_trained_warn_once(steps):
    with pytest.warns(UserWarning, match=f"trained to generate in {STEPS} steps, not {steps}") as told:
        generate(made(), n=3, steps=steps)
    assert [w.filename for w in told] == [__file__]


def test_the_steps_that_were_trained_do_not_warn():
    machine = made()
    assert same(generate(machine, n=5, steps=STEPS), generate(machine, n=5))


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"label": "eel", "n": 1}, 'no label "eel"; there are: "cat", "dog", "owl"'),
        ({"label": "dog"}, r"say how many: 1 or more, not \[0\]"),
        ({"label": "dog", "n": 0}, r"say how many: 1 or more, not \[0\]"),
        ({"n": -1}, r"say how many: 1 or more, not \[-1\]"),
        ({}, r"say how many"),
        ({"n": 1, "steps": 0}, "steps must be 1 or more, not 0"),
        ({"label": "cat,dog", "n": 1}, 'no label "cat,dog"; there are'),
        ({"label": "pet:cat", "n": 1}, 'no label column "pet"; there are: "label"'),
    ],
)
def test_what_can_not_be_generated_says_why(how, says):
    with pytest.raises(ValueError, match=says):
        generate(made(), **how)


def test_a_label_that_only_the_data_know_says_so():
    like = Dataset.of({"label": torch.tensor([[0], [1]])}, {"label": Alphabet(("cat", "eel"))})
    with pytest.raises(ValueError, match='"label" has "eel"; there are: "cat", "dog", "owl"'):
        generate(made(), like)


def test_a_machine_without_labels_can_not_hold_one():
    with pytest.raises(ValueError, match='trained without labels: it can\'t hold "cat"'):
        generate(made(labels=()), label="cat", n=1)


def test_a_machine_that_was_not_trained_must_be_told_the_steps():
    machine = made()
    machine.schedule = None
    with pytest.raises(ValueError, match="no steps are known of this machine: say how many"):
        generate(machine, n=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(generate(machine, n=1, steps=3)) == 1


@pytest.mark.parametrize(
    ("name", "pet", "host"),
    [
        ("pet:cat,host:owl", "cat", "owl"),
        ("host:owl,pet:owl", "owl", "owl"),
        ("host:a:b", None, "a:b"),
        ("a:b", None, "a:b"),
        ("dog", "dog", None),
        ("label:pet:dog", None, None),
        ("pet:owl", "owl", None),
    ],
)
def test_several_label_columns_are_told_apart(name, pet, host):
    if pet is host is None:
        with pytest.raises(ValueError, match="no label column"):
            asked(twice(), {name: 2})
        return
    found = generate(twice(), label=name, n=20)
    for column, label in (("pet", pet), ("host", host)):
        assert label is None or set(found.texts(f"label:{column}")) == {label}


TERMS = {"go": ("GO:1", "GO:1,GO:2", 'a"b', "x"), "a:b": ("fly", "GO:1,GO:2"), "host, old": ("y",)}


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("go:GO:1,a:b:fly", {"go": "GO:1", "a:b": "fly"}),
        ('"go:GO:1,GO:2",a:b:fly', {"go": "GO:1,GO:2", "a:b": "fly"}),
        ('"go:GO:1,GO:2","a:b:GO:1,GO:2", "host, old:y"', {"go": "GO:1,GO:2", "a:b": "GO:1,GO:2", "host, old": "y"}),
        ('"go:GO:1,GO:2"', {"go": "GO:1,GO:2"}),
        ('go:a"b', {"go": 'a"b'}),
        ('"go:a""b"', {"go": 'a"b'}),
        ("x", {"go": "x"}),
    ],
)
def test_a_label_with_a_comma_is_asked_for_in_quotes(name, labels):
    units = {f"label:{k}": sp.Potts(1, len(own), symbols=own) for k, own in TERMS.items()}
    machine = sp.rbm(sp.Bernoulli(2), visible=sp.Bernoulli(3), **units)
    found = asked(machine, {name: 2})
    texts = {k: set(found.texts(f"label:{k}").tolist()) for k in TERMS}
    assert texts == {k: {labels.get(k, "")} for k in TERMS}
    with pytest.raises(ValueError, match="names a label column twice; a pair with a comma"):
        asked(machine, {"go:GO:1,go:x": 1})


def test_a_name_in_several_columns_asks_which():
    with pytest.raises(ValueError, match='"owl" is in "label:host", "label:pet"; name the layer'):
        asked(twice(), {"owl": 1})


# -- predict ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["bernoulli", "potts"])
def test_predictions_are_exact(kind):
    machine = made(kind)
    every = states(machine.units["visible"])
    guess = predict(machine, data_of(machine, {"visible": every}))
    np.testing.assert_allclose(guess.probability["label"], exact(machine).label_given_visible, atol=1e-5)


def test_predictions_are_exact_in_double_precision(double):
    machine = made()
    guess = predict(machine, data_of(machine, {"visible": states(machine.units["visible"])}))
    np.testing.assert_allclose(guess.probability["label"], exact(machine).label_given_visible, atol=1e-12)


@pytest.mark.parametrize(("kind", "letters"), [("bernoulli", [1, -1, 0, -1, 1]), ("potts", [2, -1, 0])])
def test_predictions_from_a_part_are_close_to_the_exact_ones(wide, kind, letters):
    machine = made(kind)
    units = machine.units["visible"]
    data = Dataset.of({"visible": torch.tensor([letters]).repeat(4000, 1)}, {"visible": Alphabet.of(units)})
    mean = predict(machine, data).probability["label"].mean(0)
    numbers = data.numbers()[:1]
    np.testing.assert_allclose(mean, exact(machine).given(numbers[0]).sum(0), atol=0.01)


def test_rows_that_are_known_are_predicted_exactly_beside_rows_that_are_not():
    machine = made()
    data = some(machine)
    holes = data.hide("visible", fraction=0.1)
    whole = (holes["visible"] >= 0).all(1)
    assert whole.any()
    assert not whole.all()
    both = [predict(machine, x).probability["label"] for x in (data, holes)]
    np.testing.assert_allclose(both[0][whole], both[1][whole], atol=1e-6)
    np.testing.assert_allclose(both[1].sum(1), 1, atol=1e-5)


def test_several_label_columns_are_predicted_each_with_the_other_unknown():
    machine = twice()
    data = data_of(machine, {"visible": states(machine.units["visible"])})
    guess = predict(machine, data)
    joint = torch.cartesian_prod(torch.arange(3), torch.arange(2)).int()
    every = {"visible": states(machine.units["visible"]).repeat_interleave(6, 0)}
    every |= {k: joint[:, [i]].repeat(32, 1) for i, k in enumerate(("label:pet", "label:host"))}
    p = (-sp.free_energy(machine, every)).reshape(32, 6).softmax(1).reshape(32, 3, 2).detach()
    np.testing.assert_allclose(guess.probability["label:pet"], p.sum(2), atol=1e-5)
    np.testing.assert_allclose(guess.probability["label:host"], p.sum(1), atol=1e-5)


@pytest.mark.parametrize("make", [made, twice, chaotic], ids=lambda f: f.__name__)
def test_the_table_says_what_was_predicted(make):
    machine = make()
    guess = predict(machine, some(machine, n=9))
    rows = guess.table()
    for layer, p in guess.probability.items():
        prefix = "" if len(guess.probability) == 1 else layer.split(":")[1] + " "
        symbols = machine.units[layer].symbols
        assert [row[f"{prefix}predicted"] for row in rows] == guess.labels(layer) == [symbols[i] for i in p.argmax(1)]
        table = np.array([[float(row[f"{prefix}p({s})"]) for s in symbols] for row in rows])
        np.testing.assert_allclose(table, p, atol=1e-5)
    assert [row["name"] for row in rows] == guess.names.tolist()


def test_the_table_can_be_a_csv():
    rows = predict(twice(), some(twice(), n=3)).table()
    text = io.StringIO()
    table = csv.DictWriter(text, list(rows[0]))
    table.writeheader()
    table.writerows(rows)
    assert list(csv.DictReader(io.StringIO(text.getvalue()))) == rows


def test_a_machine_without_labels_predicts_none():
    with pytest.raises(ValueError, match="no labels to predict"):
        predict(made(labels=()), some(made(labels=())))


def test_letters_are_read_by_their_symbols():
    machine = made("potts")
    letters = torch.tensor([[0, 1, 2], [2, 2, 0]])
    spelled = Dataset.of({"visible": letters}, {"visible": Alphabet(("z", "x", "y"))})
    same_words = Dataset.of({"visible": (letters + 2) % 3}, {"visible": Alphabet(("x", "y", "z"))})
    assert spelled.texts("visible").tolist() == same_words.texts("visible").tolist()
    one, other = (predict(machine, x).probability["label"] for x in (spelled, same_words))
    np.testing.assert_array_equal(one, other)


def test_a_letter_that_the_machine_lacks_says_so():
    data = Dataset.of({"visible": torch.tensor([[0, 1, 0]])}, {"visible": Alphabet(("x", "q"))})
    with pytest.raises(ValueError, match='"visible" has "q"; there are: "x", "y", "z"'):
        predict(made("potts"), data)


# -- complete -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "machine",
    [made(), made("potts"), made("potts", labels=()), twice(), chaotic(), chaotic(sp.Bernoulli(4))],
    ids=["bernoulli", "potts", "no labels", "two labels", "chaotic letters", "chaotic"],
)
def test_what_is_known_stays_and_the_rest_is_filled(machine):
    data = some(machine, unknown=0.4)
    found = complete(machine, data)
    for layer in data.columns:
        known = data[layer] >= 0
        assert not known.all()
        assert (found[layer][known] == data[layer][known]).all()
        assert (found[layer] >= 0).all()
        assert (found[layer] < len(data.alphabets[layer].symbols)).all()


def test_what_is_whole_stays_as_it_is():
    machine = made("potts")
    data = some(machine)
    assert same(complete(machine, data), data)


def test_names_table_and_weights_stay():
    machine = made("potts")
    names, weights, table = np.array(["a", "b"]), np.array([1.0, 2.0]), {"host": np.array(["fly", "bee"])}
    alphabet = {"visible": Alphabet(("x", "y", "z"))}
    data = Dataset({"visible": np.array([[0, -1, 2], [1, 1, -1]], np.int8)}, alphabet, names, table, weights)
    found = complete(machine, data)
    assert found.names.tolist() == names.tolist()
    assert found.table["host"].tolist() == table["host"].tolist()
    assert found.weights.tolist() == weights.tolist()
    assert (found["label"] >= 0).all()


def test_a_label_that_the_machine_lacks_a_layer_for_is_no_hindrance():
    machine = made(labels=())
    data = to_label_layers(
        Dataset.of(drawn_rows(machine, 3), {"visible": BINARY}, table={"x": np.array(list("abc"))}), ["x"]
    )
    assert complete(machine, data).labels == ()


def test_what_is_filled_follows_the_exact_law(wide):
    machine = made(scale=0.4)
    n, known = 20_000, torch.tensor([1.0, torch.nan, 0.0, torch.nan, 1.0])
    data = Dataset.of({"visible": known.repeat(n, 1), "label": torch.full((n, 1), 2)}, {
        "visible": BINARY, "label": Alphabet(NAMES)
    })  # fmt: skip
    found = torch.from_numpy(complete(machine, data)["visible"])
    counts = histogram(code(machine.units["visible"], found), 32)
    p = exact(machine).given(known.numpy(), label=2).sum(1)
    assert_drawn_from(counts[p > 0], p[p > 0])


# -- chaotic machines ---------------------------------------------------------------------------


@pytest.mark.parametrize("visible", [sp.Potts(4, 5, symbols=RNA.symbols), sp.Bernoulli(4), sp.Spin(4)], ids=repr)
def test_a_chaotic_machine_does_what_others_do(visible):
    machine = chaotic(visible)
    found = generate(machine, asked(machine, {"owl": 3, "cat": 2}))
    assert found.texts("label").tolist() == ["owl"] * 3 + ["cat"] * 2
    assert found["visible"].shape == (5, 4)
    guess = predict(machine, found)
    np.testing.assert_allclose(guess.probability["label"].sum(1), 1, atol=1e-5)
    assert same(complete(machine, found), found)


def by_hand(machine, start, held, steps):
    """`steps` steps of tau dx/dt = -x + (J + A) tanh(x) + b in numpy, from potentials; some layers are held."""
    numpy = {k: x.detach().double().numpy() for k, x in machine.state_dict().items()}
    x = {k: v.double().numpy() for k, v in start.items()}
    s = {k: np.tanh(v) for k, v in x.items()} | {k: v.double().numpy() for k, v in held.items()}
    for _ in range(steps):
        field = {k: numpy[f"bias.{k}"] for k in x}
        for a, b in machine.edges:
            w, forth, back = (numpy[f"coupling.{a}-{b}.{name}"] for name in ("weight", "forth", "back"))
            field |= {b: field[b] + s[a] @ (w + forth)} if b in x else {}
            field |= {a: field[a] + s[b] @ (w.T + back)} if a in x else {}
        x = {k: (1 - machine.rate) * v + machine.rate * field[k] for k, v in x.items()}
        s |= {k: np.tanh(v) for k, v in x.items()}
    return s


def spins(*hidden, **more):
    """A chaotic network of spins, with learned couplings, and gray data for it."""
    machine = sp.chaotic(*map(sp.Spin, hidden), gain=1.5, rate=0.4, std=0.3, visible=sp.Spin(5), **more)
    machine.schedule = Schedule(RDM, STEPS)
    x = 2 * torch.rand(9, 5, generator=torch.Generator().manual_seed(1)) - 1
    return machine, Dataset.of({"visible": x}, {})


@pytest.mark.parametrize("hidden", [(6,), (6, 4)])
def test_to_reconstruct_is_to_see_and_to_dream_by_hand(hidden):
    machine, data = spins(*hidden)
    layers, seed = ["hidden", "deep"][: len(hidden)], sp.Noise.of(3)
    x = data.numbers("visible")
    start = machine.start(9, machine.hold({"visible": x}), seed).potential
    assert list(start) == layers
    seen = by_hand(machine, start, {"visible": x}, STEPS)
    held = {k: torch.from_numpy(seen[k]).float() for k in layers}
    start = machine.start(9, machine.hold(held), seed.child(1)).potential
    back = by_hand(machine, start, held, STEPS)
    found = reconstruct(machine, data, seed=3)
    np.testing.assert_allclose(found["visible"], back["visible"], rtol=0, atol=1e-5)  # single precision, 16 steps
    assert (np.abs(found["visible"] - data["visible"]).max(1) > 1e-3).all()


def test_with_one_hidden_layer_a_reconstruction_is_equation_18():
    machine, data = spins(6)
    w, bias = machine.between("visible", "hidden"), {k: b.detach() for k, b in machine.bias.items()}
    with torch.no_grad():  # the fields are constant, and the starts are forgotten
        hidden = (data.numbers("visible") @ w.towards(True) + bias["hidden"]).tanh()
        want = (hidden @ w.towards(False) + bias["visible"]).tanh()
    machine.schedule = Schedule(RDM, 80)
    found = reconstruct(machine, data)
    np.testing.assert_allclose(found["visible"], want, rtol=0, atol=1e-5)
    assert np.allclose(found["visible"], reconstruct(machine, data, seed=1)["visible"], atol=1e-5)


@pytest.mark.parametrize("make", [made, chaotic, twice], ids=lambda f: f.__name__)
def test_any_machine_that_hides_something_reconstructs(make):
    machine = make()
    data = data_of(machine, drawn_rows(machine, 7), table={"host": np.array(list("abcdefg"))})
    found = reconstruct(machine, data)
    assert found.names.tolist() == data.names.tolist()
    assert found.table["host"].tolist() == list("abcdefg")
    assert {k: x.shape for k, x in found.columns.items()} == {k: x.shape for k, x in data.columns.items()}
    bare = Dataset({"visible": data["visible"]}, {"visible": data.alphabets["visible"]}, data.names)
    assert (reconstruct(machine, bare)["visible"] == found["visible"]).all()  # labels are free
    assert same(reconstruct(machine, data, seed=0), found)


def test_a_machine_that_remembers_reconstructs_what_it_sees():
    patterns = np.array([[1, 1, 1, -1, -1], [-1, 1, -1, 1, -1]], np.float32)
    data = Dataset({"visible": np.tile(patterns, (20, 1))}, {}, np.arange(40).astype(str))
    machine = sp.chaotic(sp.Spin(20), gain=0.5, rate=0.4, **data.units)
    batches = data.batches(40)
    for update in sp.fit(machine, batches, RDM, steps=STEPS, lr=0.1):
        if update.age == 200:
            break
    error = sp.scores.reconstruction_error(data.numbers("visible"), reconstruct(machine, data).numbers("visible"))
    assert error < 0.3 * float(data.numbers("visible").var(0, correction=0).mean())


@pytest.mark.parametrize("block", [1, 4, 9])
@pytest.mark.parametrize("hidden", [(6,), (6, 4)])
def test_reconstructions_are_the_same_in_any_blocks(monkeypatch, block, hidden):
    machine, data = spins(*hidden)
    whole = reconstruct(machine, data)
    monkeypatch.setattr(tasks, "BLOCK", block)
    assert same(reconstruct(machine, data), whole)


@pytest.mark.parametrize("label", [{}, {"label": sp.Potts(1, 3)}])
def test_where_nothing_is_hidden_nothing_can_be_reconstructed(label):
    machine, data = spins(**label)
    with pytest.raises(ValueError, match="no hidden layer to reconstruct the data from"):
        reconstruct(machine, data)


def test_the_mean_of_letters_reads_as_the_most_probable_ones():
    machine = chaotic()
    shown = sp.run(machine, 6, STEPS)["visible"].reshape(6, 5, 4)
    assert (generate(machine, n=6)["visible"] == shown.argmax(1).numpy()).all()


def test_real_data_of_a_file_go_all_the_way(tmp_path):
    data = dataset("family", "host")
    machine = sp.rbm(sp.Bernoulli(4), **data.units)
    machine.schedule = Schedule(FEF, 2)
    sp.write(generate(machine, data), tmp_path / "made.fasta")
    again = sp.read(tmp_path / "made.fasta")
    assert again.texts("label:family").tolist() == data.texts("label:family").tolist()
    assert same(generate(machine, again), generate(machine, data))


def test_what_is_generated_is_not_called_real():
    machine = sp.rbm(sp.Bernoulli(3), visible=sp.Bernoulli(4))
    like = Dataset({}, {}, np.array(["a", "b"]), notes={"prefix": "Real", "legend": ["id position a0 a1"]})
    assert generate(machine, like, steps=1).notes == {"legend": ["id position a0 a1"]}
