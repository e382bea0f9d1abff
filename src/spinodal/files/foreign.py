"""Foreign: recognizes formats that are not supported, and says how to convert them."""

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
    r"<(!doctype|html|\?xml)": "a web page",
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
    **dict.fromkeys((".xlsx", ".xls", ".ods"), "a spreadsheet"),
}
_IMAGES = {b"\xff\xd8\xff": "JPEG", b"II*\0": "TIFF", b"MM\0*": "TIFF", b"GIF8": "GIF", b"BM": "BMP"}

_CONVERTED = (
    dict.fromkeys(
        ("CLUSTAL", "PHYLIP", "NEXUS", "MSF", "MAF"), "convert it to aligned FASTA with Biopython's AlignIO.convert"
    )
    | dict.fromkeys(("JPEG", "TIFF", "GIF", "BMP"), "save it as PNG")
    | {"a web page": "download the file itself", "a spreadsheet": "take .csv, which spreadsheets read and write"}
)


def by_beginning(line: str) -> str:
    """The format of a file by its first line, and how to convert it; "" if unknown.

    >>> by_beginning("#NEXUS")
    "it is NEXUS: convert it to aligned FASTA with Biopython's AlignIO.convert"
    >>> by_beginning("# STOCKHOLM 1.0"), by_beginning("MKV")
    ('it is Stockholm: name it .sto', '')
    """
    if line.startswith(("# STOCKHOLM", ">")):
        return "it is FASTA: name it .fasta" if line.startswith(">") else "it is Stockholm: name it .sto"
    return _said(next((name for start, name in _BEGINNINGS.items() if re.match(start, line, re.IGNORECASE)), ""))


def image_by_beginning(raw: bytes) -> str:
    """The format of an image by its first bytes, and how to convert it; "" if unknown.

    >>> image_by_beginning(b"GIF89a")
    'it is GIF: save it as PNG'
    """
    return _said(next((name for start, name in _IMAGES.items() if raw.startswith(start)), ""))


def by_suffix(suffix: str) -> str:
    """The format of a file by the suffix of its name, and how to convert it; "" if unknown.

    >>> by_suffix(".fq"), by_suffix(".xlsx")
    ('it is FASTQ: align the sequences first', 'it is a spreadsheet: take .csv, which spreadsheets read and write')
    """
    return _said(_SUFFIXES.get(suffix.lower(), ""))


def _said(name: str) -> str:
    return name and f"it is {name}: {_CONVERTED.get(name, 'align the sequences first')}"
