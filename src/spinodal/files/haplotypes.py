"""Haplotypes of 0 and 1: hapt (a line a haplotype), IMPUTE's hap and SHAPEIT's haps (a line a SNP)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..alphabet import BINARY, Alphabet
from ..dataset import Dataset, joined, numbered
from ..errors import FormatError
from . import table
from .companions import companions, labels_beside, labels_written
from .letters import asked, held
from .opened import inner_name, text
from .samples import halves
from .sites import Sites
from .whole import whole

_SITE_FIELDS = 5  # of a line of haps: chromosome, id, position, two alleles
_UNKNOWN = str.maketrans({".": "?", " ": None, "\t": None, "\r": None})


def read(path: Path, alphabet: Alphabet | None = None, unknown: str | None = None) -> Dataset:
    """0 and 1 of each haplotype at each SNP; "?", "." and "-9" are unknown.

    Names come from the lines of hapt, else from the .samples (or .sample) beside, two haplotypes a sample,
    NAME_A and NAME_B. The legend beside is kept in the notes: of the same name, else the only one with as many
    SNPs. Labels that `write` put beside are the table. Raises FormatError for lines of different lengths, other
    symbols, and where legend, samples or labels don't fit.
    """
    asked(alphabet, BINARY, "haplotypes are 0 and 1")
    suffix = Path(inner_name(path)).suffix.lower()
    lines = text(path).splitlines()
    dataset = _read_rows(path, lines, unknown) if suffix == ".hapt" else _read_sites(path, lines, suffix, unknown)
    notes = {**dataset.notes, **_legend(path, dataset["visible"].shape[1])}
    return replace(dataset, table={**dataset.table, **labels_beside(path, dataset.names)}, notes=notes)


def write(parts: Iterable[Dataset], path: Path) -> None:
    """The same kind of file again, with its legend and samples beside it.

    Labels and the table stand beside too, as NAME.labels.csv. In hap and haps a line has all rows, so the parts are
    joined first. Raises ValueError for data that aren't 0 and 1.
    """
    suffix = Path(path.name.lower().removesuffix(".gz")).suffix
    by_rows = suffix == ".hapt"
    with whole(path) as handle:
        with labels_written(path) as add_labels:
            for part in parts if by_rows else [joined(list(parts))]:
                held(part, BINARY, "haplotypes are 0 and 1")
                handle.writelines(_encoded(_rows(part) if by_rows else _sites(part, suffix == ".haps")))
                add_labels(part.names, table.beside(part))
        if not by_rows:
            _write_lines(companions(path, ".samples")[0], ["sample", *_samples_of(part.names.tolist())])
        if {"legend", "sites"} & part.notes.keys():
            _write_lines(companions(path, ".legend")[0], part.notes.get("legend") or Sites.of(part).legend)


def _read_rows(path: Path, lines: list[str], unknown: str | None) -> Dataset:
    """hapt: a word, a name and the letters."""
    fields = [line.split(None, 2) for line in lines if line.strip()]
    short = next((row for row, field in enumerate(fields) if len(field) < 3), None)
    if short is not None or not fields:
        where = f"line {(short or 0) + 1} of {path}" if fields else f"{path} is empty: it"
        raise FormatError(f"{where} is not a word, a name and the haplotype, as in hapt.")
    names = np.array([field[1] for field in fields], dtype=str)
    column = BINARY.encode(_letters(path, [field[2] for field in fields]), unknown, names)
    notes = {"format": "hapt", "prefix": fields[0][0]}
    return Dataset({"visible": column}, {"visible": BINARY}, names, notes=notes)


def _read_sites(path: Path, lines: list[str], suffix: str, unknown: str | None) -> Dataset:
    """hap and haps: a line a SNP, in haps after what the SNP is."""
    lines = [line for line in lines if line.strip()]
    notes: dict[str, Any] = {"format": suffix[1:]}
    if suffix == ".haps":
        fields = [line.split(None, _SITE_FIELDS) for line in lines]
        notes["snps"] = [" ".join(field[:_SITE_FIELDS]) for field in fields]
        lines = [field[_SITE_FIELDS] if len(field) > _SITE_FIELDS else "" for field in fields]
    snps = [f"SNP {i + 1}" for i in range(len(lines))]
    column = np.ascontiguousarray(BINARY.encode(_letters(path, lines), unknown, snps).T)
    names, said = _samples(path, len(column))
    return Dataset({"visible": column}, {"visible": BINARY}, names, said, notes=notes)


def _letters(path: Path, lines: Sequence[str]) -> np.ndarray:
    """Lines of letters as bytes (lines, letters)."""
    packed = [line.replace("-9", "?").translate(_UNKNOWN) for line in lines]
    odd = next((row for row, line in enumerate(packed) if len(line) != len(packed[0])), None)
    if odd is not None:
        raise FormatError(f"{path}: line {odd + 1} has {len(packed[odd])} letters, the first {len(packed[0])}.")
    if not packed or not packed[0]:
        raise FormatError(f"{path} has no haplotypes.")
    joined = "".join(packed).encode("latin-1", errors="replace")
    return np.frombuffer(joined, dtype=np.uint8).reshape(len(packed), -1)


def _legend(path: Path, sites: int) -> dict[str, list[str]]:
    """The lines of the legend beside, as notes; none where no legend fits."""
    own = [found for found in companions(path, ".legend") if found.exists()]
    legends = [text(found).strip().splitlines() for found in own or sorted(path.parent.glob("*.legend"))]
    fitting = [lines for lines in legends if len(lines) == sites + 1]
    if own and not fitting:
        raise FormatError(f"{own[0]} has {max(len(legends[0]) - 1, 0)} SNPs, {path.name} has {sites}. "
                          "Move it elsewhere, or mend it.")  # fmt: skip
    return {"legend": fitting[0]} if len(fitting) == 1 else {}


def _samples(path: Path, n: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Names of n haplotypes and what else the samples beside say; two haplotypes a sample, or one."""
    beside = [found for suffix in (".samples", ".sample") for found in companions(path, suffix) if found.exists()]
    if not beside:
        return numbered(n, "h"), {}
    header, *rows = [line.split() for line in text(beside[0]).splitlines() if line.strip()] or [[""]]
    rows = rows[1:] if header[0] == "ID_1" else rows  # SHAPEIT's second line says the columns' kinds
    if len(rows) not in (n, n / 2) or any(len(row) != len(header) for row in rows):
        raise FormatError(f"{beside[0]} has {len(rows)} samples of {len(header)} fields, which don't fit the "
                          f"{n} haplotypes of {path.name}.")  # fmt: skip
    said = {name: np.repeat(values, n // len(rows)) for name, values in zip(header, np.array(rows).T)}
    names = said.pop("ID_2" if "ID_2" in said else header[0])
    if len(rows) < n:
        names = np.array([half for name in names[::2] for half in halves(name)], dtype=str)
    return names, {name: values for name, values in said.items() if name not in ("ID_1", "missing")}


def _rows(dataset: Dataset) -> Iterator[str]:
    """The lines of hapt."""
    first = dataset.notes.get("prefix", "Generated")
    rows = map(" ".join, BINARY.decode(dataset["visible"]))
    return (f"{first} {name} {row}" for name, row in zip(dataset.names, rows))


def _sites(dataset: Dataset, named: bool) -> Iterator[str]:
    """The lines of hap, or, with what each SNP is, of haps."""
    column = dataset["visible"].T
    rows = map(" ".join, BINARY.decode(column))
    if not named:
        return rows
    snps = dataset.notes.get("snps", [f"1 snp{i + 1} {i + 1} 0 1" for i in range(len(column))])
    if "sites" in dataset.notes:
        sites = Sites.of(dataset)
        places = zip(sites.chromosome, sites.id, sites.position, sites.reference, sites.alternative)
        snps = [" ".join(map(str, place)) for place in places]
    return (f"{snp} {row}" for snp, row in zip(snps, rows))


def _samples_of(names: list[str]) -> list[str]:
    """A sample for two haplotypes NAME_A, NAME_B; for each haplotype where they don't come so."""
    samples = [name[:-2] for name in names[::2]]
    return samples if [half for sample in samples for half in halves(sample)] == names else names


def _write_lines(path: Path, lines: Iterable[str]) -> None:
    with whole(path) as handle:
        handle.writelines(_encoded(lines))


def _encoded(lines: Iterable[str]) -> Iterator[bytes]:
    return (f"{line}\n".encode() for line in lines)
