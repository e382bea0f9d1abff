"""Lattice proteins: the probability that a sequence of 27 amino acids folds into one compact fold of a cube.

spinodal score RUN --judge lattice_proteins:folding_probability        in this folder, or with it on PYTHONPATH

A fold is a walk through the 27 sites of a cube of 3 x 3 x 3 that visits each once: 103,346 of them differ by more than
a rotation or a reflection (Shakhnovich and Gutin, J. Chem. Phys. 93, 5967, 1990). The energy of a sequence in a fold is
the sum over its 28 contacts, neighbors in the cube that are not neighbors in the chain, of the contact energy of the
two amino acids (Miyazawa and Jernigan, J. Mol. Biol. 256, 623, 1996, Table 3, upper half, in kT). Then

    p(fold | sequence) = exp(-E(sequence, fold)) / sum over folds of exp(-E(sequence, fold))

Jacquin et al. (PLOS Comput. Biol. 12, e1004889, 2016) and Tubiana et al. (eLife 8, e39397, 2019) sum over 10,000 folds,
and we found no list of these. lattice_folds.txt has 1,414 folds that explain the probabilities p that Tubiana et al.
publish with their 46,265 sequences. A fold whose term alone exceeds 1 / p - 1 of a sequence is not in the sum. Which of
the others are was found by least squares, as each sequence is an equation. Folds with too small a share of all sums to
be found are left out.
"""

from __future__ import annotations

from functools import cache
from itertools import permutations, product
from pathlib import Path

import numpy as np
from numba import njit

NATIVE = (0, 1, 2, 5, 8, 17, 14, 23, 26, 25, 16, 15, 24, 21, 22, 19, 18, 9, 12, 3, 6, 7, 4, 13, 10, 11, 20)
"""The fold of the published sequences, found as the one of lowest energy for most of them: its sites 9 x + 3 y + z."""

AMINO_ACIDS = "CMFILVWYAGTSNQDEHRKP"

ENERGIES = """
-5.44 -4.99 -5.80 -5.50 -5.83 -4.96 -4.95 -4.16 -3.57 -3.16 -3.11 -2.86 -2.59 -2.85 -2.41 -2.27 -3.60 -2.57 -1.95 -3.07
-5.46 -6.56 -6.02 -6.41 -5.32 -5.55 -4.91 -3.94 -3.39 -3.51 -3.03 -2.95 -3.30 -2.57 -2.89 -3.98 -3.12 -2.48 -3.45
-7.26 -6.84 -7.28 -6.29 -6.16 -5.66 -4.81 -4.13 -4.28 -4.02 -3.75 -4.10 -3.48 -3.56 -4.77 -3.98 -3.36 -4.25
-6.54 -7.04 -6.05 -5.78 -5.25 -4.58 -3.78 -4.03 -3.52 -3.24 -3.67 -3.17 -3.27 -4.14 -3.63 -3.01 -3.76
-7.37 -6.48 -6.14 -5.67 -4.91 -4.16 -4.34 -3.92 -3.74 -4.04 -3.40 -3.59 -4.54 -4.03 -3.37 -4.20
-5.52 -5.18 -4.62 -4.04 -3.38 -3.46 -3.05 -2.83 -3.07 -2.48 -2.67 -3.58 -3.07 -2.49 -3.32
-5.06 -4.66 -3.82 -3.42 -3.22 -2.99 -3.07 -3.11 -2.84 -2.99 -3.98 -3.41 -2.69 -3.73
-4.17 -3.36 -3.01 -3.01 -2.78 -2.76 -2.97 -2.76 -2.79 -3.52 -3.16 -2.60 -3.19
-2.72 -2.31 -2.32 -2.01 -1.84 -1.89 -1.70 -1.51 -2.41 -1.83 -1.31 -2.03
-2.24 -2.08 -1.82 -1.74 -1.66 -1.59 -1.22 -2.15 -1.72 -1.15 -1.87
-2.12 -1.96 -1.88 -1.90 -1.80 -1.74 -2.42 -1.90 -1.31 -1.90
-1.67 -1.58 -1.49 -1.63 -1.48 -2.11 -1.62 -1.05 -1.57
-1.68 -1.71 -1.68 -1.51 -2.08 -1.64 -1.21 -1.53
-1.54 -1.46 -1.42 -1.98 -1.80 -1.29 -1.73
-1.21 -1.02 -2.32 -2.29 -1.68 -1.33
-0.91 -2.15 -2.27 -1.80 -1.26
-3.05 -2.16 -1.35 -2.25
-1.55 -0.59 -1.70
-0.12 -0.97
-1.75
"""
"""Contact energies of the upper half of the table, in the order of AMINO_ACIDS."""

COORDINATES = np.array([*product(range(3), repeat=3)])
NEIGHBORS = [[j for j in range(27) if np.abs(COORDINATES[i] - COORDINATES[j]).sum() == 1] for i in range(27)]


def padded(instead: dict[int, list[int]]) -> np.ndarray:
    """NEIGHBORS as an array (27, 6), filled up with -1; `instead`: other ones of some sites."""
    rows = [instead.get(i, own) for i, own in enumerate(NEIGHBORS)]
    return np.array([own + [-1] * (6 - len(own)) for own in rows])


