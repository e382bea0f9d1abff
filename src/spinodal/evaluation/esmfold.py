"""ESMFold: how sure it is of the structure of each protein, as pLDDT, by weights in a folder of the user's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..data.alphabet import PROTEIN
from ..files.extras import import_extra
from .judge import Judge, Numbers
from .reference import Rows

JUDGED = 30
"""Rows of a set that are judged: with the published weights a protein takes minutes of a CPU."""

ALPHA_CARBON = 1
"""The place of the alpha carbon among the 37 atoms of a residue."""


def esmfold(folder: str | Path) -> Judge:
    """The judge "plddt" by the weights in a folder, as `EsmForProteinFolding.save_pretrained` writes it.

    The number of a row is the mean of pLDDT over its letters, at the alpha carbons, 0 to 100. Gaps are taken out; an
    unknown letter is X. Nothing is downloaded. Raises ValueError where there is no such folder; its `fit` raises it
    where transformers isn't installed, for rows that are no proteins, and for a folder with other contents.
    """
    if not (Path(folder) / "config.json").is_file():
        raise ValueError(f"{folder} is no folder of weights of ESMFold: it has no config.json")

    def fit(train: Rows) -> Numbers:
        if train.data.alphabets.get("visible") != PROTEIN:
            raise ValueError("ESMFold is of proteins, and these rows are none")
        model = _model(Path(folder))
        return lambda data: np.array([_plddt(model, str(text)) for text in data.texts("visible")])

    return Judge("plddt", fit, JUDGED)


def _model(folder: Path) -> Any:
    """The model of a folder, on a GPU where there is one."""
    transformers = import_extra("transformers", "transformers", "fold", "ESMFold")
    try:
        found = transformers.EsmForProteinFolding.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, RuntimeError, KeyError, TypeError, AttributeError) as error:
        said = " ".join(str(error).split())
        raise ValueError(f"{folder} has no weights of ESMFold that transformers can read: {said}") from None
    return found.eval().to("cuda" if torch.cuda.is_available() else "cpu")


def _plddt(model: Any, aligned: str) -> float:
    """The mean pLDDT of a row, NaN of a row without letters."""
    text = aligned.replace("-", "").replace("?", "X")
    if not text:
        return np.nan
    with torch.no_grad():
        found = model.infer([text])["plddt"][0, :, ALPHA_CARBON]
    return float(100 * found.double().mean())
