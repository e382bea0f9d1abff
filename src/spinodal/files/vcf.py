"""VCF and BCF: phased genotypes; each haplotype is a row of 0 (reference) and 1 (alternative)."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import repeat
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from .._version import __version__
from ..data.alphabet import BINARY, UNKNOWN, Alphabet
from ..data.dataset import Dataset, concatenate
from ..data.row_blocks import concatenate_blocks, transpose
from ..errors import FormatError, one_line
from . import table
from .atomic import atomic_path
from .calls import Calls
from .companions import read_labels_beside, write_labels_beside
from .extras import import_extra
from .letters import check_alphabet, check_requested
from .opened import pieces
from .samples import NONE, Samples
from .sites import EXCLUDED, EXCLUDING, Sites
from .vcf_check import CONTIG, INTEGERS, LAST, check, ends_whole

_BASES = re.compile(r"[ACGTUNRYSWKMBDHV]+", re.IGNORECASE)
_KEPT = re.compile(r"##reference=.*|##contig=<ID=([^,>]+).*")
_MODES = {".bcf": "wb", ".gz": "wz", ".bgz": "wz"}
_COLUMNS = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT"]


def read(path: Path, alphabet: Alphabet | None = None, unknown: str | None = None) -> Dataset:
    """The haplotypes NAME_A and NAME_B of each sample: 0 is reference, 1 is alternative, "." is unknown.

    A sample with one allele at every site is one row, NAME. Sites that don't have exactly two alleles, both of bases,
    are left out (several alternatives, none, or symbols). Insertions and deletions are read, and filters are ignored.
    Heterozygous genotypes without phase (0/1, ./1) are unknown in both haplotypes; homozygous ones need no phase. If a
    diploid sample has one allele at a site, its second haplotype is unknown there. A warning counts all of these, sites
    with phase sets (phase is known only within a set), and positions with several sites.

    Chromosome, position, id and alleles of the sites are in the notes (`Sites`), with the lines of the header about
    contigs and reference. The label file that `write` puts beside goes to the table. 2,500 samples of 6,000 sites take
    1.5 s. More than `row_blocks.LARGE` letters are kept in a memory-mapped file.

    Raises FormatError for a file that is broken or cut off, that has no genotypes, none with phase, or genotypes of
    more than two alleles, and if the labels don't fit; ValueError for other alphabets, and if cyvcf2 isn't installed.
    """
    check_requested(alphabet, BINARY, "haplotypes are 0 and 1")
    lines = _Lines()
    with _unzipped(path) as file:
        alleles = concatenate_blocks(_alleles(path, file, lines))
    lines.calls.check_phase(path)
    _warn(path, lines)
    notes = {"format": "vcf", **lines.sites.notes, "header": lines.header}
    found = lines.calls.dataset(transpose(alleles), lines.samples, {}, notes)
    return replace(found, table={**found.table, **read_labels_beside(path, found.names)})


def write(parts: Iterable[Dataset], path: Path) -> None:
    """Write phased VCF 4.2, or BCF; text is packed by bgzip if the name ends in .gz or .bgz. Labels are written beside.

    `Samples.of` pairs haplotypes to samples: NAME_A and NAME_B, or every two generated rows with the same labels.
    Haploid samples, and rows without partner, are written with one allele. A warning counts haplotypes with two
    alternatives at one position. Sites are those of `Sites.of`. A line has all rows, so the parts are concatenated
    first. Raises ValueError for data that aren't 0 and 1, for names and sites that VCF can't hold, and, for packed
    files, if cyvcf2 isn't installed.
    """
    data = concatenate(list(parts))
    check_alphabet(data, BINARY, "VCF holds haplotypes of 0 and 1")
    samples, sites = Samples.of(data), Sites.of(data)
    _check_words(samples.names, sites)
    header, mode = data.notes.get("header", []), _MODES.get(path.suffix.lower())
    text = [_header(header, sites, samples.names), _lines(data["visible"], samples, sites)]
    with atomic_path(path) as made, write_labels_beside(path) as add_labels:
        _write_text(made, text) if mode is None else _write_packed(made, text, mode)
        add_labels(
            samples.haplotype_names, {k: column[samples.rows] for k, column in table.extra_columns(data).items()}
        )
    if excluded := sites.count_excluded(data["visible"]):
        warnings.warn(f"{path}: {excluded} {EXCLUDED.format(len(data))}", stacklevel=3)


# From a file to alleles


@dataclass
class _Lines:
    """The contents of a file other than alleles: samples, sites, header, and counts for warnings."""

    samples: list[str] = field(default_factory=list)
    sites: Sites = field(default_factory=lambda: Sites([], [], [], [], []))
    header: list[str] = field(default_factory=list)
    calls: Calls = field(default_factory=Calls)
    left_out: int = 0
    in_phase_sets: int = 0

    def add(self, record: Any, kind: int | None, path: Path) -> Iterator[np.ndarray]:
        """The alleles of one line, int8 (1, 2 samples); nothing for a site that is left out."""
        if len(record.ALT) != 1 or not _BASES.fullmatch(record.REF) or not _BASES.fullmatch(record.ALT[0]):
            self.left_out += 1
            return
        calls = _calls(record, kind, path)
        alleles = np.full((len(calls), 2), NONE, dtype=np.int8)
        alleles[:, : calls.shape[1] - 1] = calls[:, :-1]
        self.in_phase_sets += "PS" in record.FORMAT
        said = (record.CHROM, record.POS, record.ID or ".", record.REF, record.ALT[0])
        for column, value in zip(vars(self.sites).values(), said):
            column.append(value)
        yield self.calls.add(alleles, calls[:, -1] != 0)


def _alleles(path: Path, file: Path, lines: _Lines) -> Iterator[np.ndarray]:
    """The alleles of all samples, (1, 2 samples) for each site. `lines` gets the other contents of the file."""
    cyvcf2, checked = import_extra("cyvcf2", "cyvcf2", "popgen", "VCF"), check(file)
    with _quiet(cyvcf2):
        try:
            reader = cyvcf2.VCF(str(file.absolute()))
            for contig in sorted(checked.chromosomes - set(reader.seqnames)):
                reader.add_to_header(f"##contig=<ID={contig}>")  # without this, an invalid line can crash htslib
            for record, kind in zip(reader, checked.types or repeat(None)):
                yield from lines.add(record, kind, path)
            lines.samples, header = reader.samples, reader.raw_header.splitlines()
        except FormatError:
            raise
        except Exception as error:  # cyvcf2 has no exception class for errors of htslib
            number = len(lines.sites) + lines.left_out + 1
            raise FormatError(f"{path}: htslib can't read the header or record {number} "
                              f"({one_line(error)}).") from None  # fmt: skip
    if "\ufffd" in "".join(lines.sites.id):  # cyvcf2 puts it for invalid text
        raise FormatError(f"{path} has ids that are not valid UTF-8.")
    used = {None, *lines.sites.chromosome}
    lines.header.extend(line for line in header if (found := _KEPT.fullmatch(line)) and found[1] in used)
    if not (lines.sites and lines.samples):
        raise FormatError(f"{path} has no site with exactly two alleles, both of bases.")


def _calls(record: Any, kind: int | None, path: Path) -> np.ndarray:
    """The genotypes of a line, int16 (samples, 2 or 3): one or two alleles, and whether they are phased."""
    where = f"{path}: {record.CHROM}:{record.POS}"
    if "GT" not in record.FORMAT:
        raise FormatError(f'{where} has no genotypes: its field FORMAT has no "GT".')
    if kind is not None and (kind not in INTEGERS or record.FORMAT[0] != "GT"):
        raise FormatError(f"{where} has invalid genotypes: in BCF they are integers, and the first field of FORMAT.")
    genotype = record.genotype
    if genotype.ploidy not in (1, 2):  # for 0, `array` would crash
        raise FormatError(f"{where} has genotypes of {genotype.ploidy} alleles; only one or two can be read.")
    calls: np.ndarray = genotype.array(NONE)
    if calls[:, :-1].max() > 1:
        raise FormatError(f"{where} has a genotype with allele {calls[:, :-1].max()}, but only 0 and 1 exist.")
    return calls


def _warn(path: Path, lines: _Lines) -> None:
    """Warns once of everything unusual."""
    said = {
        "sites without exactly two alleles, both of bases, are left out": lines.left_out,
        **lines.calls.unusual,
        "sites have phase sets (PS), so phase is known only within a set": lines.in_phase_sets,
        EXCLUDING: len(lines.sites.multiallelic),
    }
    if any(said.values()):
        warnings.warn(f"{path}: {'; '.join(f'{n} {what}' for what, n in said.items() if n)}", stacklevel=5)


@contextmanager
def _unzipped(path: Path) -> Iterator[Path]:
    """The path of the unzipped file, since htslib can't read zip."""
    if path.suffix.lower() != ".zip":
        yield path
        return
    with TemporaryDirectory() as folder:
        inner = Path(folder) / "unzipped.vcf"
        with inner.open("wb") as handle:
            handle.writelines(pieces(path))
        yield inner


