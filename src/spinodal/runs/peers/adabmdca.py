"""Couplings for adabmDCA: the effective fields and couplings of a machine as a text file, with a line for each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...analysis.contacts import ROWS
from ...analysis.couplings import first_order_couplings, pair_couplings, site_fields
from ...analysis.site_letters import restricted
from ...analysis.whole_rows import whole_rows
from ...data.alphabet import Alphabet, Categories
from ...data.dataset import Dataset
from ...files.atomic import atomic_file
from ...machines.dynamics import Machine


def write_couplings(
    machine: Machine, data: Dataset | None, path: str | Path, *, exact: int | None = None, seed: int = 0
) -> None:
    """Write the effective fields and couplings of the sites of a restricted machine as adabmDCA 1.0 reads them:

        J i j A B value      i < j, counted from 0, with letters A and B
        h i A value          E(v) = - Σ_i h_i(v_i) - Σ_{i<j} J_ij(v_i, v_j)

    They are means over rows of the data, 5000 of first order (`first_order_couplings`) or so many exact ones
    (`pair_couplings`), in the zero-sum gauge; fields are `site_fields`. Labels keep the values of the rows. E is -log p
    up to a constant where hidden units are Gaussian, and an approximation elsewhere. Gaussian ones need no data.

    Raises ValueError for machines that aren't restricted, and for sites whose states aren't single characters.
    """
    network, _ = restricted(machine)
    symbols = _symbols(network)
    rows = whole_rows(machine, data, exact or ROWS, seed)
    couplings = [*(pair_couplings(machine, rows) if exact else first_order_couplings(machine, rows))]
    fields = site_fields(machine, rows, couplings)
    with atomic_file(Path(path)) as file:
        for i, j, coupling in couplings:
            pairs = zip(symbols, coupling.tolist())
            lines = [f"J {i} {j} {a} {b} {x:.9g}\n" for a, row in pairs for b, x in zip(symbols, row)]
            file.write("".join(lines).encode())
        for i, field in enumerate(fields):
            file.write("".join(f"h {i} {a} {x:.9g}\n" for a, x in zip(symbols, field.tolist())).encode())


def _symbols(machine: Machine) -> Sequence[str]:
    """The letters of all sites."""
    letters = Alphabet.of(machine.units["visible"]) if "visible" in machine.units else Alphabet(())
    if isinstance(letters, Categories) or not letters.symbols or not letters.single_letters:
        raise ValueError("adabmDCA has sites of the same letters, a character each, unlike this machine")
    return letters.symbols
