"""Elsewhere: a device that is not there. Its tensors are computed on the CPU, and refused where they meet the CPU's."""

from __future__ import annotations

from collections import Counter
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map

from spinodal.machines import potts
from spinodal.machines.kernels import integer_products

DEVICE = torch.device("meta")
"""The name of a device that torch looks for nowhere; outside of `Elsewhere` it has no numbers."""


class There(Tensor):
    """A tensor of the device: to Python it has no numbers."""

    own: Tensor

    @staticmethod
    def __new__(cls, own: Tensor) -> There:
        found = torch.Tensor._make_wrapper_subclass(
            cls, own.shape, own.stride(), own.storage_offset(), dtype=own.dtype, device=DEVICE
        )
        found.own = own
        return found

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        raise RuntimeError(f"{func} of a tensor of another device, outside of `Elsewhere`")


def forget() -> None:
    """Empties what is kept for a device: outside of `Elsewhere` one of this name has other tensors, without numbers."""
    for kept in (potts._sites, potts._lacking, integer_products.fastest):
        if hasattr(kept, "cache_clear"):  # a test may have put a function of its own in its place
            kept.cache_clear()


class Elsewhere(TorchDispatchMode):
    """Inside this context there is such a device; `read` counts what Python asked it for, and so waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.read: Counter[str] = Counter()

    def __enter__(self) -> Elsewhere:
        forget()
        return super().__enter__()

    def __exit__(self, *raised: Any) -> None:
        super().__exit__(*raised)
        forget()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        flat, _ = tree_flatten((args, kwargs))
        there = {id(x.own): x for x in flat if isinstance(x, There)}
        asked = kwargs.get("device")
        stays = bool(there) if asked is None else torch.device(asked) == DEVICE
        if there:
            self._check(func, flat)
        if asked is not None and stays:
            kwargs["device"] = torch.device("cpu")
        args, kwargs = tree_map(lambda x: x.own if isinstance(x, There) else x, (args, kwargs))
        found = func(*args, **kwargs)
        return tree_map(lambda x: there.get(id(x), There(x)) if isinstance(x, Tensor) else x, found) if stays else found

    def _check(self, func: Any, flat: list[Any]) -> None:
        """As CUDA refuses a tensor of the CPU beside its own, but for a single number or a copy."""
        here = [x for x in flat if isinstance(x, Tensor) and not isinstance(x, There)]
        name = func.name().removeprefix("aten::").partition(".")[0]
        if any(x.dim() for x in here) and name not in ("copy_", "_to_copy", "index", "index_put_"):
            raise RuntimeError(f"{name}: tensors of the CPU and of another device")
        if name in ("_local_scalar_dense", "equal", "nonzero", "is_nonzero", "bincount", "masked_select"):
            self.read[name] += 1