def folding_probability(rows: list[str]) -> np.ndarray:
    """p(NATIVE | sequence) of each row, (n,), among the folds of lattice_folds.txt: `spinodal score --judge` calls it.

    A row with a gap or an unknown letter is no chain of 27 amino acids: 0. Raises ValueError for rows of other lengths.
    Cost: some seconds once, then .1 ms a row.
    """
    return _among(published_folds(), rows)


def probability_among_all(rows: list[str]) -> np.ndarray:
    """The same among all 103,346 folds, (n,): a harder test, which the published sequences were not made for.

    Cost: 5 ms a row.
    """
    return _among(folds(), rows)


def _among(some: np.ndarray, rows: list[str]) -> np.ndarray:
    letters, found = letters_of(rows), np.zeros(len(rows))
    whole = (letters >= 0).all(1)
    native = contacts(np.array([NATIVE]))
    found[whole] = probabilities(letters[whole], contacts(some), contact_energies(), native)
    return found


def letters_of(rows: list[str]) -> np.ndarray:
    """Rows as places in AMINO_ACIDS, (n, 27), -1 for other symbols. Raises ValueError for rows of other lengths."""
    if any(len(row) != 27 for row in rows):
        raise ValueError("lattice proteins have 27 sites")
    return np.array([[AMINO_ACIDS.find(letter) for letter in row] for row in rows])


def published_folds() -> np.ndarray:
    """The folds whose numbers lattice_folds.txt has, in the order of `folds`."""
    return folds()[np.array((Path(__file__).parent / "lattice_folds.txt").read_text().split(), dtype=int)]


@cache
def folds() -> np.ndarray:
    """All folds, one of each 48 that are rotations or reflections of each other, (103346, 27): the sites in order.

    Of the 48 it is the first by its sites, and so are the folds in order.
    """
    found = []
    for start in (0, 4):  # a corner and the center of a face: from edges and the center no walk visits all sites
        own = [x.astype(np.int8) for x in symmetries() if x[start] == start]
        first_steps = [j for j in NEIGHBORS[start] if j == min(symmetry[j] for symmetry in own)]
        walks = every_walk(start, padded({start: first_steps}), np.empty((140_000, 27), np.int8))
        for symmetry in own:
            moved = symmetry[walks]
            first = (moved != walks).argmax(1)[:, None]
            walks = walks[np.take_along_axis(moved - walks, first, 1)[:, 0] >= 0]  # the first of each orbit
        found.append(walks)
    return np.concatenate(found)


def symmetries() -> list[np.ndarray]:
    """The 48 rotations and reflections of the cube: the site that each site moves to, (27,)."""
    mirrored = [np.where(flip, 2 - COORDINATES, COORDINATES) for flip in product((False, True), repeat=3)]
    return [x[:, list(order)] @ (9, 3, 1) for x in mirrored for order in permutations(range(3))]


@njit
def every_walk(start: int, neighbors: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Walks from a site that visit each site once, into `out`; the part of it that they fill."""
    path, tried, used = np.zeros(27, np.int64), np.zeros(27, np.int64), np.zeros(27, np.bool_)
    path[0], used[start], depth, n = start, True, 0, 0
    while depth >= 0:
        following = neighbors[path[depth], tried[depth]] if tried[depth] < 6 else -1
        if depth == 26 or following < 0:  # complete, or no other way: one step back
            if depth == 26:
                out[n] = path
                n += 1
            used[path[depth]], tried[depth] = False, 0
            depth -= 1
        else:
            tried[depth] += 1
            if not used[following]:
                depth += 1
                path[depth], used[following] = following, True
    return out[:n]


def contacts(walks: np.ndarray) -> np.ndarray:
    """The contacts of each fold as 27 i + j, i < j the places in the chain, (folds, 28)."""
    place = walks.argsort(1)
    bonds = np.array([(i, j) for i in range(27) for j in NEIGHBORS[i] if j > i])
    both = np.sort(place[:, bonds], axis=2)
    apart = both[:, :, 1] - both[:, :, 0] > 1
    return (27 * both[:, :, 0] + both[:, :, 1])[apart].reshape(len(walks), 28).astype(np.int16)


def contact_energies() -> np.ndarray:
    """The table of contact energies, (20, 20)."""
    table = np.zeros((20, 20))
    table[np.triu_indices(20)] = [float(x) for x in ENERGIES.split()]
    return table + np.triu(table, 1).T


@njit
def probabilities(letters: np.ndarray, contacts: np.ndarray, energies: np.ndarray, native: np.ndarray) -> np.ndarray:
    """p(native | sequence) among the folds that have these contacts, (folds, 28); native: of one of them, (1, 28)."""
    found = np.empty(len(letters))
    pair = np.empty(27 * 27)
    for row in range(len(letters)):
        for i in range(27):
            for j in range(27):
                pair[27 * i + j] = energies[letters[row, i], letters[row, j]]
        own = 0.0
        for k in range(28):
            own += pair[native[0, k]]
        total = 0.0
        for fold in range(len(contacts)):
            energy = 0.0
            for k in range(28):
                energy += pair[contacts[fold, k]]
            total += np.exp(own - energy)
        found[row] = 1 / total
    return found
