"""Datasets: downloads the papers' data by name into a cache folder, and checks them by SHA-256."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from .errors import FormatError


@dataclass(frozen=True)
class Published:
    """A published dataset: a description, an address, and the SHA-256 of each file.

    The address of a file is `address` followed by its name. If the SHA-256 is "", the file can't be downloaded
    automatically, and `address` is the page to download it from by hand.
    """

    about: str
    address: str
    files: Mapping[str, str]


SETS: Mapping[str, Published] = MappingProxyType(
    {
        "fashion_mnist": Published(
            "60,000 + 10,000 pictures of clothes, 28 x 28 pixels, 10 labels (Xiao, Rasul & Vollgraf 2017; MIT)",
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            {
                "train-images-idx3-ubyte.gz": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
                "train-labels-idx1-ubyte.gz": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
                "t10k-images-idx3-ubyte.gz": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
                "t10k-labels-idx1-ubyte.gz": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
            },
        ),
        "hgd": Published(
            "805 SNPs of 5,008 human haplotypes (1000 Genomes phase 3; Yelmen et al. 2021), without labels",
            "https://gitlab.inria.fr/ml_genetics/public/artificial_genomes (folder 1000G_real_genomes)",
            {"805_SNP_1000G_real.hapt.zip": ""},
        ),
        "mnist": Published(
            "60,000 + 10,000 handwritten digits, 28 x 28 pixels, 10 labels (LeCun et al. 1998)",
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            {
                "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
                "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
                "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
                "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            },
        ),
        "pieces": Published(
            "six piano pieces of four composers, for study and research only",
            "http://www.piano-midi.de",
            {
                "Bach/bach_846.mid": "",
                "Bach/bach_847.mid": "",
                "Bach/bach_850.mid": "",
                "Beethoven/pathetique_2.mid": "",
                "Chopin/chpn_op27_2.mid": "",
                "Mozart/mz_332_2.mid": "",
            },
        ),
        "sam": Published(
            "the SAM riboswitch, RF00162, as aligned FASTA, without labels (the paper has Rfam 12's, today's differs)",
            "https://rfam.org/family/RF00162",
            {"sam.fasta.gz": ""},
        ),
    }
)
"""The datasets, by name."""


def names() -> list[str]:
    """The names that `fetch` knows.

    >>> import spinodal as sp
    >>> sp.datasets.names()
    ['fashion_mnist', 'hgd', 'mnist', 'pieces', 'sam']
    """
    return list(SETS)


def folder(name: str) -> Path:
    """The folder of the files of a dataset: NAME in SPINODAL_CACHE, or in the user's cache folder if that is not set.

    Raises ValueError, which lists the known names, for an unknown one.
    """
    if name not in SETS:
        raise ValueError(f'no dataset is called "{name}"; there are: {", ".join(SETS)}')
    import pooch

    return Path(os.environ.get("SPINODAL_CACHE") or pooch.os_cache("spinodal")) / name


def fetch(name: str) -> list[Path]:
    """The paths of the files of a dataset. A file that is missing is downloaded from its publisher.

    A file in `folder(name)` is used if its SHA-256 is right, also if it was put there by hand. Some datasets have no
    known file address: put their files into `folder(name)` by hand; they are used without a check. Pass the paths to
    `read`; images find their label file in the same folder.

    Raises ValueError for an unknown name, FormatError if a download has another SHA-256 (it is then deleted), and
    OSError if a file can't be downloaded: the message names the address, and the folder to put the file into.
    """
    there, data = folder(name), SETS[name]
    if missing := [file for file, sha in data.files.items() if not sha and not (there / file).exists()]:
        raise FileNotFoundError(f"{name} can't be downloaded automatically: download it from {data.address} and "
                                f"put {', '.join(missing)} into {there}")  # fmt: skip
    if not all((there / file).exists() for file in data.files):
        _check_folder(there)
    return [_fetched(there / file, data.address + file, sha) if sha else there / file
            for file, sha in data.files.items()]  # fmt: skip


def _check_folder(folder: Path) -> None:
    """Raises OSError if the cache folder can't be created or written to; the message says how to name another."""
    from .files.atomic import check_folder  # imports torch, which `names` doesn't need

    try:
        folder.mkdir(parents=True, exist_ok=True)
        check_folder(folder, folder)
    except OSError as error:
        raise OSError(error.errno, f"{error.strerror}: set SPINODAL_CACHE to a writable folder",
                      str(folder)) from None  # fmt: skip


def _fetched(path: Path, address: str, sha256: str) -> Path:
    import pooch

    try:
        at_once = pooch.HTTPDownloader(stream=False)  # if a streamed download fails, its socket stays open
        pooch.retrieve(address, f"sha256:{sha256}", path.name, path.parent, downloader=at_once)
    except ValueError as error:  # from pooch: the hash is wrong; pooch has deleted the file
        raise FormatError(f"the file from {address} is not {path.name} (its SHA-256 is not {sha256}) and was deleted. "
                          "Try again, or open the address in a browser.") from error  # fmt: skip
    except OSError as error:
        raise OSError(f"{address} can't be downloaded ({_reason(error)}). Get {path.name} elsewhere and put it into "
                      f"{path.parent}; it is used if its SHA-256 is {sha256}.") from error  # fmt: skip
    return path


def _reason(error: OSError) -> str:
    """The status that the server answered, or else the type of the error."""
    answer = getattr(error, "response", None)
    return type(error).__name__ if answer is None else f"the server answers {answer.status_code} {answer.reason}"
