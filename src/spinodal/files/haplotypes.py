"""Haplotypes of 0 and 1: hapt (one line for each haplotype), hap of IMPUTE and haps of SHAPEIT (one for each SNP)."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from gzip import GzipFile
from itertools import repeat
from pathlib import Path
from typing import IO, Any

import numpy as np

from ..data.alphabet import BINARY, Alphabet
from ..data.dataset import Dataset, concatenate, numbered_names
from ..errors import FormatError
from . import oxford, table
from .atomic import atomic_file
from .calls import Calls
from .companions import companion_paths, read_labels_beside, write_labels_beside
from .letters import check_alphabet, check_requested
from .opened import inner_name, text
from .samples import NONE, PLOIDY, Samples, pair_haplotypes
from .sites import EXCLUDED, EXCLUDING, Sites

_FIELDS = 5  # in haps, before the haplotypes: chromosome, id, position, two alleles
_ENTRIES = frozenset(["0", "1", "?", ".", "-9", "-1", "-", "0*", "1*", "?*"])
_UNKNOWN = str.maketrans({".": "?", " ": None, "\t": None, "\r": None})
_UNPHASED = {"0": "a", "1": "b", "?": "?"}  # stands for 0*, 1*, ?*
_PLAIN = np.frombuffer(bytes(range(256)).translate(bytes.maketrans(b"ab-", b"01?")), dtype=np.uint8)
_SIGNS = np.frombuffer(b"-?01", dtype=np.uint8)  # of the alleles NONE, -1, 0, 1
_NAMED = re.compile(r"chr_?([1-9][0-9]?|[XYM]|XY|MT)(?![0-9A-Za-z])", re.IGNORECASE)
_LEFT = ("haplotypes have no second one with the same labels: they are written as haploid samples, which plink2 "
         "accepts only on X, Y and MT; generate an even number for each label")  # fmt: skip


def read(path: Path, alphabet: Alphabet | None = None, unknown: str | None = None) -> Dataset:
    """The alleles 0 and 1 of each haplotype at each SNP; "?", ".", "-9" and "-1" are unknown.

    In hap and haps two columns are a sample, NAME_A and NAME_B; it is NAME, a haploid sample, if the second is "-" at
    all SNPs, such as X of men. Genotypes without phase ("1* 0*", as bcftools writes them), and samples with one
    haplotype at some SNPs, are read as in VCF. If the number of columns is odd, or a file beside has a name for each
    column, each column is a haploid sample. Names come from the lines of hapt, else from the .samples or .sample file
    beside, else they are h0001, h0002, ... Lines of haps, and some of hap, begin with five fields that describe the
    SNP.

    The legend beside is kept in the notes: the file of the same name, else the only one with the same number of SNPs.
    notes["chromosome"] comes from the file name, such as chr22. The label file that `write` puts beside goes to the
    table. Raises FormatError for lines of different lengths, for other symbols, if no genotype has a phase, and if
    legend, samples or labels don't fit.
    """
    check_requested(alphabet, BINARY, "haplotypes are 0 and 1")
    suffix = Path(inner_name(path)).suffix.lower()
    lines = text(path).splitlines()
    dataset = _read_rows(path, lines, unknown) if suffix == ".hapt" else _read_sites(path, lines, suffix, unknown)
    notes = {**dataset.notes, **_legend(path, dataset["visible"].shape[1])}
    own, known = dataset.table, read_labels_beside(path, dataset.names)
    own = (
        {name: own[name] for name in (PLOIDY,) if name in own} if known else own
    )  # the label file has all other columns
    found = replace(dataset, table={**own, **known}, notes=notes)
    _say(path, {EXCLUDING: _together(found)})
    return found


def write(parts: Iterable[Dataset], path: Path) -> None:
    """Write hapt, hap or haps, with a legend and a sample file beside it.

    In hap and haps a line has all rows, so the parts are concatenated first. `Samples.of` pairs haplotypes to samples,
    as for VCF; the second haplotype of a haploid sample is "-". Samples of hap are in .samples, as IMPUTE has them, and
    those of haps in .sample, as Oxford programs have them. Labels and the table are in NAME.labels.csv. Raises
    ValueError for data that aren't 0 and 1, and for sample names with spaces.
    """
    suffix = Path(path.name.lower().removesuffix(".gz")).suffix
    with atomic_file(path) as handle:
        if suffix == ".hapt":
            last = _write_rows(parts, path, handle)
        else:
            last = _write_sites(concatenate(list(parts)), path, handle, suffix)
        if {"legend", "sites", "snps"} & last.notes.keys():
            _write_lines(companion_paths(path, ".legend")[0], last.notes.get("legend") or Sites.of(last).legend)


def _write_rows(parts: Iterable[Dataset], path: Path, handle: IO[bytes] | GzipFile) -> Dataset:
    """Write hapt part by part; returns the last part."""
    with write_labels_beside(path) as add_labels:
        for part in parts:
            check_alphabet(part, BINARY, "haplotypes are 0 and 1")
            handle.writelines(_encoded(_rows(part)))
            add_labels(part.names, table.extra_columns(part))
    return part


def _write_sites(data: Dataset, path: Path, handle: IO[bytes] | GzipFile, suffix: str) -> Dataset:
    """Write hap or haps with the sample file; returns the data."""
    check_alphabet(data, BINARY, "haplotypes are 0 and 1")
    samples = Samples.of(data)
    beside = list(oxford.sample_lines(data, samples, suffix))
    with write_labels_beside(path) as add_labels:
        handle.writelines(_encoded(_sites(data, samples, suffix == ".haps")))
        add_labels(
            samples.haplotype_names, {k: column[samples.rows] for k, column in table.extra_columns(data).items()}
        )
    _write_lines(companion_paths(path, oxford.SUFFIXES[suffix][0])[0], beside)
    _say(path, {EXCLUDED.format(len(data)): Sites.of(data).count_excluded(data["visible"]), _LEFT: samples.left})
    return data


def _read_rows(path: Path, lines: list[str], unknown: str | None) -> Dataset:
    """Read hapt: each line has a word, a name and the letters."""
    fields = [line.split(None, 2) for line in lines if line.strip()]
    short = next((row for row, field in enumerate(fields) if len(field) < 3), None)
    if short is not None or not fields:
        where = f"line {(short or 0) + 1} of {path}" if fields else f"{path} is empty and"
        raise FormatError(f"{where} doesn't have a word, a name and a haplotype, as hapt requires.")
    names = np.array([field[1] for field in fields], dtype=str)
    column = BINARY.encode(_letters(path, [field[2] for field in fields]), unknown, names)
    notes = {"format": "hapt", "prefix": fields[0][0]}
    return Dataset({"visible": column}, {"visible": BINARY}, names, notes=notes)


def _read_sites(path: Path, lines: list[str], suffix: str, unknown: str | None) -> Dataset:
    """Read hap or haps: a line for each SNP, in haps with five fields that describe it."""
    lines = [line for line in lines if line.strip()]
    notes: dict[str, Any] = {"format": suffix[1:]}
    if _led(lines, suffix):
        fields = [line.split(None, _FIELDS) for line in lines]
        notes["snps"] = [" ".join(field[:_FIELDS]) for field in fields]
        lines = [field[_FIELDS] if len(field) > _FIELDS else "" for field in fields]
    spelled = _letters(path, [_marked(line) for line in lines])
    letters = BINARY.encode(_PLAIN[spelled], unknown, [f"SNP {i + 1}" for i in range(len(lines))])
    columns = letters.shape[1]
    found = oxford.read(path, suffix, columns)
    if (found is None and columns % 2) or (found and len(found.names) == columns):
        return _alone(path, spelled, letters, found, notes)
    named = found or oxford.SampleTable(numbered_names(columns // 2, "h"), {})
    calls = Calls()
    rows = [calls.add(alleles, phased) for alleles, phased in _genotypes(path, spelled, letters)]
    calls.check_phase(path)
    _say(path, calls.unusual, 6)
    return calls.dataset(np.ascontiguousarray(np.concatenate(rows).T), named.names.tolist(), named.said, notes)


def _led(lines: Sequence[str], suffix: str) -> bool:
    """Whether lines begin with fields that describe the SNP: in hap if they name two alleles, in haps unless all first
    fields are alleles.
    """
    if suffix == ".hap":
        fields = lines[0].split(None, _FIELDS) if lines else []
        return len(fields) > _FIELDS and fields[2].isdigit() and _ENTRIES.isdisjoint(fields[3:_FIELDS])
    return not all(_ENTRIES.issuperset(line.split(None, _FIELDS)[:_FIELDS]) for line in lines)


def _marked(line: str) -> str:
    """A line in which an allele without phase, such as "0*", is replaced by one letter."""
    return re.sub(r"([01?])\*", lambda found: _UNPHASED[found[1]], line) if "*" in line else line


def _alone(
    path: Path, spelled: np.ndarray, letters: np.ndarray, found: oxford.SampleTable | None, notes: dict[str, Any]
) -> Dataset:
    """Haplotypes of which each column is a haploid sample or has its own name."""
    if np.isin(spelled, list(b"ab-")).any():
        raise FormatError(f'{path} has "-" or "*", which need two columns for each sample, but it has '
                          f"{letters.shape[1]} columns{' and as many samples' if found else ''}.")  # fmt: skip
    names = numbered_names(letters.shape[1], "h") if found is None else found.names
    data = Dataset({"visible": np.ascontiguousarray(letters.T)}, {"visible": BINARY}, names, notes=notes)
    paired = any(len(pair) == 2 for pair in pair_haplotypes(names.tolist(), np.zeros(len(names), dtype=bool)))
    return replace(data, table=found.said if found else {}, notes=notes if paired else {**notes, "ploidy": 1})


def _genotypes(path: Path, spelled: np.ndarray, letters: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """For each SNP the two alleles of each sample, and whether they have a phase, as `Calls.add` takes them."""
    for number, (signs, alleles) in enumerate(zip(spelled, letters), 1):
        none, both = (signs == ord("-")).reshape(-1, 2), alleles.astype(np.int8).reshape(-1, 2)
        if (none[:, 0] & ~none[:, 1]).any():
            raise FormatError(f'{path}: SNP {number} has "-" as the first haplotype of a sample, but has a second one.')
        both[none[:, 1], 1] = NONE
        yield both, np.logical_and(*(signs < ord("a")).reshape(-1, 2).T)


def _letters(path: Path, lines: Sequence[str]) -> np.ndarray:
    """Lines of letters as bytes (lines, letters). Raises FormatError if lengths differ."""
    packed = [line.replace("-9", "?").replace("-1", "?").translate(_UNKNOWN) for line in lines]
    odd = next((row for row, line in enumerate(packed) if len(line) != len(packed[0])), None)
    if odd is not None:
        raise FormatError(f"{path}: line {odd + 1} has {len(packed[odd])} letters, but the first has {len(packed[0])}.")
    if not packed or not packed[0]:
        raise FormatError(f"{path} has no haplotypes.")
    joined = "".join(packed).encode("latin-1", errors="replace")
    return np.frombuffer(joined, dtype=np.uint8).reshape(len(packed), -1)


def _legend(path: Path, sites: int) -> dict[str, Any]:
    """Notes with the lines of the legend beside, if one fits, and the chromosome in a file name, if there is one."""
    own = [found for found in companion_paths(path, ".legend") if found.exists()]
    legends = {found: text(found).strip().splitlines() for found in own or sorted(path.parent.glob("*.legend"))}
    fitting = {found: lines for found, lines in legends.items() if len(lines) == sites + 1}
    if own and not fitting:
        raise FormatError(f"{own[0]} has {max(len(legends[own[0]]) - 1, 0)} SNPs, but {path.name} has {sites}. "
                          "Move it elsewhere, or correct it.")  # fmt: skip
    one = list(fitting.items()) if len(fitting) == 1 else []
    named = [found[1] for file in (path, *(file for file, _ in one)) if (found := _NAMED.search(file.name))]
    return ({"legend": one[0][1]} if one else {}) | ({"chromosome": named[0]} if named else {})


def _together(data: Dataset) -> int:
    """The number of positions with several sites; 0 if the sites are invalid."""
    try:
        return len(Sites.of(data).multiallelic)
    except ValueError:
        return 0


def _say(path: Path, said: Mapping[str, int], level: int = 5) -> None:
    """Warns once of everything unusual: {remark: count}."""
    if any(said.values()):
        warnings.warn(f"{path}: {'; '.join(f'{n} {what}' for what, n in said.items() if n)}", stacklevel=level)


def _rows(dataset: Dataset) -> Iterator[str]:
    """The lines of a hapt file."""
    first = dataset.notes.get("prefix", "Generated")
    rows = map(" ".join, BINARY.decode(dataset["visible"]))
    return (f"{first} {name} {row}" for name, row in zip(dataset.names, rows))


def _sites(dataset: Dataset, samples: Samples, named: bool) -> Iterator[str]:
    """The lines of hap or, with the fields that describe each SNP, of haps."""
    said = (f"{snp} " for snp in _snps(dataset)) if named else repeat("")
    for start, alleles in zip(said, samples.genotypes(dataset["visible"])):
        spaced = np.full((alleles.size, 2), ord(" "), dtype=np.uint8)
        spaced[:, 0] = _SIGNS[alleles.ravel() - NONE]
        yield start + spaced.tobytes()[:-1].decode()


def _snps(dataset: Dataset) -> list[str]:
    """The first fields of haps. A SNP without id gets a name from its position and alleles, as bcftools requires."""
    if "snps" in dataset.notes and "sites" not in dataset.notes:
        return list(dataset.notes["snps"])
    sites = Sites.of(dataset)
    called = [own if name == "." else name for own, name in zip(sites.place_names, sites.id)]
    fields = zip(sites.chromosome, called, sites.position, sites.reference, sites.alternative)
    return [" ".join(map(str, field)) for field in fields]


def _write_lines(path: Path, lines: Iterable[str]) -> None:
    with atomic_file(path) as handle:
        handle.writelines(_encoded(lines))


def _encoded(lines: Iterable[str]) -> Iterator[bytes]:
    return (f"{line}\n".encode() for line in lines)
