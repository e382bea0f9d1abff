"""Generators of structured, labeled data that work out of equilibrium."""

import os as _os
import sys as _sys

import lazy_loader as _lazy

from ._version import __version__ as __version__

if "torch" not in _sys.modules:  # idle OpenMP threads that spin take the cores from ours
    _os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
