"""Ranges: every number that a command or a function takes, given all that can't be meant."""

from __future__ import annotations

import inspect
import typing
from dataclasses import is_dataclass

import numpy as np
import pytest
import torch

import spinodal as sp
from spinodal import evaluation, ranges, room, scores, tasks
from spinodal.cli import main, options
from spinodal.data.alphabet import BINARY
from spinodal.data.dataset import Dataset
from spinodal.evaluation.quick_scores import quick_scores
from spinodal.runs import sources
from spinodal.runs.settings import Settings, Source

NAN, INF = float("nan"), float("inf")
NO_NUMBERS = ["nan", "inf", "-inf", "x", "True", "1e400", "", "1,5", "٣x"]
NO_INTEGERS = [*NO_NUMBERS, "1.5", "1e23", "2.0", str(10**25), str(-(10**25))]

FREE = {"seed": {"-1", "0"}, "age": {"0"}, "intervals": {"0"}, "gain": {"0"}, "momentum": {"0"}, "hide": {"0"},
        "balance": {"0"}, "averaging": {"0"}, "curvature_limit": {"0"}, "at_least": {"0"}, "sure": {"0"},
        "first": {"-1", "0"}, "guidance": {"0"}, "threshold": {"0"}}  # fmt: skip
"""Of -1, 0 and 1, what may be meant."""
ABOVE = {
    "balance": "1.5",
    "at_least": "1.5",
    "sure": "1.5",
    "momentum": "1",
    "hide": "1",
    "reweight": "1.5",
    "rate": "1.5",
}


# -- the command line ---------------------------------------------------------------------------


def numeric(kind):
    """int or float, where a type is one or a list of them; None where it is another."""
    kinds = {int, float}
    while kind not in kinds:
        inner = [k for k in typing.get_args(kind) if k is not type(None) and not hasattr(k, "converter")]
        if not inner:
            return None
        kind = inner[0]
    return kind


def numbers_of(function):
    """The numeric options of a command, and their types."""
    hints = typing.get_type_hints(function, include_extras=True)
    for name in inspect.signature(function).parameters:
        if is_dataclass(hints[name]):
            yield from numbers_of(hints[name])
        elif kind := numeric(hints[name]):
            yield name, kind


COMMANDS = {
    "train": ["DATA", "--out", "RUN"],
    "tune": ["DATA", "--out", "SWEEP"],
    "inspect": ["DATA"],
    "generate": ["RUN", "--out", "-"],
    "predict": ["RUN", "DATA"],
    "complete": ["RUN", "DATA", "--out", "-"],
    "score": ["RUN"],
    "export": ["RUN", "--out", "model"],
    "report": ["RUN", "--out", "page.html"],
    "figures": ["RUN", "--out", "pictures"],
    "sites": ["RUN", "--out", "sites.csv"],
    "contacts": ["RUN", "--out", "contacts.csv"],
    "scan": ["RUN", "DATA", "--out", "scan.csv"],
    "likelihood": ["RUN", "DATA", "--out", "table.csv"],
    "convert": ["RUN", "--to", "rbms", "--out", "theirs.h5"],
    "import": ["FILE", "--out", "run"],
    "ui": ["RUN"],
    "locate": ["RUN", "DATA"],
}
"""Commands that take numbers, on files that are not there: so a number is refused before anything is read."""


def function_of(command):
    return main.app[command].default_command


def bad(name, kind):
    """What is no value of an option."""
    small = {"-1", "0"} - FREE.get(name, set())
    return [*(NO_INTEGERS if kind is int else NO_NUMBERS), *sorted(small), *([ABOVE[name]] if name in ABOVE else [])]


OPTIONS = [(c, name, kind) for c in COMMANDS for name, kind in numbers_of(function_of(c))]
TRAINED = {name for name, _ in numbers_of(function_of("train"))}
TRIED = [(c, name, kind) for c, name, kind in OPTIONS if c not in ("inspect", "tune") or name not in TRAINED]
"""`inspect` and `tune` have the settings of `train`, which are one class."""


def test_all_commands_that_take_numbers_are_here():
    takers = {c for c in main.app if not c.startswith("-") and list(numbers_of(function_of(c)))}
    assert takers == set(COMMANDS)
    assert {"n", "steps", "seed", "hidden", "lr", "rows", "sets", "intervals"} <= {name for _, name, _ in OPTIONS}


