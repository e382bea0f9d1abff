"""Suffixes: the titles of the file formats, and the suffixes of their file names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Names:
    """The title of a format, and the suffixes of its files."""

    title: str
    suffixes: tuple[str, ...]


FORMATS: Mapping[str, Names] = MappingProxyType(
    {
        "fasta": Names(
            "aligned FASTA", (".fasta", ".fa", ".fas", ".faa", ".fna", ".ffn", ".frn", ".afa", ".mfa", ".aln-fasta")
        ),
        "stockholm": Names("Stockholm", (".sto", ".stk", ".stockholm")),
        "a2m": Names("A2M and A3M", (".a2m", ".a3m")),
        "table": Names("tables of sequences, or of columns of any kinds", (".csv", ".tsv")),
        "parquet": Names("the same tables in Parquet", (".parquet",)),
        "haplotypes": Names("haplotypes", (".hap", ".haps", ".hapt")),
        "vcf": Names("VCF and BCF", (".vcf", ".bcf")),
        "plink": Names("PLINK genotypes", (".bed",)),
        "hdf5": Names("HDF5 of the F&F authors", (".h5", ".hdf5")),
        "h5ad": Names("AnnData", (".h5ad",)),
        "idx": Names("idx images", (".idx",)),
        "png": Names("PNG images, and folders of them", (".png",)),
        "midi": Names("MIDI", (".mid", ".midi")),
        "npy": Names("numpy arrays", (".npy",)),
        "npz": Names("several numpy arrays", (".npz",)),
    }
)
"""Title and suffixes of each format, by the module of `files/` that reads and writes it."""


def format_list() -> str:
    """All formats and their suffixes, in one line."""
    return "; ".join(f"{own.title} ({' '.join(own.suffixes)})" for own in FORMATS.values())
