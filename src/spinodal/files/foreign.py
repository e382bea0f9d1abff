"""Foreign: formats that are not read here, by how files begin or are called, and what to make of them."""

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
    **dict.fromkeys((".jpg", ".jpeg"), "JPEG"),
    **dict.fromkeys((".tif", ".tiff"), "TIFF"),
    ".gif": "GIF",
    ".bmp": "BMP",
}
_IMAGES = {b"\xff\xd8\xff": "JPEG", b"II*\0": "TIFF", b"MM\0*": "TIFF", b"GIF8": "GIF", b"BM": "BMP"}

_CONVERTED = (
    dict.fromkeys(("CLUSTAL", "PHYLIP", "NEXUS", "MSF", "MAF"), "Biopython's AlignIO.convert makes aligned FASTA of it")
    | dict.fromkeys(("JPEG", "TIFF", "GIF", "BMP"), "save it as PNG")
    | {"a page of the web": "fetch the file itself"}
)


def by_beginning(line: str) -> str:
    """What a file is by its first line, and how to convert it; "" where that isn't known.

    >>> by_beginning("#NEXUS")
    "it is NEXUS: Biopython's AlignIO.convert makes aligned FASTA of it"
    >>> by_beginning("# STOCKHOLM 1.0"), by_beginning("MKV")
    ('it is Stockholm: name it .sto', '')
    """
    if line.startswith(("# STOCKHOLM", ">")):
        return "it is FASTA: name it .fasta" if line.startswith(">") else "it is Stockholm: name it .sto"
    return _said(next((name for start, name in _BEGINNINGS.items() if re.match(start, line, re.IGNORECASE)), ""))


def image_by_beginning(raw: bytes) -> str:
    """The same of an image by its first bytes.

    >>> image_by_beginning(b"GIF89a")
    'it is GIF: save it as PNG'
    """
    return _said(next((name for start, name in _IMAGES.items() if raw.startswith(start)), ""))


def by_suffix(suffix: str) -> str:
    """The same by the suffix of a file's name.

    >>> by_suffix(".fq")
    'it is FASTQ: sequences have to be aligned first'
    """
    return _said(_SUFFIXES.get(suffix.lower(), ""))


def _said(name: str) -> str:
    return name and f"it is {name}: {_CONVERTED.get(name, 'sequences have to be aligned first')}"