@contextmanager
def _quiet(cyvcf2: Any) -> Iterator[None]:
    """Silences htslib. Its errors are reported as exceptions."""
    cyvcf2.cyvcf2.set_htslib_log_level(0)
    try:
        yield
    finally:
        cyvcf2.cyvcf2.set_htslib_log_level(3)  # cyvcf2's default


# From haplotypes to a file


def _check_words(samples: Sequence[str], sites: Sites) -> None:
    """Raises ValueError for names and sites that VCF can't hold."""
    bad = next((name for name in samples if not re.fullmatch(r"[^\t\n\r\0]+", name)), None)
    if bad is not None:
        raise ValueError(f"a sample of VCF can't be called {bad!r}: rename the rows")
    for i, (chromosome, position, name, *alleles) in enumerate(zip(*vars(sites).values()), 1):
        if not CONTIG.fullmatch(chromosome) or not 0 <= position <= LAST or not re.fullmatch(r"[^\s\0]+", name):
            raise ValueError(f'SNP {i}, "{name}" at {chromosome}:{position}, can\'t be written to VCF: '
                             "correct its chromosome, position or id")  # fmt: skip
        if not all(map(_BASES.fullmatch, alleles)):
            raise ValueError(f'SNP {i} has the alleles "{alleles[0]}" and "{alleles[1]}", but those of VCF are bases '
                             "(A, C, G, T): name them in the legend")  # fmt: skip


