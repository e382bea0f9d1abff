"""The unit of CONTRIBUTING.md, as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

from spinodal.machines import units

PAGE = Path(__file__).parents[1] / "CONTRIBUTING.md"


def skeleton(name):
    """The code block whose first line is the name of a module."""
    return re.search(rf"```\w+\n# {re.escape(name)}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)[1]


exec(skeleton("spinodal.machines.units"), vars(units).copy(), found := {})
Ternary = found["Ternary"]