@pytest.mark.parametrize(("command", "name", "kind"), TRIED, ids=lambda x: str(getattr(x, "__name__", x)))
def test_a_number_that_is_none_is_refused_in_a_line_before_anything_is_read(
    command, name, kind, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    for text in bad(name, kind):
        more = ["--machine", "chaotic"] if name in ("gain", "rate") else []
        with pytest.raises(SystemExit) as end:
            main.main([command, *COMMANDS[command], f"{'-' if len(name) == 1 else '--'}{name}={text}", *more])
        told = capsys.readouterr()
        assert end.value.code in (1, 2), text
        assert told.err.count("\n") == 1, told.err
        assert told.out == ""
        assert name in told.err.replace("says how many", "n"), (text, told.err)
        assert "RUN" not in told.err, (text, told.err)
        assert "DATA" not in told.err, (text, told.err)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    "text", ["fish=0", "fish=-1", "fish=1.5", "fish=1e23", "fish=", "fish=²", f"fish={'1' * 5000}"]
)
def test_a_count_of_a_label_is_a_whole_number(text):
    with pytest.raises(ValueError, match="is not NAME=COUNT with a count of 1 or more"):
        options.counts([text])


@pytest.mark.parametrize("text", ["0", "1.5", "nan", "1e3", "-1", str(2**31), "1" * 5000, ""])
def test_times_are_whole_numbers(text):
    assert options.times(text) == [] if not text else True
    if text:
        with pytest.raises(ValueError, match="--times takes steps like"):
            options.times(text)


@pytest.mark.parametrize("split", ["0", "1", "1.5", "-0.5", 0.0, 1])
def test_a_split_is_a_fraction(split):
    with pytest.raises(ValueError, match="split"):
        sources.divide(data(), Source(split=split))


# -- functions ----------------------------------------------------------------------------------

NO_WHOLE = [1.5, 1.0, NAN, INF, "5", True, None, (1, "x"), 1e23, 10**25, -(10**25)]
NO_REAL = [NAN, INF, -INF, "0.5", True, [0.5], 1j]


def machine():
    return sp.rbm(sp.Bernoulli(3), visible=sp.Bernoulli(4), label=sp.Potts(1, 2, symbols=("a", "b")))


def trained():
    made = machine()
    next(sp.fit(made, data().batches(4), steps=2))
    return made


def chaotic():
    made = sp.chaotic(gain=1.5, rate=0.3, visible=sp.Spin(4))
    next(sp.fit(made, [{"visible": torch.ones(2, 4)}], sp.RDM, steps=2))
    return made


