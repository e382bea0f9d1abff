"""Architectures: the machines of both papers, as networks: which layers meet, and in which order they move."""

from __future__ import annotations

from collections.abc import Collection

from .network import Network
from .units import Units


def rbm(
    hidden: Units, *, sampled: Collection[str] | None = None, std: float = 0.01, seed: int = 0, **seen: Units
) -> Network:
    """Restricted Boltzmann machine: each of the layers in `seen` (visible, label, ...) meets one hidden layer.

        E = - Σ_i a_i v_i - Σ_μ b_μ h_μ - c_l - Σ_iμ v_i W_iμ h_μ - Σ_μ D_lμ h_μ

    F&F paper (arXiv:2307.06797), Fig. 2A. `sampled` names the layers that are drawn; by default all are.

    >>> from spinodal import Bernoulli, Potts, rbm
    >>> machine = rbm(Bernoulli(20), visible=Potts(30, 5), label=Potts(1, 3))
    >>> {name: tuple(x.shape) for name, x in machine.named_parameters() if "coupling" in name}
    {'coupling.visible-hidden.weight': (150, 20), 'coupling.label-hidden.weight': (3, 20)}
    """
    units = {**seen, "hidden": hidden}
    blocks = (("hidden",), tuple(seen))
    edges = [(k, "hidden") for k in seen]
    return Network(units, edges, blocks, sampled=units if sampled is None else sampled, std=std, seed=seed)


def chaotic(
    *hidden: Units,
    gain: float,
    rate: float,
    std: float = 0.0,
    seed: int = 0,
    variance: str = "fan-in",
    start_std: float = 1.0,
    self_coupling: bool = True,
    **seen: Units,
) -> Network:
    """Chaotic rate network of one, two or three layers (Fournier & Urbani, arXiv:2405.10822, eqs. 2-10).

        tau dx/dt = -x + (J + A) φ(y) + b,   in steps of dt = rate tau

    Without hidden units the seen layers meet `visible`, itself included; with one or two they meet `hidden`,
    and `hidden` meets `deep`. J is frozen, of gain g, another one each way; A is learned, the same both ways, and
    starts at 0 (`std`), as do the biases. φ is tanh for Spin, softmax for Potts, the logistic function for Bernoulli,
    none for Gaussian, whose value is their potential and which may meet any other units.
    A run starts at potentials ~ N(0, start_std²) of the seed, and no noise enters after that.
    `variance` is one of the readings of J's variance (`couplings.VARIANCES`), by default fan-in; `self_coupling` counts
    with one layer only. Raises ValueError for more than two hidden layers, and what is out of range.

    >>> from spinodal import Spin, chaotic
    >>> machine = chaotic(Spin(20), gain=2.0, rate=0.2, visible=Spin(30))
    >>> {name: tuple(x.shape) for name, x in machine.named_buffers()}
    {'coupling.visible-hidden.forth': (30, 20), 'coupling.visible-hidden.back': (20, 30)}
    """
    if len(hidden) > 2:
        raise ValueError(f"a chaotic network has at most two hidden layers, not {len(hidden)}")
    if not hidden and "visible" not in seen:
        raise ValueError("columns of a table meet in a hidden layer: a chaotic network of them has one or two")
    deeper = dict(zip(("hidden", "deep"), hidden))
    edges = [(k, "hidden" if hidden else "visible") for k in seen] + list(zip(deeper, list(deeper)[1:]))
    units = {**seen, **deeper}
    return Network(
        units,
        edges,
        (tuple(units),),
        rate=rate,
        gain=gain,
        std=std,
        seed=seed,
        variance=variance,
        start_std=start_std,
        self_coupling=self_coupling,
    )
