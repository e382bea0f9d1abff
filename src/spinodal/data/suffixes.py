"""Suffixes: the formats of data files, what each is called, and how the names of its files end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Format:
    """What a format is called, in words, and the ends of its files' names."""

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
"""The formats that are read and written, by the modules of `files`."""


def format_list() -> str:
    """All formats and their suffixes, in a line."""
    return "; ".join(f"{own.called} ({' '.join(own.suffixes)})" for own in FORMATS.values())
