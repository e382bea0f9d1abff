"""PLINK's .bed: genotypes of individuals, 0, 1 or 2 of an allele, with the .bim and the .fam beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from ..data.alphabet import BINARY, UNKNOWN, Alphabet, numerals
from ..data.dataset import Dataset, concatenate
from ..errors import FormatError
from . import people, table
from .atomic import atomic_path
from .companions import companion_paths, read_labels_beside, write_labels_beside
from .extras import import_extra
from .letters import check_alphabet, check_requested
from .opened import text
from .sites import Sites

GENOTYPE = Alphabet(numerals(3), "GENOTYPE")
"""How often an individual has the allele A1."""
PERSON = {"family": "0", "father": "0", "mother": "0", "sex": "0", "phenotype": "-9"}
"""The columns of a .fam beside the name, and what they say where nothing is known."""

_MAGIC = b"\x6c\x1b"  # and 1 where sites follow each other
_FIELDS = 6  # of a line of .bim and .fam
_MISSING = -127  # as bed-reader has it


def read(path: Path, alphabet: Alphabet | None = None, unknown: str | None = None) -> Dataset:
    """Rows are individuals; a letter "0", "1", "2" counts the allele A1, the fifth field of the .bim, -1 unknown.

    Names are those of individuals (the second field of the .fam); family, father, mother, sex and phenotype are in the
    table, with labels that `write` put beside. Sites are in the notes (`Sites`; A1 is "alternative", A2 "reference"),
    with "centimorgans". PLINK 1.9 makes the rarer allele A1, unless it is told --keep-allele-order.

    Raises FormatError for files that are broken, or don't fit each other; ValueError for other alphabets, and where
    bed-reader isn't installed.
    """
    check_requested(alphabet, GENOTYPE, "genotypes are 0, 1 and 2")
    bim, fam = (_fields(companion_paths(path, suffix)[0]) for suffix in (".bim", ".fam"))
    _check_size(path, len(fam), len(bim))
    reader = import_extra("bed_reader", "bed-reader", "popgen", "a .bed")
    with reader.open_bed(path, iid_count=len(fam), sid_count=len(bim)) as opened:
        letters = opened.read(dtype="int8", order="C")
    letters[letters == _MISSING] = UNKNOWN
    family, names, *rest = (np.array(column) for column in zip(*fam))
    person = dict(zip(PERSON, [family, *rest], strict=True))
    person |= people.blank_missing(
        companion_paths(path, ".fam")[0], {name: person[name] for name in ("sex", "phenotype")}
    )
    notes = {"format": "bed", **_sites(path, bim).notes, "centimorgans": [line[2] for line in bim]}
    known = {**person, **read_labels_beside(path, names)}
    return Dataset({"visible": letters}, {"visible": GENOTYPE}, names, known, notes=notes)


def write(parts: Iterable[Dataset], path: Path) -> None:
    """.bed, .bim and .fam; labels and the rest of the table beside, as NAME.labels.csv.

    What neither labels nor the table say of a person is 0, the phenotype -9; sites are those of the notes, by
    `Sites.of`. A .bed has site after site, so the parts are joined first. Raises ValueError for data that aren't
    genotypes (haplotypes are written to .vcf, of which PLINK makes a .bed), for names that a .fam can't have, and where
    bed-reader isn't installed.
    """
    data = concatenate(list(parts))
    if data.alphabets.get("visible") == BINARY:
        raise ValueError(
            "a .bed holds genotypes of 0, 1 and 2; write haplotypes to .vcf, of which plink --vcf makes one"
        )
    check_alphabet(data, GENOTYPE, "a .bed holds genotypes of 0, 1 and 2")
    if path.suffix.lower() != ".bed":
        raise ValueError(f"a .bed is not packed: {path.name} should end in .bed")
    reader = import_extra("bed_reader", "bed-reader", "popgen", "a .bed")
    lines = {".bim": list(_bim(data)), ".fam": list(_fam(data))}
    letters = np.where(data["visible"] == UNKNOWN, _MISSING, data["visible"]).astype(np.int8)
    with ExitStack() as files:
        made = [
            files.enter_context(atomic_path(file))
            for file in (path, *(companion_paths(path, kind)[0] for kind in lines))
        ]
        reader.to_bed(made[0], letters, bim_filepath=made[1], fam_filepath=made[2])
        for file, rows in zip(made[1:], lines.values()):
            file.write_bytes("".join(f"{row}\n" for row in rows).encode())  # those of bed-reader say nothing
        known = {name: column for name, column in table.extra_columns(data).items() if name not in PERSON}
        files.enter_context(write_labels_beside(path))(data.names, known)


def _fields(path: Path) -> list[list[str]]:
    """The lines of a .bim or a .fam, each of six fields."""
    if not path.exists():
        raise FormatError(f"there is no {path}: a .bed needs its .bim and its .fam beside it.")
    lines = [line.split() for line in text(path).splitlines()]
    bad = next((number for number, line in enumerate(lines, 1) if len(line) != _FIELDS), None)
    if bad is not None or not lines:
        raise FormatError(f"{path}: line {bad or 1} doesn't have {_FIELDS} fields.")
    return lines


def _check_size(path: Path, rows: int, sites: int) -> None:
    """Raises FormatError for a file that is no .bed of so many individuals and sites."""
    with path.open("rb") as raw:
        start = raw.read(3)
    if start[:2] != _MAGIC or len(start) < 3:
        raise FormatError(f"{path} is not a .bed of PLINK: it doesn't begin with its mark. (It is not packed, either.)")
    if start[2] != 1:
        raise FormatError(f"{path} has individual after individual, as old ones do: plink --make-bed turns it round.")
    expected, found = 3 + sites * -(-rows // 4), path.stat().st_size
    if found != expected:
        raise FormatError(f"{path} has {found} bytes; {rows} individuals in the .fam and {sites} sites in the .bim "
                          f"make {expected}. Fetch or make it again.")  # fmt: skip


def _sites(path: Path, bim: Sequence[Sequence[str]]) -> Sites:
    chromosome, name, _, position, counted, other = (list(column) for column in zip(*bim))
    bad = next((number for number, at in enumerate(position, 1) if not re.fullmatch(r"-?[0-9]{1,10}", at)), None)
    if bad is not None:
        raise FormatError(f'line {bad} of the .bim of {path} has the position "{position[bad - 1]}".')
    return Sites(chromosome, [int(at) for at in position], name, other, counted)


def _bim(data: Dataset) -> Iterator[str]:
    """The lines of a .bim."""
    sites = Sites.of(data)
    distances = data.notes.get("centimorgans", ["0"] * len(sites))
    named = zip(sites.chromosome, sites.id, distances, sites.position, sites.alternative, sites.reference)
    return ("\t".join(map(str, line)) for line in named)


def _fam(data: Dataset) -> Iterator[str]:
    """The lines of a .fam; ValueError for words that can't stand there."""
    layers = {
        name: layer for layer in data.labels for name in (data.alphabets[layer].name, layer.removeprefix("label:"))
    }
    labels = {name: data.texts(layers[name]) for name in PERSON if name in layers}
    said = {name: labels.get(name, data.table.get(name, np.full(len(data), ""))) for name in PERSON}
    family, *rest = (np.where(said[name] == "", nothing, said[name]) for name, nothing in PERSON.items())
    lines = list(zip(family.tolist(), data.names.tolist(), *(column.tolist() for column in rest)))
    bad = next((word for line in lines for word in line if not re.fullmatch(r"[^\s\0]+", word)), None)
    if bad is not None:
        raise ValueError(f"a .fam has words without spaces, unlike {bad!r}: rename the rows, or mend the table")
    if len({line[:2] for line in lines}) < len(lines):
        raise ValueError("some individuals have the same family and name: rename them")
    return map(" ".join, lines)  # as PLINK has it; a .bim has tabs