def _header(kept: Sequence[str], sites: Sites, samples: Sequence[str]) -> Iterator[bytes]:
    """The lines before the first site: the kept header lines, and contigs that these lack, in order of the sites."""
    named = {found[1] for line in kept if (found := _KEPT.fullmatch(line))}
    yield b'##fileformat=VCFv4.2\n##FILTER=<ID=PASS,Description="All filters passed">\n'
    yield f"##source=spinodal {__version__}\n".encode()
    yield "".join(f"{line}\n" for line in kept).encode()
    missing = [contig for contig in dict.fromkeys(sites.chromosome) if contig not in named]
    yield "".join(f"##contig=<ID={contig}>\n" for contig in missing).encode()
    yield b'##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n'
    yield ("\t".join([*_COLUMNS, *samples]) + "\n").encode()


def _lines(letters: np.ndarray, samples: Samples, sites: Sites) -> Iterator[bytes]:
    """One line for each site."""
    words = np.zeros(
        (3, 4, 4), dtype=np.uint8
    )  # by first allele (-1 to 1) and second (-2, none, to 1); padded with zeros
    for i, first in enumerate(".01"):
        for j, second in enumerate(["", "|.", "|0", "|1"]):
            word = f"\t{first}{second}".encode()
            words[i, j, : len(word)] = list(word)
    for alleles, said in zip(samples.genotypes(letters), zip(*vars(sites).values())):
        genotypes = words[alleles[:, 0] - UNKNOWN, alleles[:, 1] - NONE].tobytes().replace(b"\0", b"")
        yield "\t".join([*map(str, said), ".", "PASS", ".", "GT"]).encode() + genotypes + b"\n"


def _write_text(path: Path, text: Iterable[Iterable[bytes]]) -> None:
    with path.open("wb") as handle:
        for lines in text:
            handle.writelines(lines)


def _write_packed(path: Path, text: Iterable[Iterable[bytes]], mode: str) -> None:
    """Write with htslib, from a temporary text file. Raises OSError if the file is incomplete."""
    cyvcf2 = import_extra("cyvcf2", "cyvcf2", "popgen", "packed VCF")
    with TemporaryDirectory(prefix=path.name, dir=path.parent) as folder, _quiet(cyvcf2):
        plain = Path(folder) / "plain.vcf"
        _write_text(plain, text)
        reader = cyvcf2.VCF(str(plain.absolute()))
        writer = cyvcf2.Writer(str(path.absolute()), reader, mode)
        written = [writer.write_record(record) for record in reader]
        writer.close()
    if min(written, default=0) < 0 or not ends_whole(path):
        raise OSError(f"{path.name} could not be written completely: is the disk full?")
