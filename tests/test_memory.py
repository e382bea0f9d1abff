from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import spinodal as sp
from spinodal.data.alphabet import PROTEIN
from spinodal.data.dataset import Dataset, label_column, numbered_names
from spinodal.machines.protocols import BY_NAME, FEF
from spinodal.runs import building
from spinodal.runs.memory import Shapes, kept, loading, resident, stages
from spinodal.runs.settings import Settings

from .toys import dataset

HERE = Shapes(letters=101, seen=2105, hidden=300, couplings=2105 * 300, frozen=900)


def sequences(folder, n, sites):
    """A file of random proteins with labels."""
    random = np.random.default_rng(0)
    label, names = label_column(random.choice(["a", "b"], n))
    columns = {"visible": random.integers(0, 21, (n, sites)).astype(np.int8), "label": label}
    sp.write(Dataset(columns, {"visible": PROTEIN, "label": names}, numbered_names(n)), folder / "proteins.fasta")
    return folder / "proteins.fasta"


def process(*tokens):
    """What a command prints in a process of its own, and the most memory that it had."""
    script = "import sys; from spinodal.cli.main import main; main(sys.argv[1:]); " \
             "from spinodal.runs.memory import resident; print(resident()[1])"  # fmt: skip
    tokens = [sys.executable, "-c", script, *map(str, tokens)]
    done = subprocess.run(tokens, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[:-1], int(done.stdout.splitlines()[-1])


@pytest.mark.platform
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is measured on Linux")
def test_what_is_announced_is_what_is_measured(tmp_path):
    what = [sequences(tmp_path, 1500, 300), "--hidden", 800, "--batch", 400]
    (said,), _ = process("inspect", *what, "--json")
    announced = json.loads(said)["training"]["memory_mb"]["peak"]
    _, measured = process("train", *what, "--updates", 2, "--out", tmp_path / "run")
    assert announced == pytest.approx(measured / 1e6, rel=0.2)


@pytest.mark.parametrize("protocol", BY_NAME)
@pytest.mark.parametrize(
    "more", [{"hidden": 400}, {"seen": 3000}, {"letters": 200}, {"batch": 70}, {"test": 90}, {"frozen": 10**6}]
)
def test_more_of_anything_needs_no_less(protocol, more):
    def need(batch=50, test=60, **shapes):
        between, passing = stages(replace(HERE, **shapes), BY_NAME[protocol], batch, test, 1000)
        return [sum(between), *map(sum, passing.values())]

    one, other = need(), need(**more)
    assert all(x <= y for x, y in zip(one, other))
    assert other != one


@pytest.mark.parametrize(
    "settings",
    [{"hidden": 7}, *({"machine": "chaotic", "hidden": hidden} for hidden in (0, 7, [7, 5]))],
    ids=str,
)
def test_parameters_are_those_of_the_machine(settings):
    data = dataset("family", "host")
    full = Settings(**settings).resolve(data)
    machine, shapes = building.build(full, data.units), Shapes.of(data, full)
    assert shapes.parameters == sum(x.numel() for x in machine.parameters())
    assert shapes.frozen == sum(x.numel() for x in machine.buffers())


def test_letters_are_as_many_as_the_columns_of_data():
    data = dataset("family", "host")
    shapes = Shapes.of(data, Settings(hidden=7).resolve(data))
    assert shapes.letters == sum(column.shape[1] for column in data.columns.values())


def test_what_a_dataset_keeps():
    data = dataset("family")
    more = data.reweighted(0.8)
    assert kept(more) == kept(data) + 8 * len(data)
    assert kept(data.select(slice(30))) * 2 == kept(data)


def test_code_is_loaded_once():
    data = dataset("family")
    loading(data, FEF)
    assert loading(data, FEF) < 20e6
    assert loading(data.select([0]).hide("visible", fraction=0.5), FEF) < 20e6


def test_memory_is_known_anywhere(monkeypatch):
    now, most = resident()
    assert 0 < now <= most
    monkeypatch.setattr(Path, "read_text", lambda self: "")
    assert resident()[0] == resident()[1] > 0
