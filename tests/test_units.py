"""Units: what they show is drawn from the law whose log-partition they know."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch
from scipy.stats import kstest

import spinodal as sp
from spinodal import Alphabet, Noise
from spinodal.machines.energies import states
from spinodal.machines.units import KINDS, Units

from .laws import RARE, Z, assert_drawn_from, code, generator, histogram
from .skeletons import Ternary

LISTED = [sp.Bernoulli(4), sp.Spin(4), sp.Potts(2, 3), sp.Potts(1, 5), sp.Potts(3, 4, states=(4, 1, 3)), Ternary(3)]
"""Units whose states can be listed."""

UNITS = [*LISTED, sp.Gaussian(4)]
PLACE = Noise.of(4).at(1, 0)
each_units = pytest.mark.parametrize("units", UNITS, ids=str)
each_listed = pytest.mark.parametrize("units", LISTED, ids=str)


def potentials(units, n=1, scale=1.0, seed=0):
    return scale * torch.randn(n, units.size, generator=generator(seed), dtype=torch.get_default_dtype())


def shown_by(units, x, place):
    """A draw in the form of data, where an entry can be unknown."""
    return units.unpack(units.draw(x, place), x)


def numbers(units, shown):
    return units.numbers(shown, torch.empty(0))


def law(units, x):
    """p(s | x) of every state, for one potential."""
    return (numbers(units, states(units)) @ x).softmax(0)


def hide(units, known, where):
    return known.masked_fill(where, -1 if isinstance(units, sp.Potts) else float("nan"))


# -- what a potential makes them show --


@each_units
def test_mean_is_the_slope_of_log_partition(units, double):
    x = potentials(units, 7).requires_grad_()
    (slope,) = torch.autograd.grad(units.log_partition(x).sum(), x)
    torch.testing.assert_close(units.mean(x), slope)


@each_listed
def test_log_partition_and_mean_are_sums_over_states(units, double):
    x, every = potentials(units)[0], numbers(units, states(units))
    torch.testing.assert_close(units.log_partition(x), (every @ x).logsumexp(0))
    torch.testing.assert_close(units.mean(x[None])[0], law(units, x) @ every)


def test_log_partition_and_mean_of_gaussian_units_are_integrals(double):
    units, s = sp.Gaussian(1), torch.linspace(-30, 30, 200_001)[:, None]
    for x in torch.tensor([-9.0, -0.5, 0.0, 3.0]):
        weight = (x * s[:, 0] - units.self_energy(s)).exp()
        torch.testing.assert_close(units.log_partition(x[None]), torch.trapezoid(weight, s[:, 0]).log())
        mean = torch.trapezoid(weight * s[:, 0], s[:, 0]) / torch.trapezoid(weight, s[:, 0])
        torch.testing.assert_close(units.mean(x[None, None])[0, 0], mean)


@each_listed
def test_units_that_can_be_listed_have_no_energy_of_their_own(units):
    shown = numbers(units, states(units))
    assert torch.equal(units.self_energy(shown), torch.zeros(len(shown)))


@pytest.mark.parametrize("seed", range(3))
def test_gaussian_draws_are_normal_about_the_potential(seed, precision):
    units = sp.Gaussian(7)
    x = potentials(units, scale=5.0)
    off = units.draw(x.expand(20_000, -1), Noise.of(seed).at(1, 0)) - x
    assert off.dtype == precision
    assert kstest(off.double().flatten(), "norm").pvalue > RARE
    square = (off.T @ off / len(off) - torch.eye(7)).abs()
    assert (square <= Z * (1 + torch.eye(7)).sqrt() / len(off) ** 0.5).all()  # of normal numbers' products and squares


@each_listed
def test_draws_follow_the_law(units, precision):
    n, x = 40_000, potentials(units)
    shown = units.draw(x.expand(n, -1), PLACE)
    assert shown.shape == (n, units.columns)
    assert_drawn_from(histogram(code(units, shown), len(states(units)))[None], law(units, x[0])[None])


@each_units
def test_average_is_the_mean_of_numbers(units):
    shown = units.draw(potentials(units, 50), PLACE)
    torch.testing.assert_close(units.average(shown, torch.empty(0)), numbers(units, shown).mean(0))
    torch.testing.assert_close(units.average(numbers(units, shown), torch.empty(0)), numbers(units, shown).mean(0))


@each_units
def test_resting_is_the_inverse_of_mean(units, double):
    mean = units.mean(potentials(units))[0]
    torch.testing.assert_close(units.mean(units.inverse_mean(mean)[None])[0], mean)


@each_units
@pytest.mark.parametrize("rate", [0.2, 1.0])
def test_follow_moves_the_potential_and_shows_its_mean(units, rate, precision):
    potential, field = potentials(units, 5), potentials(units, 5, seed=1)
    moved = potential + rate * (field - potential)
    shown = units.relax(potential, field, rate)
    torch.testing.assert_close(potential, moved)
    torch.testing.assert_close(shown, units.mean(moved), rtol=0, atol=2e-6)


def test_a_spin_is_two_bernoulli_minus_one(precision):
    spin, bernoulli = sp.Spin(300), sp.Bernoulli(300)
    x = potentials(spin, 40)
    assert torch.equal(spin.draw(x, PLACE), 2 * bernoulli.draw(2 * x, PLACE) - 1)
    torch.testing.assert_close(spin.mean(x), 2 * bernoulli.mean(2 * x) - 1, rtol=0, atol=1e-6)
    torch.testing.assert_close(spin.log_partition(x), bernoulli.log_partition(2 * x) - x.sum(1))


def test_potts_of_two_colors_is_bernoulli_up_to_gauge(double):
    potts, bernoulli = sp.Potts(4, 2), sp.Bernoulli(4)
    x = potentials(potts, 1)
    zero, one = x.chunk(2, 1)
    torch.testing.assert_close(potts.mean(x)[:, 4:], bernoulli.mean(one - zero))
    torch.testing.assert_close(potts.log_partition(x), bernoulli.log_partition(one - zero) + zero.sum(1))
    counts = histogram(code(potts, potts.draw(x.expand(30_000, -1), PLACE)), 16)
    assert_drawn_from(counts[None], law(bernoulli, (one - zero)[0])[None])


def test_large_potentials_saturate(precision):
    for units, low in ((sp.Bernoulli(3), 0), (sp.Spin(3), -1)):
        x = torch.full((2000, 3), 200.0)
        assert (units.draw(x, PLACE) == 1).all()
        assert (units.draw(-x, PLACE) == low).all()
    x = torch.zeros(2000, 6).index_fill(1, torch.tensor([4, 5]), 200.0)
    assert (sp.Potts(2, 3).draw(x, PLACE) == 2).all()


# -- how what they show acts --


@each_units
@pytest.mark.parametrize("onto", ["nothing", "a row for all", "a row each"])
def test_send_is_a_product_with_the_numbers(units, onto, precision):
    shown, weight = units.draw(potentials(units, 6), PLACE), potentials(units, 9).T
    add = {"nothing": None, "a row for all": torch.ones(9), "a row each": torch.ones(6, 9)}[onto]
    want = numbers(units, shown) @ weight + (0 if add is None else add)
    for form in (shown, numbers(units, shown)):
        sent = units.send(form, weight, None if add is None else add.clone())
        torch.testing.assert_close(sent, want)


@each_units
@pytest.mark.parametrize("moved", [0.0, 5.0])
def test_a_mean_is_no_alias_of_its_potential(units, moved, precision):
    potential = potentials(units, 3)
    before, mean = potential.clone(), units.mean(potential)
    want = mean.clone()
    potential += moved
    assert torch.equal(mean, want)
    assert torch.equal(potential, before + moved)


@each_units
def test_gauge_is_a_projection_that_conditionals_dont_see(units, double):
    weight, x = potentials(units, 5).T, potentials(units)
    gauged = units.gauge(weight)
    torch.testing.assert_close(units.gauge(gauged), gauged)
    shown = units.draw(potentials(units, 30), PLACE)
    sent, sent_gauged = (units.send(shown, w) for w in (weight, gauged))
    shift = sent - sent_gauged
    torch.testing.assert_close(shift, shift[:1].expand_as(shift))  # others see a constant: a change of their bias
    back, back_gauged = (units.mean(x + w.T) for w in (weight, gauged))
    torch.testing.assert_close(back, back_gauged)
    if isinstance(units, sp.Potts):
        assert gauged.unflatten(0, (units.colors, units.sites)).sum(0).abs().max() < 1e-14


def test_numbers_are_state_major():
    potts = sp.Potts(2, 3)
    assert numbers(potts, torch.tensor([[0, 2]])).tolist() == [[1, 0, 0, 0, 0, 1]]


# -- what is known of them --


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int16, torch.int64])
def test_tidy_takes_letters_of_any_integer_type(dtype):
    x = sp.Potts(3, 4).validate(torch.tensor([[0, 3, 2]], dtype=dtype), torch.empty(0))
    assert (x.dtype, x.tolist()) == (torch.int32, [[0, 3, 2]])


@pytest.mark.parametrize("known", [torch.tensor([[True, False]]), torch.tensor([[1, 0]]), torch.tensor([[1.0, 0.0]])])
def test_tidy_takes_binary_data_of_any_type(known):
    assert sp.Bernoulli(2).validate(known, torch.empty(0, dtype=torch.float64)).tolist() == [[1.0, 0.0]]


@each_units
def test_tidy_takes_what_is_unknown(units):
    known = shown_by(units, potentials(units, 4), PLACE)
    for where in (torch.arange(units.columns) == 0, torch.tensor(True)):
        x = units.validate(hide(units, known, where), torch.empty(0))
        assert torch.equal(x.isnan() if x.is_floating_point() else x < 0, where.expand(4, units.columns))


@each_units
def test_tidy_takes_means(units):
    mean = units.mean(potentials(units, 3))
    assert torch.equal(units.validate(mean, mean), mean)


@pytest.mark.parametrize(
    ("units", "known", "message"),
    [
        (sp.Bernoulli(2), torch.tensor([[0.0, 1.5]]), r"Bernoulli\(size=2\) shows numbers from 0 to 1, not 0 to 1.5"),
        (sp.Bernoulli(2), torch.tensor([[float("nan"), -1.0]]), "shows numbers from 0 to 1, not -1 to 0"),
        (sp.Bernoulli(1), torch.tensor([[float("inf")]]), "not inf to inf"),
        (sp.Spin(2), torch.tensor([[0.0, -2.0]]), "shows numbers from -1 to 1, not -2 to 0"),
        (sp.Bernoulli(2), torch.zeros(3, 4), r"takes rows of 2, \(n, 2\), not \(3, 4\)"),
        (sp.Bernoulli(2), torch.zeros(2), r"takes rows of 2, \(n, 2\), not \(2,\)"),
        (sp.Bernoulli(2), torch.zeros(0, 2), r"not \(0, 2\)"),
        (sp.Gaussian(2), torch.tensor([[0.0, float("inf")]]), r"Gaussian\(size=2\) shows finite numbers, not inf"),
        (sp.Gaussian(2), torch.tensor([[float("nan"), -float("inf")]]), "give NaN for what is unknown"),
        (sp.Gaussian(2), torch.tensor([[0.0, 1e300]], dtype=torch.float64), "shows finite numbers"),
        (sp.Gaussian(2), torch.zeros(3, 4), r"takes rows of 2, \(n, 2\), not \(3, 4\)"),
        (sp.Potts(2, 3), torch.tensor([[0, 3]]), r"shows letters from 0 to 2 \(-1: unknown\), not 0 to 3"),
        (sp.Potts(2, 3), torch.tensor([[-2, 0]]), "not -2 to 0"),
        (sp.Potts(2, 3), torch.zeros(1, 6, dtype=torch.int64), r"takes rows of 2, \(n, 2\), not \(1, 6\)"),
        (sp.Potts(2, 3), torch.zeros(1, 2), r"takes rows of 6, \(n, 6\), not \(1, 2\)"),
    ],
)
def test_tidy_says_what_cannot_be_shown(units, known, message):
    with pytest.raises(ValueError, match=message):
        units.validate(known, torch.empty(0))


@each_units
@pytest.mark.parametrize("known_as", ["shown", "numbers"])
@pytest.mark.parametrize("shown_as", ["shown", "numbers"])
def test_fill_keeps_what_is_known(units, known_as, shown_as):
    known, shown = (shown_by(units, potentials(units, 40, seed=i), Noise.of(i).at(0, 0)) for i in (0, 1))
    where = torch.rand(known.shape, generator=generator()) < 0.5
    want = numbers(units, torch.where(where, shown, known))
    wide = where.repeat(1, units.size // units.columns)
    holes = {"shown": hide(units, known, where), "numbers": numbers(units, known).masked_fill(wide, float("nan"))}
    filled = units.fill(holes[known_as], shown if shown_as == "shown" else numbers(units, shown))
    assert torch.equal(numbers(units, filled), want)


def test_potts_needs_a_symbol_for_every_color():
    assert sp.Potts(3, 2, symbols=("A", "B")) == sp.Potts(3, 2)
    with pytest.raises(ValueError, match=r"Potts\(sites=3, colors=2\) needs 2 symbols, not 3"):
        sp.Potts(3, 2, symbols=("A", "B", "C"))


# -- sites that differ --

DIFFER = [sp.Potts(3, 3, states=(3, 1, 2)), sp.Potts(2, 5, states=(2, 4)), sp.Potts(4, 3, states=(2,) * 4)]
each_differing = pytest.mark.parametrize("units", DIFFER, ids=str)


def lacked(units):
    """Which states sites lack, by color and site."""
    return torch.tensor([[color >= q for q in units.counts] for color in range(units.colors)])


def to_columns(units, x):
    """State-major numbers (n, size) as those of a layer a site, of the states it has."""
    by_color = x.unflatten(-1, (units.colors, units.sites))
    return [by_color[..., :q, i] for i, q in enumerate(units.counts)]


@each_differing
def test_each_site_is_a_layer_of_its_own(units, precision):
    x = 3 * potentials(units, 200)
    apart = [(sp.Potts(1, q), part) for q, part in zip(units.counts, to_columns(units, x))]
    torch.testing.assert_close(units.log_partition(x), sum(one.log_partition(part) for one, part in apart))
    for (one, part), mean in zip(apart, to_columns(units, units.mean(x))):
        torch.testing.assert_close(mean, one.mean(part), rtol=0, atol=1e-6)


@each_differing
@pytest.mark.parametrize("high", [0.0, 60.0, 200.0])
def test_what_a_site_lacks_is_never_shown(units, high, precision):
    x = potentials(units, 3000)
    x[:, lacked(units).flatten()] = high
    letters, mean = units.draw(x, PLACE), units.mean(x)
    assert (letters < torch.tensor(units.counts)).all()
    assert (letters.amax(0) == torch.tensor(units.counts) - 1).all()
    assert (mean[:, lacked(units).flatten()] == 0).all()
    torch.testing.assert_close(mean.unflatten(1, (units.colors, -1)).sum(1), torch.ones(3000, units.sites))


@each_differing
def test_what_a_site_lacks_stays_0(units, double):
    off = lacked(units).flatten()
    weight = units.gauge(potentials(units, 6).T)
    assert (weight[off] == 0).all()
    assert weight.unflatten(0, (units.colors, -1)).sum(0).abs().max() < 1e-14
    frequencies = torch.full((units.size,), 1 / units.colors)  # smoothed: more than 0 for what is never shown
    for mean in (frequencies, frequencies.masked_fill(off, 0.0)):
        inverse_mean = units.inverse_mean(mean)
        assert (inverse_mean[off] == 0).all()
        torch.testing.assert_close(inverse_mean, torch.zeros(units.size))
    never = units.inverse_mean(units.mean(torch.zeros(1, units.size))[0].index_fill(0, torch.tensor(0), 0.0))
    assert (never[off] == 0).all()


def test_as_many_states_at_all_sites_are_none_said():
    units = sp.Potts(4, 3, states=(3, 3, 3, 3))
    assert (units, units.states, units.counts) == (sp.Potts(4, 3), (), (3, 3, 3, 3))
    assert hash(units) == hash(sp.Potts(4, 3)) != hash(sp.Potts(4, 3, states=(3, 3, 3, 2)))
    assert str(sp.Potts(4, 3, states=(3, 3, 3, 2))) == "Potts(sites=4, colors=3, states=(3, 3, 3, 2))"


def test_states_that_no_site_has_change_nothing(precision):
    less, more = sp.Potts(4, 2), sp.Potts(4, 5, states=(2,) * 4)
    x = potentials(less, 500)
    wide = torch.cat([x, potentials(sp.Bernoulli(12), 500)], 1)
    assert torch.equal(less.draw(x, PLACE), more.draw(wide, PLACE))
    torch.testing.assert_close(less.mean(x), more.mean(wide)[:, :8], rtol=0, atol=1e-6)
    torch.testing.assert_close(less.log_partition(x), more.log_partition(wide))


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        (
            {"states": (3,)},
            r"Potts\(sites=2, colors=3, states=\(3,\)\) needs states from 1 to 3, one a site: 2 of them",
        ),
        ({"states": (3, 4)}, "states of Potts must be from 1 to 3, not 4"),
        ({"states": (0, 3)}, "states of Potts must be 1 or more, not 0"),
        ({"states": (2, 3), "symbols": ("a", "b", "c")}, "needs tuples of symbols, one a site, not 3"),
        (
            {"states": (2, 3), "symbols": (("a", "b"), ("a", "b"))},
            r"a symbol for every state of each site, not \[2, 2\]",
        ),
        ({"symbols": (("a", "b", "c"),)}, r"a symbol for every state of each site, not \[3\]"),
    ],
)
def test_sites_that_cannot_be_say_why(plan, message):
    with pytest.raises(ValueError, match=message):
        sp.Potts(2, 3, **plan)


def test_every_site_may_have_symbols_of_its_own():
    for counts in ((3, 3), (3, 2)):
        symbols = (("a", "b", "c"), ("no", "yes", "?")[: counts[1]])
        units = sp.Potts(2, 3, counts, symbols)
        assert units.by_site
        assert not sp.Potts(2, 3, symbols=("a", "b", "c")).by_site
        assert Alphabet.of(units).symbols == ("0", "1", "2")


@pytest.mark.parametrize(
    ("known", "message"),
    [
        ([[2, 0, -1], [0, 1, 0]], "site 1 .from 0. has states 0 to 0, not 1"),
        ([[-1, 0, 2], [3, 0, 0]], r"shows letters from 0 to 2 .-1: unknown., not -1 to 3"),
        ([[2, 0, 2]], "site 2 .from 0. has states 0 to 1, not 2"),
        ([[1.0, 1, 0, 0, 0, 0.5, 0, 0, 0.5]], "site 2 .from 0. has states 0 to 1, not 2"),
        ([[float("nan"), 1, 1, 0, 0.1, 0, 0, 0, 0]], "site 1 .from 0. has states 0 to 0, not 1"),
    ],
)
def test_tidy_names_the_site_that_lacks_a_state(known, message):
    with pytest.raises(ValueError, match=message):
        DIFFER[0].validate(torch.tensor(known), torch.empty(0))


def test_a_new_kind_of_unit_is_four_answers():
    assert Units.__abstractmethods__ == {"draw", "mean", "log_partition", "inverse_mean"}


def test_a_thousand_chains_have_the_mean_they_should(precision):
    for units in (sp.Bernoulli(50), sp.Spin(50), sp.Potts(10, 5), sp.Potts(10, 5, states=(5, 1, 2, 3, 4) * 2)):
        x = potentials(units, 1)
        shown = numbers(units, units.draw(x.expand(4000, -1), PLACE))
        mean, square = units.mean(x)[0], 1.0 if isinstance(units, sp.Spin) else units.mean(x)[0]
        assert ((shown.mean(0) - mean).abs() <= Z * ((square - mean**2) / 4000).sqrt()).all()


@each_units
@pytest.mark.parametrize("scale", [0.1, 3.0, 100.0])
def test_log_partition_is_the_same_with_and_without_a_slope(units, scale, double):
    x = potentials(units, 50, scale)
    with torch.no_grad():
        bare = units.log_partition(x)
    torch.testing.assert_close(bare, units.log_partition(x))


def test_values_may_depend_on_a_field_of_the_units():
    """They are numbers with a point, as integers would be letters."""

    @dataclass(frozen=True)
    class Counted(sp.Bernoulli):
        count: int = 3
        values = property(lambda self: range(self.count + 1))

    try:
        units = Counted(2, count=5)
        assert units.values == (0.0, 1.0, 2.0, 3.0, 4.0, 5.0)
        assert all(isinstance(x, float) for x in units.values)
        assert (units.low, units.high) == (0.0, 5.0)
    finally:
        del KINDS["Counted"]


def test_values_that_are_no_numbers_are_refused():
    with pytest.raises(TypeError, match=r"values of Odd are the numbers of a draw in increasing order, .* not 3"):
        type("Odd", (sp.Bernoulli,), {"values": 3})
    assert "Odd" not in KINDS
