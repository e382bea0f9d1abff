"""Neighbors: how many rows of letters are nearly the same as each, by bits."""

from __future__ import annotations

import numpy as np


def neighbors(letters: np.ndarray, identity: float) -> np.ndarray:
    """How many rows agree with each row at that fraction of the sites, itself included, (n,)."""
    n, sites = letters.shape
    planes = _packed(letters)
    most = sites - int(np.ceil(identity * sites - 1e-9))
    block = max(1, 2**17 // max(n, 1))
    counts = np.zeros(n, dtype=np.int64)
    for start in range(0, n, block):
        near = _differences(planes[..., start : start + block], planes[..., start:]) <= most
        counts[start : start + block] += near.sum(axis=1)
        counts[start + block :] += near[:, block:].sum(axis=0)
    return counts


def _packed(letters: np.ndarray) -> np.ndarray:
    """Letters as bits: uint64 (bits of a letter, words of 64 sites, n)."""
    raised = (letters.astype(np.int16) + 1).view(np.uint16)
    depth = int(raised.max(initial=1)).bit_length()
    padded = np.pad(raised, ((0, 0), (0, -letters.shape[1] % 64)))
    planes = [np.packbits((padded >> bit) & 1, axis=1).view(np.uint64).T for bit in range(depth)]
    return np.ascontiguousarray(planes)


def _differences(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """At how many sites each of some rows differs from each of others, (some, others)."""
    total = np.zeros((some.shape[2], others.shape[2]), dtype=np.uint16)
    for word in range(some.shape[1]):
        differ = some[0, word][:, None] ^ others[0, word]
        for bit in range(1, len(some)):
            differ |= some[bit, word][:, None] ^ others[bit, word]
        total += np.bitwise_count(differ)
    return total
