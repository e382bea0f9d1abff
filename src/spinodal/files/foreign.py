"""Foreign: formats that alignments are not read from, by how files begin or are called, and how to convert them."""

from __future__ import annotations

import re

_BEGINNINGS = {
    r"CLUSTAL|MUSCLE \(|PROBCONS": "CLUSTAL",
    r"\d+\s+\d+\s*([is]\s*)?$": "PHYLIP",
    r"#NEXUS": "NEXUS",
    r"!!(AA|NA)_MULTIPLE_ALIGNMENT|PileUp": "MSF",
    r"LOCUS\s": "GenBank",
    r"ID\s{3}": "EMBL or UniProt",
    r"@": "FASTQ",
    r"<(!doctype|html|\?xml)": "a page of the web",
}
_SUFFIXES = {
    ".aln": "CLUSTAL",
    ".clustal": "CLUSTAL",
    ".clw": "CLUSTAL",
    ".phy": "PHYLIP",
    ".phylip": "PHYLIP",
    ".nex": "NEXUS",
    ".nexus": "NEXUS",
    ".nxs": "NEXUS",
    ".msf": "MSF",
    ".maf": "MAF",
    ".fastq": "FASTQ",
    ".fq": "FASTQ",
    ".gb": "GenBank",
    ".gbk": "GenBank",
    ".xmfa": "XMFA",
}
_CONVERTED = dict.fromkeys(
    ("CLUSTAL", "PHYLIP", "NEXUS", "MSF", "MAF"), "Biopython's AlignIO.convert makes aligned FASTA of it"
) | {"a page of the web": "fetch the file itself"}


def by_beginning(line: str) -> str:
    """What a file is by its first line, and how to convert it; "" where that isn't known.

    >>> by_beginning("#NEXUS")
    "it is NEXUS: Biopython's AlignIO.convert makes aligned FASTA of it"
    >>> by_beginning("# STOCKHOLM 1.0"), by_beginning("MKV")
    ('it is Stockholm: name it .sto', '')
    """
    if line.startswith("# STOCKHOLM"):
        return "it is Stockholm: name it .sto"
    return _said(next((name for start, name in _BEGINNINGS.items() if re.match(start, line, re.IGNORECASE)), ""))


def by_suffix(suffix: str) -> str:
    """The same by the suffix of a file's name.

    >>> by_suffix(".fq")
    'it is FASTQ: sequences have to be aligned first'
    """
    return _said(_SUFFIXES.get(suffix.lower(), ""))


def _said(name: str) -> str:
    return name and f"it is {name}: {_CONVERTED.get(name, 'sequences have to be aligned first')}"
