"""A training that is killed, at any moment and as often as you like, ends with the same bits as one that was not."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time

import pytest

import spinodal as sp
from spinodal.cli.main import main
from spinodal.runs.archive import Run

from ..toys import bits, files

MOTIFS = {"alpha": "ACGUACGU" * 6, "beta": "UUGGCCAA" * 6, "gamma": "GGGAAACC" * 6}
SETTINGS = ["--hidden", "64", "--batch", "100", "--steps", "10", "--lr", "0.05"]
KILLS, UPDATES = 20, 2000


def command(folder, out, updates):
    code = "from spinodal.cli.main import main; main()"
    data = ["train", folder / "family.fasta", "--labels", folder / "family.csv", "--label", "family"]
    return [sys.executable, "-c", code, *data, *SETTINGS, "--updates", str(updates), "--out", out, "--resume"]


def finish(folder, out, updates):
    """Train to the end."""
    subprocess.run(command(folder, out, updates), check=True, capture_output=True)
    return Run.open(out)


def kill(folder, out, updates, after):
    """Train, and be killed after so many seconds."""
    child = subprocess.Popen(command(folder, out, updates), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(after)
    child.send_signal(signal.SIGKILL)
    child.wait()


def check_usable(out, made):
    """A run that was killed loads and generates by the name of a label. True where there is one yet."""
    if not out.exists():
        return False
    main(["generate", str(out), "--label", "beta=3", "-o", str(made)])
    assert sp.read(made).texts("label").tolist() == ["beta"] * 3
    return True


def rows(run):
    return [{k: v for k, v in row.items() if k != "seconds"} for row in run.log()]


@pytest.mark.claim
def test_killed_trainings_end_with_the_same_bits(tmp_path):
    folder, chance = files(tmp_path, n=600, motifs=MOTIFS), random.Random(KILLS)
    whole = finish(folder, tmp_path / "whole", UPDATES)
    places, met = [tmp_path / "run0"], []
    for _ in range(KILLS):
        kill(folder, places[-1], UPDATES, chance.uniform(0, 14.0))
        met.append(Run.open(places[-1]).ages[-1] if check_usable(places[-1], tmp_path / "made.fasta") else None)
        if met[-1] == UPDATES:
            places.append(tmp_path / f"run{len(places)}")
    print(f"\nkilled with these ages on disk: {met}")
    for place in places:
        run = finish(folder, place, UPDATES)
        assert bits(run) == bits(whole)
        assert rows(run) == rows(whole)
