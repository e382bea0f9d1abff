"""Guidance: labels that are asked for act more strongly; what is exact of it is compared with enumeration."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from math import nan
from statistics import fmean

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import spinodal as sp
from spinodal.cli.main import main
from spinodal.data.alphabet import Alphabet
from spinodal.data.dataset import numbered_names
from spinodal.evaluation.quick_scores import fidelities, flat, quick_scores, with_fidelity
from spinodal.machines.guidance import acting, emphasis
from spinodal.machines.protocols import FEF, Schedule
from spinodal.reporting import text
from spinodal.runs import guiding, stopping
from spinodal.runs.archive import Run
from spinodal.runs.settings import Settings
from spinodal.runs.training import saved_ages

from .laws import randomize, small
from .toys import dataset, trained

LABELS = torch.tensor([[2], [-1], [0]])


def trained_machine(machine, steps=10):
    machine.schedule = Schedule(FEF, steps)
    return machine


def neural(visible=None, **options):
    made = sp.neural("mlp", visible=visible or sp.Bernoulli(4), label=sp.Potts(1, 3), options={"width": 8}, **options)
    return trained_machine(randomize(made, 0.7))


MACHINES = [
    trained_machine(small(sp.Bernoulli(4), sp.Bernoulli(3))),
    trained_machine(small(sp.Potts(3, 4), sp.Bernoulli(3))),
    neural(),
]
"""Networks, and one whose energy is a network of torch."""


def test_emphasis_is_that_of_the_label_asked_for():
    machine = small(sp.Potts(6, 4), sp.Bernoulli(5))
    strength = torch.tensor([1.0, 5.0, 0.0])
    (found,) = emphasis(machine, {"label": LABELS}, strength).values()
    weight = machine.between("label", "hidden").weight.detach()
    torch.testing.assert_close(found, torch.stack([weight[2] - weight.mean(0), torch.zeros(5), torch.zeros(5)]))
    assert not emphasis(machine, {"label": LABELS}, torch.zeros(3))


def test_a_guided_network_acts_as_one_with_stronger_labels():
    machine, g = MACHINES[0], 0.7
    strong = small(sp.Bernoulli(4), sp.Bernoulli(3))
    weight = strong.between("label", "hidden").weight
    with torch.no_grad():
        weight.add_(g * (weight - weight.mean(0)))
    held = {"label": torch.arange(3).repeat_interleave(4000)[:, None]}
    theirs = sp.run(strong, 12000, 4, held, seed=1)["visible"].double()
    mover, fields = acting(sp.guided(machine, g), held, {})
    ours = sp.run(mover, 12000, 4, held, seed=2, fields=fields)["visible"].double()
    for part in (slice(0, 4000), slice(4000, 8000), slice(8000, 12000)):
        assert (ours[part].mean(0) - theirs[part].mean(0)).abs().max() < 5 * (0.5 / 4000) ** 0.5


def test_a_guided_neural_machine_moves_by_the_slope_of_its_law():
    """The force is that of log p(v | l) + g log p(l | v), by autograd of both, row by row."""
    machine, g = neural(), 0.7
    rows = torch.rand(6, 4).round()
    label = torch.tensor([[0], [1], [2], [0], [1], [2]])
    clamp = machine.hold({"label": label})
    mover, _ = acting(sp.guided(machine, g), {"label": label}, {})
    found = mover._slope({"visible": rows, "label": label}, clamp, {}).force["visible"]
    x = rows.clone().requires_grad_()
    energies = machine.energies({"visible": x})
    own = energies.gather(1, label)[:, 0]
    (wanted,) = torch.autograd.grad((-own + g * (-own - (-energies).logsumexp(1))).sum(), x)
    torch.testing.assert_close(found, wanted)


@pytest.mark.parametrize("machine", MACHINES, ids=["bits", "letters", "neural"])
def test_no_guidance_and_unknown_labels_change_no_bit(machine):
    label = torch.full((50, 1), -1)
    plain = sp.run(machine, 50, 3, {"label": label}, seed=4)["visible"]
    for g, known in ((0.0, LABELS.clamp(min=0).repeat(20, 1)[:50]), (2.0, label)):
        mover, fields = acting(sp.guided(machine, g), {"label": known}, {})
        own = plain if g else sp.run(machine, 50, 3, {"label": known}, seed=4)["visible"]
        assert torch.equal(sp.run(mover, 50, 3, {"label": known}, seed=4, fields=fields)["visible"], own)


def recognized(machine, guidance):
    """The mean p(label asked for | row) of generated rows, as many of each label."""
    alphabet = Alphabet.of(machine.units["label"])
    asked = np.arange(3000)[:, None] % len(alphabet.symbols)
    like = sp.Dataset({"label": asked}, {"label": alphabet}, numbered_names(3000))
    rows = sp.generate(sp.guided(machine, guidance), like, seed=5)
    return float(np.take_along_axis(np.exp(sp.predict(machine, rows).log_probability["label"]), asked, 1).mean())


def strong(machine, scale):
    """With random parameters of this scale; without biases, or one label has all rows."""
    found = randomize(deepcopy(machine), scale)
    for name, parameter in found.named_parameters():
        if "bias" in name:
            parameter.data.zero_()
    return found


def test_more_rows_are_recognized_with_more_guidance(tmp_path):
    learned = trained(tmp_path / "run", dataset("family"), updates=300, lr=0.3).machine()
    for machine in (strong(MACHINES[0], 2.0), strong(MACHINES[2], 1.0), learned):
        shares = [recognized(machine, g) for g in (0.0, 0.5, 1.0)]
        assert shares[0] + 0.005 < shares[1]
        assert shares[1] + 0.005 < shares[2]


def test_fields_of_the_caller_are_added():
    machine = sp.guided(MACHINES[0], 1.0)
    own = emphasis(machine, {"label": LABELS}, torch.ones(3))["hidden"]
    _, found = acting(machine, {"label": LABELS}, {"hidden": torch.arange(3.0), "visible": torch.ones(4)})
    torch.testing.assert_close(found["hidden"], own + torch.arange(3.0))
    assert torch.equal(found["visible"], torch.ones(4))


def test_a_run_has_its_guidance(tmp_path):
    run = trained(tmp_path / "run", dataset("family"), guidance=0.5)
    machine = run.machine()
    assert machine.schedule.guidance == 0.5
    assert Run.open(run.path).guided(2.0).machine().schedule == replace(machine.schedule, guidance=2.0)
    label = machine.units["label"].symbols[0]
    own, same, other = (
        sp.generate(m, label=label, n=200, seed=1)["visible"]
        for m in (machine, run.guided(0.5).machine(), run.guided(0.0).machine())
    )
    np.testing.assert_array_equal(own, same)
    assert (own != other).any()
    plain = trained(tmp_path / "plain", dataset("family"))
    np.testing.assert_array_equal(sp.generate(plain.machine(), label=label, n=200, seed=1)["visible"], other)


AUTO = {"guidance": "auto", "stop_on": "quality", "patience": 100.0, "updates": 100}


def test_a_training_chooses_its_guidance_and_says_what_it_gives(tmp_path, monkeypatch):
    monkeypatch.setattr(guiding, "best", lambda known, default: max(known))  # on these rows none is needed
    monkeypatch.setattr(guiding, "LEAST", 0.0)
    run = trained(tmp_path / "run", dataset("family"), **AUTO)
    found, (learned, held_out) = run.record["guidance"], dataset("family").split("split")
    assert [*found["tried"]] == ["0", "0.1", "0.25", "0.5"]
    assert (found["value"], found["age"]) == (0.5, run.chosen())
    assert run.record["best"] == {"score": "quality", "age": run.chosen(), "value": found["tried"]["0.5"]}
    assert run.machine().schedule.guidance == 0.5
    assert run.resume()[0].schedule.guidance == 0.0
    measured = {g: flat(quick_scores(run.guided(g).machine(), held_out, learned)) for g in (0.0, 0.5)}
    assert measured[0.5] == found["scores"]
    for name, g in (("0", 0.0), ("0.5", 0.5)):
        machine, sets = run.guided(g).machine(), guiding.sets_of(len(held_out))
        row = flat(quick_scores(machine, held_out, learned, sets=sets))
        shares = fidelities(machine, learned, rows=guiding.SAMPLED)
        assert found["tried"][name] == with_fidelity(row, fmean(shares))
    assert found["least"] == min(shares)
    (without,), (own,) = ([r for r in rows if int(r["age"]) == run.chosen()] for rows in (run.log(), run.scores()))
    assert without | {k: str(x) for k, x in measured[0.0].items()} == without
    assert without | {k: str(x) for k, x in measured[0.5].items()} == own
    assert run.guided(0.5).scores() == run.log()
    model = sp.export(run.path, tmp_path / "model")
    assert model.machine().schedule.guidance == 0.5
    assert model.scores() == [own]
    assert "with guidance 0.5" in (model.path / "README.md").read_text()


def test_the_age_is_the_best_with_the_guidance_of_those_around_the_best_of_the_log(tmp_path, monkeypatch):
    monkeypatch.setattr(guiding, "LEAST", 0.0)  # no label has to come out more often
    run = trained(tmp_path / "run", dataset("family"), **AUTO)
    found, (learned, held_out) = run.record["guidance"], dataset("family").split("split")
    last, scheduled = stopping.best(run.log(), "quality")["age"], saved_ages(run.settings)
    at = scheduled.index(last)
    assert found["logged"] == last
    assert [*found["ages"]] == [*map(str, scheduled[max(at - guiding.BEFORE, 0) : at + guiding.AFTER + 1])]
    measure = guiding.measure_of(held_out, learned, run.seed())
    assert found["ages"] == {age: measure(run.machine(int(age))).quality for age in found["ages"]}
    assert found["ages"][str(run.chosen())] == max(found["ages"].values()) == run.record["best"]["value"]
    assert found["ages"][str(last)] == found["tried"][f"{found['value']:g}"] == max(found["tried"].values())


FOUND = st.builds(
    guiding.Found,
    st.sampled_from([0.8, 0.85, 0.86, 0.87]),
    st.sampled_from([0.85, 0.9, 0.95]),
    st.sampled_from([0.88, 1.0]),
)
"""Where qualities differ by more than what a sufficient guidance may cost, and by less."""


def often(found):
    """Whether each label comes out in 0.92 of its rows, or as often as real rows are recognized."""
    return found.least >= min(0.92, found.known)


@given(st.fixed_dictionaries(dict.fromkeys((*guiding.TRIED, *guiding.STRONGER), FOUND)))
def test_the_guidance_is_the_least_sufficient_one_from_the_best_on(tried):
    top = max(guiding.TRIED, key=lambda g: (tried[g].quality, -g))
    allowed = tried[top].quality - guiding.COST
    enough = [g for g, own in tried.items() if g >= top and often(own) and own.quality >= allowed]
    assert guiding.sufficient(tried) == min(enough, default=None)
    assert guiding.suited_guidance(tried) == min(enough, default=top)


@given(st.dictionaries(st.sampled_from([316, 383, 464]), FOUND, min_size=1))
def test_ages_at_which_labels_come_out_as_asked_for_come_first(ages):
    age, top = guiding.suited_age(ages, 0), max(own.quality for own in ages.values())
    first = [own for own in ages.values() if often(own) and own.quality >= top - guiding.COST]
    assert ages[age].quality == max(own.quality for own in first or ages.values())
    assert guiding.suited_age({316: guiding.Found(nan, nan)}, 464) == 464


def test_where_labels_overlap_rows_are_no_more_typical_than_real_ones():
    tried = {
        0.0: guiding.Found(0.8, 0.7, 0.75),
        0.1: guiding.Found(0.8, 0.76, 0.75),
        0.5: guiding.Found(0.8, 0.95, 0.75),
    }
    assert guiding.sufficient(tried) == 0.1
    assert guiding.sufficient({g: own._replace(known=1.0) for g, own in tried.items()}) == 0.5


@pytest.mark.parametrize(
    ("least", "value", "tried"),
    [(0.95, 0.0, 4), (0.6, 0.75, 5), (0.45, 1.0, 6), (0.0, 0.0, 6), (nan, 0.0, 4)],
    ids=["enough", "stronger", "strongest", "never", "no label"],
)
def test_stronger_guidances_are_tried_where_a_label_comes_out_too_rarely(tmp_path, monkeypatch, least, value, tried):
    run = trained(tmp_path / "run", dataset("family"), **AUTO | {"guidance": 0.0})

    def measure(machine):
        g = machine.schedule.guidance
        return guiding.Found(0.9, least + 0.5 * g * (least > 0))

    monkeypatch.setattr(guiding, "measure_of", lambda *about: measure)
    learned, held_out = dataset("family").split("split")
    found = guiding.choose(run, held_out, learned, 0, run.ages)
    assert (found["value"], len(found["tried"])) == (value, tried)
    assert found.get("least", nan) == pytest.approx(measure(run.guided(value).machine()).least, nan_ok=True)


def ridge(guidance, age):
    """Rows that are best with a guidance of 0.5 at the age 100, and worse beside a line that goes there."""
    level, along = guiding.TRIED.index(guidance), [50, 100, 150, 200, 250].index(age)
    return guiding.Found(0.9 + 0.01 * level - 0.05 * abs(along + level - 4), 0.95)


@pytest.mark.parametrize(("start", "end"), [((0.0, 250), (0.5, 100)), ((0.5, 100), (0.5, 100)), ((0.1, 50), (0.1, 50))])
def test_larger_guidances_are_tried_at_earlier_ages_while_rows_get_better(start, end):
    assert guiding.along(*start, [50, 100, 150, 200, 250], ridge) == end
    assert guiding.along(*start, [50, 100, 150, 200, 250], lambda g, a: guiding.Found(nan, nan)) == start


def test_better_rows_with_a_label_that_comes_out_too_rarely_are_not_taken():
    rare = {(0.0, 100): guiding.Found(0.9, 0.93), (0.1, 50): guiding.Found(0.95, 0.9)}
    assert guiding.along(0.0, 100, [50, 100], lambda *at: rare[at]) == (0.0, 100)
    both = {at: own._replace(least=0.5) for at, own in rare.items()}
    assert guiding.along(0.0, 100, [50, 100], lambda *at: both[at]) == (0.1, 50)


@pytest.mark.parametrize(("early", "expected"), [(0.93, (0.75, 50)), (0.6, (0.5, 100))])
def test_a_stronger_guidance_is_taken_where_its_age_has_each_label(early, expected):
    tried = {g: guiding.Found(0.8 + 0.01 * g, 0.5) for g in guiding.TRIED} | {0.75: guiding.Found(0.805, 0.93)}
    early = {(0.75, 50): guiding.Found(0.85, early), (0.5, 50): guiding.Found(0.7, 0.5)}
    found = guiding.suited(tried, [50, 100], 100, lambda g, age: tried[g] if age == 100 else early[g, age])
    assert found == expected


def test_another_age_than_that_of_the_log_is_said():
    choice = {
        "value": 0.5,
        "age": 316,
        "logged": 825,
        "tried": {"0": 0.75, "0.5": 0.81},
        "least": 0.6,
        "ages": {"316": 0.82, "825": 0.81},
    }
    record = {"training": {"stop_on": ""}, "best": {"score": "quality", "age": 316, "value": 0.82}, "guidance": choice}
    best, guidance, age, labels = text.ending(record, [825])
    assert (best, guidance[:12]) == ("best: quality 0.82 at age 316", "guidance 0.5")
    assert labels == "labels asked for: each comes out in 0.600 of its rows or more"
    assert age == "age 316: quality 0.82 with the guidance, 0.81 at age 825, the best of log.csv"
    assert len([*text.ending(record | {"guidance": choice | {"age": 825}}, [825])]) == 3


def test_a_resumed_training_chooses_anew(tmp_path):
    once = trained(tmp_path / "once", dataset("family"), **AUTO)
    trained(tmp_path / "twice", dataset("family"), **AUTO | {"updates": 50})
    twice = trained(tmp_path / "twice", dataset("family"), resume=True, **AUTO)
    assert twice.record["guidance"] == once.record["guidance"]
    assert [r | {"seconds": 0} for r in twice.log() if r["age"] != "50"] == [r | {"seconds": 0} for r in once.log()]


@pytest.mark.parametrize(
    ("settings", "labels", "value"),
    [
        ({}, ("family",), "auto"),
        ({"stop_on": "accuracy"}, ("family",), 0.0),
        ({"machine": "chaotic"}, ("family",), 0.0),
        ({"guidance": 0.25}, ("family",), 0.25),
        ({}, (), 0.0),
    ],
)
def test_a_guidance_is_chosen_where_quality_decides(settings, labels, value):
    assert Settings(**settings).resolve(dataset(*labels)).guidance == value


@pytest.mark.parametrize(
    ("guidance", "labels", "said"),
    [
        (0.5, (), "guidance needs labels: pass --label COLUMN, or leave it out"),
        ("auto", (), "guidance needs labels"),
        ("much", ("family",), "guidance must be a number or auto, not 'much'"),
        (-1.0, ("family",), "guidance must be 0 or more, not -1"),
    ],
)
def test_a_training_refuses_a_guidance_that_does_nothing(guidance, labels, said):
    with pytest.raises(ValueError, match=said):
        Settings(guidance=guidance).resolve(dataset(*labels))


@pytest.mark.parametrize(
    ("machine", "guidance", "said"),
    [
        (MACHINES[0], -1.0, "a number from 0 up"),
        (MACHINES[0], float("nan"), "a number from 0 up"),
        (small(sp.Bernoulli(4), sp.Bernoulli(3)), 1.0, "has not been trained"),
        (trained_machine(sp.rbm(sp.Bernoulli(3), visible=sp.Bernoulli(4))), 1.0, "of machines with labels"),
    ],
)
def test_what_no_guidance_can_be(machine, guidance, said):
    with pytest.raises(ValueError, match=said):
        sp.guided(machine, guidance)


def test_a_run_without_labels_has_no_guidance(tmp_path):
    run = trained(tmp_path / "run", dataset())
    with pytest.raises(ValueError, match="trained with labels"):
        run.guided(1.0)


def test_commands_take_a_guidance_and_refuse_it_where_it_does_nothing(tmp_path, capsys):
    run = trained(tmp_path / "run", dataset("family"), lr=0.5, updates=60).path
    label = Run.open(run).machine().units["label"].symbols[0]
    ask = ["generate", str(run), "--label", f"{label}=300", "-o"]
    for name, more in (("a", []), ("b", ["--guidance", "0"]), ("c", ["--guidance", "2"])):
        main([*ask, str(tmp_path / f"{name}.fasta"), *more])
    own, none, strong = (sp.read(tmp_path / f"{name}.fasta")["visible"] for name in "abc")
    np.testing.assert_array_equal(own, none)
    assert (own != strong).any()
    holes = str(tmp_path / "a.fasta")
    for command in (
        [*ask, str(tmp_path / "d.fasta"), "--equilibrium"],
        ["complete", str(run), holes, "--most-probable", "-o", str(tmp_path / "d.fasta")],
    ):
        with pytest.raises(SystemExit):
            main([*command, "--guidance", "1"])
        assert "spinodal: --guidance is of " in capsys.readouterr().err
        assert not (tmp_path / "d.fasta").exists()