def data():
    label = np.arange(8, dtype=np.int8)[:, None] % 2
    bits = (np.arange(32).reshape(8, 4) // 3 % 2).astype(np.int8)
    alphabets = {"visible": BINARY, "label": sp.Alphabet(("a", "b"), "label")}
    return Dataset({"visible": bits, "label": label}, alphabets, np.array([f"r{i}" for i in range(8)]))


def first(made):
    return next(iter(made))


def checked(units, **said):
    """What units say of their sizes, without the types that tests are checked by."""
    for name, value in said.items():
        object.__setattr__(units, name, value)
    units.__post_init__()
    return units


def fitted(**how):
    return first(sp.fit(machine(), data().batches(4), **{"steps": 2} | how))


WHOLE = {
    "size": lambda x: checked(sp.Bernoulli(3), size=x),
    "size ": lambda x: checked(sp.Gaussian(3), size=x),
    "sites": lambda x: checked(sp.Potts(2, 2), sites=x),
    "colors": lambda x: checked(sp.Potts(2, 2), colors=x),
    "states": lambda x: checked(sp.Potts(1, 3), states=(x,)),
    "fit steps": lambda x: fitted(steps=x),
    "one chain": lambda x: sp.run(machine(), n=x, steps=2),
    "times": lambda x: first(sp.trajectory(machine(), 2, [x])),
    "say how many": lambda x: sp.generate(trained(), n=x),
    "steps": lambda x: sp.generate(trained(), n=1, steps=x),
    "how many": lambda x: sp.complete(trained(), data(), n=x),
    "how many ": lambda x: sp.completions(trained(), data(), n=x),
    "how many  ": lambda x: sp.impute(trained(), data(), n=x),
    "n": lambda x: sp.predict(trained(), data(), n=x),
    "n ": lambda x: data().like("a", n=x),
    "batch": lambda x: data().batches(x),
    "one exponent": lambda x: sp.lyapunov(chaotic(), count=x, steps=10),
    "10 steps": lambda x: sp.lyapunov(chaotic(), steps=x),
    "rows ": lambda x: quick_scores(trained(), data(), data(), rows=x),
    "one set": lambda x: quick_scores(trained(), data(), data(), sets=x),
    "one set ": lambda x: evaluation.evaluate(trained(), data(), data(), sets=x),
    "rows": lambda x: evaluation.evaluate(trained(), data(), data(), rows=x),
    "sample": lambda x: sources.divide(data(), Source(sample=x)),
    "updates": lambda x: Settings(updates=x).with_defaults(),
    "setting steps": lambda x: Settings(steps=x).with_defaults(),
    "hidden": lambda x: Settings(hidden=x).with_defaults(),
    "setting batch": lambda x: Settings(batch=x).with_defaults(),
}
"""What takes integers from 1 on, by a word of what is said of others."""

NOT_GIVEN = {"sample", "updates", "setting steps", "hidden", "setting batch", "settings"}
MEANT = {("times", 0), ("steps", None), *((name, None) for name in NOT_GIVEN)}

FROM_0 = {
    "age": lambda x: sp.save(machine(), "nowhere", age=x),
    "warm": lambda x: sp.lyapunov(chaotic(), steps=10, warm=x),
    "intervals": lambda x: evaluation.evaluate(trained(), data(), data(), intervals=x),
    "start": lambda x: data().batches(4, start=x),
}

SEEDED = {
    "run": lambda x: sp.run(machine(), 2, 2, seed=x),
    "rbm": lambda x: sp.rbm(sp.Bernoulli(2), visible=sp.Bernoulli(2), seed=x),
    "fit": lambda x: fitted(seed=x),
    "generate": lambda x: sp.generate(trained(), n=1, seed=x),
    "batches": lambda x: first(data().batches(4, seed=x)),
    "split": lambda x: data().split(0.5, seed=x),
    "hide": lambda x: data().hide("visible", fraction=0.5, seed=x),
    "settings": lambda x: Settings(seed=x).with_defaults(),
}

REAL = {
    "lr": (lambda x: fitted(lr=x), [0, -1]),
    "l1": (lambda x: fitted(l1=x), [-1]),
    "l2": (lambda x: fitted(l2=x), [-1]),
    "rate": (lambda x: sp.chaotic(gain=1.0, rate=x, visible=sp.Spin(2)), [0, -1, 1.5]),
    "gain": (lambda x: sp.chaotic(gain=x, rate=0.5, visible=sp.Spin(2)), [-1]),
    "gain ": (lambda x: sp.gain_sweep(chaotic(), [x], steps=10), [-1]),
    "start_std": (lambda x: sp.chaotic(gain=1.0, rate=0.5, start_std=x, visible=sp.Spin(2)), [-1]),
    "std": (lambda x: sp.rbm(sp.Bernoulli(2), visible=sp.Bernoulli(2), std=x), [-1]),
    "fraction": (lambda x: data().hide("visible", fraction=x), [-1, 1.5]),
    "identity": (lambda x: data().reweighted(x), [-1, 1.5]),
    "near": (lambda x: sp.fixed_points(chaotic(), n=2, steps=2, near=x), [-1]),
    "reweight": (lambda x: sources.divide(data(), Source(reweight=x)), [0, -1, 1.5]),
    "setting lr": (lambda x: Settings(lr=x).with_defaults(), [0, -1]),
    "patience": (lambda x: Settings(stop_on="accuracy", patience=x).with_defaults(), [0, -1, 0.5]),
    "momentum": (lambda x: Settings(momentum=x).with_defaults(), [-1, 1]),
    "balance": (lambda x: Settings(balance=x).with_defaults(), [-1, 1.5]),
    "averaging": (lambda x: Settings(averaging=x).with_defaults(), [-1]),
    "curvature_limit": (lambda x: Settings(curvature_limit=x).with_defaults(), [-1]),
    "power": (lambda x: data().balanced(x), [-1, 1.5]),
    "label_weight": (lambda x: Settings(label_weight=x).with_defaults(), [0, -1]),
    "hide": (lambda x: Settings(hide=x).with_defaults(), [-1, 1]),
    "setting std": (lambda x: Settings(std=x).with_defaults(), [-1]),
}


BITS = (np.arange(60).reshape(12, 5) // 3 % 2).astype(np.int64)
CHANCES = torch.tensor([[0.5, 0.25, 0.25], [0.25, 0.5, 0.25]])

SCORES = {
    "n=": lambda x: scores.bootstrap(np.mean, x),
    "times=": lambda x: scores.bootstrap(np.mean, 5, times=x),
    "m is from 1 to 4": lambda x: scores.subsample(np.mean, 5, x),
    "bins": lambda x: scores.calibration(CHANCES, torch.tensor([0, 1]), x),
    "labels": lambda x: scores.confusion(torch.tensor([0, 1]), torch.tensor([0, 1]), x),
    "components": lambda x: scores.pca(BITS, x),
    "triplets": lambda x: scores.third_moment_error(*torch.tensor(BITS).float().split(6), x),
    "pitches": lambda x: scores.note_density(BITS, x),
}


@pytest.mark.parametrize("name", SCORES)
def test_scores_take_integers_from_1_on(name):
    for value in [*NO_WHOLE, 0, -1]:
        refused(SCORES[name], value, name)


@pytest.mark.parametrize("value", [*NO_REAL, -1, 1.5], ids=repr)
def test_shares_of_scores_are_from_0_to_1(value):
    refused(lambda x: scores.bootstrap(np.mean, 5, level=x), value, "level")
    refused(lambda x: scores.adversarial_accuracy(torch.eye(4), torch.eye(4), tie=x), value, "tie")


def refused(call, value, name):
    with pytest.raises(ValueError, match=name.removeprefix("setting ").removeprefix("fit ").strip()) as said:
        call(value)
    assert "\n" not in str(said.value)
    assert len(str(said.value)) < 250


@pytest.mark.parametrize("name", WHOLE)
def test_integers_are_from_1_on(name):
    for value in [*NO_WHOLE, 0, -1]:
        if (name, value) not in MEANT:
            refused(WHOLE[name], value, name)


@pytest.mark.parametrize("name", FROM_0)
def test_integers_are_from_0_on(name):
    for value in [*NO_WHOLE, -1]:
        refused(FROM_0[name], value, name)


@pytest.mark.parametrize("name", SEEDED)
def test_seeds_are_integers_of_64_bits(name):
    for value in NO_WHOLE:
        if (name, value) not in MEANT:
            refused(SEEDED[name], value, "seed")
    for value in (-1, 0, np.int64(3), 2**64 - 1):
        SEEDED[name](value)


@pytest.mark.parametrize("name", REAL)
def test_numbers_are_in_their_range(name):
    call, outside = REAL[name]
    for value in [*NO_REAL, *outside]:
        refused(call, value, name)


def test_there_are_as_many_exponents_as_free_units():
    assert len(sp.lyapunov(chaotic(), count=4, steps=10, warm=0).errors) == 4
    with pytest.raises(ValueError, match="count must be from 1 to 4, as there are 4 free units, not 5"):
        sp.lyapunov(chaotic(), count=5, steps=10)


@pytest.mark.parametrize("gains", [3, None, [], ["x"], [True], [NAN], [-1]], ids=repr)
def test_gains_are_numbers(gains):
    with pytest.raises(ValueError, match="gain_sweep takes one gain or more, numbers from 0 on"):
        sp.gain_sweep(chaotic(), gains, steps=10)


def test_a_layer_of_fixed_points_is_there():
    with pytest.raises(ValueError, match=r"there is no layer 'x'; the layers are \['visible'\]"):
        sp.fixed_points(chaotic(), n=2, steps=2, layer="x")


def test_numbers_of_numpy_are_numbers():
    assert ranges.integer("n", np.int64(3)) == 3
    assert type(checked(sp.Bernoulli(3), size=np.int64(3)).size) is int
    assert Settings(hidden=np.int64(3), lr=np.float32(0.5)).with_defaults().hidden == 3


# -- memory -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "ask",
    [
        lambda: sp.rbm(sp.Bernoulli(10**12), visible=sp.Bernoulli(10**3)),
        lambda: sp.run(machine(), n=2 * 10**9, steps=1),
        lambda: sp.generate(trained(), n=2 * 10**9),
        lambda: sp.complete(trained(), data(), n=10**8),
        lambda: sp.predict(trained(), data(), n=10**8),
        lambda: sp.impute(trained(), data(), n=10**8),
        lambda: tasks.asked(trained(), {"a": 10**9}),
    ],
)
def test_what_does_not_fit_is_said_with_what_it_takes_and_what_there_is(ask, monkeypatch):
    monkeypatch.setattr(room, "available", lambda: 10**9)
    with pytest.raises(MemoryError, match=r"not enough memory for .* takes .*B, and 1.0 GB are free: "):
        ask()


def test_memory_that_nobody_knows_is_not_asked_for(monkeypatch):
    monkeypatch.setattr(room, "available", lambda: None)
    room.check(10**30, "all", "nothing")


def test_this_machine_has_memory():
    assert 10**7 < (room.available() or 10**8) < 10**15


def test_completions_are_streamed_however_many(monkeypatch):
    monkeypatch.setattr(tasks, "BLOCK", 4)
    made = sp.completions(trained(), data(), n=10**8)
    assert len(first(made)) == 4
    with pytest.raises(ValueError, match="n must be at most 536870912 for 8 rows, not 1000000000"):
        sp.completions(trained(), data(), n=10**9)
