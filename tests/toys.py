"""What tests of the outer half share: a family of sequences with labels, its files, and quick trainings on it."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

import spinodal as sp
from spinodal.data.alphabet import RNA
from spinodal.data.dataset import Dataset, numbered_names
from spinodal.files.labels import to_label_layers
from spinodal.files.levels import from_levels
from spinodal.files.table import write_rows
from spinodal.runs.archive import Run
from spinodal.runs.settings import Settings
from spinodal.runs.training import train

MOTIFS = {"alpha": "ACGUACGU", "beta": "UUGGCCAA", "gamma": "GGGAAACC"}
PLAIN = {"balance": 0.0, "label_weight": 1.0, "averaging": 0.0, "curvature_limit": 0.0, "stop_on": "",
         "guidance": 0.0}  # fmt: skip
"""Rows as they are, until the end, of which the last parameters count."""

QUICK = {"hidden": 5, "batch": 20, "steps": 3, "lr": 0.1, "updates": 24} | PLAIN
CHAOS = {"machine": "chaotic", "hidden": 6, "batch": 20, "lr": 0.1, "updates": 12}
"""As quick a training of a chaotic machine."""
AGES = [0, 10, 15, 22, 24]
"""What a quick training keeps."""


def rows(n=60, seed=0, known=1.0, motifs=MOTIFS):
    """Names, sequences and labels, as text: a family's motif with one letter in ten at random."""
    random, names = np.random.default_rng(seed), list(motifs)
    found = []
    for i in range(n):
        label = names[i % len(names)]
        sequence = [str(random.choice(list("ACGU-"))) if random.random() < 0.1 else c for c in motifs[label]]
        table = {"family": label if random.random() < known else "", "host": ["fly", "yeast"][i // 3 % 2]}
        row = {"name": f"s{i:03d}", "sequence": "".join(sequence), **table}
        found.append(row | {"split": "test" if i % 5 == 4 else "train"})
    return found


def dataset(*labels, **how):
    """The rows as a dataset, with these columns as labels."""
    found = rows(**how)
    columns = {k: np.array([row[k] for row in found]) for k in found[0]}
    visible = RNA.encode(columns.pop("sequence"))
    return to_label_layers(Dataset({"visible": visible}, {"visible": RNA}, columns.pop("name"), columns), labels)


def files(folder: Path, **how):
    """family.fasta, family.csv with the labels, and both in one as table.csv."""
    found = rows(**how)
    text = "".join(f">{row['name']}\n{row['sequence']}\n" for row in found)
    (folder / "family.fasta").write_text(text)
    write_rows(folder / "family.csv", [{k: v for k, v in row.items() if k != "sequence"} for row in found])
    write_rows(folder / "table.csv", found)
    return folder


def trained(out: Path, data=None, resume=False, **settings):
    """A quick run."""
    data = dataset("family") if data is None else data
    *_, last = train(*data.split("split"), out, Settings(**QUICK | settings), resume=resume)
    assert last.age == (QUICK | settings)["updates"]
    return Run.open(out)


def gray(*labels, n=50, size=(3, 4)):
    """Images of two kinds, light to the left or to the right, as numbers from -1 to 1; the first pixel is black."""
    levels, kinds = images(n, size)
    columns, alphabets = {"visible": from_levels(levels.reshape(n, -1))}, {}
    notes, table = {"format": "idx", "image": list(size)}, {"label": kinds.astype(str)}
    return to_label_layers(Dataset(columns, alphabets, numbered_names(n, "i"), table, notes=notes), labels)


def images(n=50, size=(3, 4)):
    """Their bytes, and which kind each is."""
    random, kinds = np.random.default_rng(5), np.arange(n) % 2
    ramp = np.linspace(40, 215, size[1])
    levels = np.where(kinds[:, None], ramp, ramp[::-1])[:, None] + random.integers(-40, 41, (n, *size))
    levels[:, 0, 0] = 0
    return levels.astype(np.uint8), kinds


def image_file(path: Path, n=50):
    """An idx file of the images, with labels beside. Its path."""
    levels, kinds = images(n)
    path.write_bytes(bytes([0, 0, 8, 3]) + struct.pack(">3I", *levels.shape) + levels.tobytes())
    head = bytes([0, 0, 8, 1]) + struct.pack(">I", n)
    path.with_suffix(".labels.idx").write_bytes(head + kinds.astype(np.uint8).tobytes())
    return path


def chaotic_run(out: Path, data=None, **settings):
    """A quick run of a chaotic machine, on gray images."""
    *_, last = train(*(gray() if data is None else data).split(0.8), out, Settings(**CHAOS | settings))
    assert last.age == (CHAOS | settings)["updates"]
    return Run.open(out)


def bits(run: Run):
    """The bytes of every saved age, and of all there is to go on from."""
    return {age: run._file_of(age).read_bytes() for age in run.ages}


def same_bits(one: sp.Network, other: sp.Network):
    """Whether two machines have the same parameters and frozen couplings."""
    a, b = one.state_dict(), other.state_dict()
    return a.keys() == b.keys() and all(a[k].dtype == b[k].dtype and a[k].equal(b[k]) for k in a)
