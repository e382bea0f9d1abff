"""Suffixes: the titles of the file formats, and the suffixes of their file names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Format:
    """The title of a format, and the suffixes of its files."""

    called: str
    suffixes: tuple[str, ...]


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "fasta": Format(
            "aligned FASTA", (".fasta", ".fa", ".fas", ".faa", ".fna", ".ffn", ".frn", ".afa", ".mfa", ".aln-fasta")
        ),
        "stockholm": Format("Stockholm", (".sto", ".stk", ".stockholm")),
        "a2m": Format("A2M and A3M", (".a2m", ".a3m")),
        "table": Format("tables of sequences, or of columns of any kinds", (".csv", ".tsv")),
        "parquet": Format("the same tables in Parquet", (".parquet",)),
        "haplotypes": Format("haplotypes", (".hap", ".haps", ".hapt")),
        "vcf": Format("VCF and BCF", (".vcf", ".bcf")),
        "plink": Format("PLINK genotypes", (".bed",)),
        "hdf5": Format("HDF5 of the F&F authors", (".h5", ".hdf5")),
        "h5ad": Format("AnnData", (".h5ad",)),
        "idx": Format("idx images", (".idx",)),
        "png": Format("PNG images, and folders of them", (".png",)),
        "midi": Format("MIDI", (".mid", ".midi")),
        "npy": Format("numpy arrays", (".npy",)),
        "npz": Format("several numpy arrays", (".npz",)),
    }
)
"""Title and suffixes of each format, by the module of `files/` that reads and writes it."""


def format_list() -> str:
    """All formats and their suffixes, in one line."""
    return "; ".join(f"{own.called} ({' '.join(own.suffixes)})" for own in FORMATS.values())
