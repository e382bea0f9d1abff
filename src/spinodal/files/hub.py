"""Hub: a model on the Hugging Face Hub by its name, hf:OWNER/NAME, as a folder on this computer."""

from __future__ import annotations

import re
from pathlib import Path

from ..errors import one_line
from .extras import import_extra

START = "hf:"
"""What the name of a model on the hub begins with."""

_NAME = re.compile(r"hf:([\w.-]+/[\w.-]+?)(?:@([\w./-]+))?")


def local(path: str | Path) -> Path:
    """The folder of a path: of hf:OWNER/NAME, or hf:OWNER/NAME@REVISION, its copy in the cache of huggingface_hub.

    What is missing in the cache is downloaded. Raises ValueError for another name after hf:, and where huggingface_hub
    is not installed; OSError where the model can't be downloaded. Any other path is returned as it is.

    >>> str(local("models/rna"))
    'models/rna'
    """
    if not (said := str(path)).startswith(START):
        return Path(path)
    if not (named := _NAME.fullmatch(said)):
        raise ValueError(f'a model on the hub is hf:OWNER/NAME or hf:OWNER/NAME@REVISION, not "{said}"')
    hub = import_extra("huggingface_hub", "huggingface_hub", "hub", said)
    try:
        return Path(hub.snapshot_download(repo_id=named[1], revision=named[2]))
    except Exception as error:  # of requests, httpx or the hub itself, by its version
        raise OSError(f"{said} can't be downloaded: {one_line(error)}") from None
