"""PLINK: genotypes of individuals (0, 1 or 2 copies of an allele) in a .bed, with .bim and .fam beside it."""

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
"""The number of copies of the allele A1."""
PERSON = {"family": "0", "father": "0", "mother": "0", "sex": "0", "phenotype": "-9"}
"""The columns of a .fam other than the name, and their values for unknown."""

_MAGIC = b"\x6c\x1b"  # followed by 1 if the order is by sites
_FIELDS = 6  # of a line of .bim and .fam
_MISSING = -127  # the value of bed-reader for unknown


def read(path: Path, alphabet: Alphabet | None = None, unknown: str | None = None) -> Dataset:
    """Individuals as rows. The letters 0, 1, 2 count the allele A1 (the fifth field of the .bim); -1 is unknown.

    Names are the second field of the .fam. Family, father, mother, sex and phenotype are in the table, with the columns
    of the label file that `write` puts beside. Sites are in the notes (`Sites`; A1 is "alternative", A2 "reference"),
    with "centimorgans". PLINK 1.9 makes the rarer allele A1, unless it is run with --keep-allele-order.

    Raises FormatError for files that are broken or don't fit together; ValueError for other alphabets, and if
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
    """Write .bed, .bim and .fam; labels and the other columns of the table go into NAME.labels.csv.

    Unknown columns of an individual are 0, the phenotype -9. Sites are those of `Sites.of`. A .bed is stored by site,
    so the parts are concatenated first. Raises ValueError for data that aren't genotypes (write haplotypes to .vcf,
    which PLINK converts to .bed), for names that a .fam can't have, and if bed-reader isn't installed.
    """
    data = concatenate(list(parts))
    if data.alphabets.get("visible") == BINARY:
        raise ValueError(
            "a .bed holds genotypes of 0, 1 and 2; write haplotypes to .vcf, which plink --vcf converts to .bed"
        )
    check_alphabet(data, GENOTYPE, "a .bed holds genotypes of 0, 1 and 2")
    if path.suffix.lower() != ".bed":
        raise ValueError(f"a .bed can't be packed: {path.name} must end in .bed")
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
            file.write_bytes(
                "".join(f"{row}\n" for row in rows).encode()
            )  # instead of the files of bed-reader, which lack this information
        known = {name: column for name, column in table.extra_columns(data).items() if name not in PERSON}
        files.enter_context(write_labels_beside(path))(data.names, known)


def _fields(path: Path) -> list[list[str]]:
    """The lines of a .bim or a .fam, with six fields each."""
    if not path.exists():
        raise FormatError(f"there is no {path}: a .bed needs a .bim and a .fam beside it.")
    lines = [line.split() for line in text(path).splitlines()]
    bad = next((number for number, line in enumerate(lines, 1) if len(line) != _FIELDS), None)
    if bad is not None or not lines:
        raise FormatError(f"{path}: line {bad or 1} doesn't have {_FIELDS} fields.")
    return lines


def _check_size(path: Path, rows: int, sites: int) -> None:
    """Raises FormatError for a file that is not a .bed of this many individuals and sites."""
    with path.open("rb") as raw:
        start = raw.read(3)
    if start[:2] != _MAGIC or len(start) < 3:
        raise FormatError(f"{path} is not a .bed of PLINK: its first bytes are wrong. (A .bed is never packed.)")
    if start[2] != 1:
        raise FormatError(f"{path} is stored by individual, as old files are: convert it with plink --make-bed.")
    expected, found = 3 + sites * -(-rows // 4), path.stat().st_size
    if found != expected:
        raise FormatError(f"{path} has {found} bytes, but {rows} individuals in the .fam and {sites} sites in the .bim "
                          f"need {expected}. Download or make it again.")  # fmt: skip


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
    """The lines of a .fam. Raises ValueError for words that it can't hold."""
    layers = {
        name: layer for layer in data.labels for name in (data.alphabets[layer].name, layer.removeprefix("label:"))
    }
    labels = {name: data.texts(layers[name]) for name in PERSON if name in layers}
    said = {name: labels.get(name, data.table.get(name, np.full(len(data), ""))) for name in PERSON}
    family, *rest = (np.where(said[name] == "", nothing, said[name]) for name, nothing in PERSON.items())
    lines = list(zip(family.tolist(), data.names.tolist(), *(column.tolist() for column in rest)))
    bad = next((word for line in lines for word in line if not re.fullmatch(r"[^\s\0]+", word)), None)
    if bad is not None:
        raise ValueError(
            f"a .fam can't hold {bad!r}, since it has a space or is empty: rename the rows, or correct the table"
        )
    if len({line[:2] for line in lines}) < len(lines):
        raise ValueError("several individuals have the same family and name: rename them")
    return map(" ".join, lines)  # separated by spaces, as PLINK writes it; a .bim has tabs
