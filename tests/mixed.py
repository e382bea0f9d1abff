"""Mixed tables of one law: cells, and their datasets."""

from __future__ import annotations

import numpy as np

from spinodal.data.schema import Choice, Real, Schema

LABELS = ("ill", "well", "worse")
AGES, SICK, COLORS = (55.0, 30.0, 70.0), (0.6, 0.1, 0.9), ((0.1, 0.8, 0.1), (0.8, 0.1, 0.1), (0.1, 0.1, 0.8))
SCHEMA = Schema(
    (
        Choice("color", ("blue", "green", "red")),
        Real("age", 50.0, 18.0, 0),
        Choice("sick", ("no", "yes"), "binary"),
        Real("weight", 70.0, 9.0, 1),
        Choice("rooms", ("1", "2", "3", "4")),
    ),
    names="id",
    order=("id", "color", "age", "sick", "weight", "rooms", "state"),
)


def cells(n=300, seed=0, holes=0.0):
    """Columns of text: the label decides how old and sick one is, and the color; the weight goes with age and rooms."""
    random = np.random.default_rng(seed)
    label = random.integers(3, size=n)
    age = (np.array(AGES)[label] + 6 * random.normal(size=n)).round()
    rooms = random.integers(1, 5, size=n)
    columns = {
        "id": [f"p{i}" for i in range(n)],
        "color": np.array(["blue", "green", "red"])[[random.choice(3, p=COLORS[k]) for k in label]],
        "age": age.astype(int),
        "sick": np.where(random.random(n) < np.array(SICK)[label], "yes", "no"),
        "weight": (40 + 0.4 * age + 3 * rooms + 2 * random.normal(size=n)).round(1),
        "rooms": rooms,
        "state": np.array(LABELS)[label],
    }
    text = {name: np.array(x).astype(str) for name, x in columns.items()}
    known = {name: random.random(n) >= holes for name in text if name not in ("id", "state")}
    empty = random.choice(["", "NA", "?"], n)
    return {name: np.where(known[name], x, empty) if name in known else x for name, x in text.items()}


def write_cells(path, columns, delimiter=","):
    """The columns as a file."""
    lines = [delimiter.join(columns), *(delimiter.join(row) for row in zip(*columns.values()))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
