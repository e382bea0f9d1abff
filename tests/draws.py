"""Random samples that tests of scores have in common."""

from __future__ import annotations

import torch


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def reals(n, d, seed=0):
    return torch.randn(n, d, generator=generator(seed))
