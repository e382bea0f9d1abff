"""Sites are the same in any order, with any exchange of alleles, in any subset; what can't be told is unknown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import spinodal as sp
from spinodal import aligned
from spinodal.data.alphabet import BINARY
from spinodal.data.dataset import Dataset, numbered_names
from spinodal.data.matching import Key, match_keys
from spinodal.data.reals import standardize
from spinodal.evaluation import compare
from spinodal.files.plink import GENOTYPE
from spinodal.files.sites import Sites

from . import genomes
from .formats import few

COMPLEMENT = str.maketrans("ACGT", "TGCA")
quiet = pytest.mark.filterwarnings("ignore:.*sites of the training data are found")


def named(sites: Sites, alphabet=BINARY, seed=0, low=-1) -> Dataset:
    """Rows at random that have these sites."""
    letters = np.random.default_rng(seed).integers(low, len(alphabet.symbols), (6, len(sites)), dtype=np.int8)
    return Dataset({"visible": letters}, {"visible": alphabet}, numbered_names(6), notes=sites.notes)


def at(sites: Sites, chosen) -> Sites:
    """Some of the sites, in an order."""
    return Sites(*([values[i] for i in chosen] for values in vars(sites).values()))


def exchanged(sites: Sites, turned) -> Sites:
    """The sites with the two alleles of some exchanged."""
    pairs = [(b, a) if t else (a, b) for a, b, t in zip(sites.reference, sites.alternative, turned)]
    return replace(sites, reference=[a for a, _ in pairs], alternative=[b for _, b in pairs])


def changed(data: Dataset, chosen, turned) -> Dataset:
    """The same rows as a file of some of the sites may have them, in another order, and other alleles counted."""
    letters, most = data["visible"][:, chosen], len(data.alphabets["visible"].symbols) - 1
    own = np.array(turned, dtype=bool)[chosen]
    letters = np.where(own & (letters >= 0), most - letters, letters).astype(np.int8)
    return replace(data, columns={"visible": letters}, notes=exchanged(at(Sites.of(data), chosen), own).notes)


def known(data: Dataset, chosen) -> np.ndarray:
    """The letters of data of which these sites alone are known."""
    return data.keep("visible", list(chosen))["visible"]


@st.composite
def files(draw):
    """Sites, some of them in any order, more than half of all, and which have their alleles exchanged."""
    alleles = st.sampled_from([("A", "G"), ("T", "C"), ("A", "T"), ("G", "GTA"), ("a", "c")])
    places = st.tuples(st.sampled_from(["1", "2", "X"]), st.integers(1, 5))
    rows = draw(st.lists(st.tuples(places, alleles), min_size=1, max_size=12, unique_by=lambda row: str(row).upper()))
    chromosome, position = zip(*(place for place, _ in rows))
    first, second = zip(*(pair for _, pair in rows))
    sites = Sites(list(chromosome), list(position), ["."] * len(rows), list(first), list(second))
    order = draw(st.permutations(range(len(rows))))
    size = draw(st.integers((len(rows) + 1) // 2, len(rows)))
    return sites, order[:size], draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows)))


# -- SNPs ---------------------------------------------------------------------------------------


@quiet
@few
@given(files(), st.sampled_from([BINARY, GENOTYPE]), st.integers(0, 9))
def test_a_file_of_the_same_sites_is_the_same_data(file, alphabet, seed):
    sites, chosen, turned = file
    data = named(sites, alphabet, seed)
    found = aligned(changed(data, chosen, turned), data.notes)
    assert np.array_equal(found["visible"], known(data, chosen))
    assert Sites.of(found) == sites or list(chosen) == list(range(len(sites)))


@quiet
@few
@given(files(), st.sampled_from(["chr{}", "CHR{}", "{}"]), st.booleans())
def test_chromosomes_have_several_names(file, called, numbered_x):
    sites, chosen, turned = file
    data = named(sites)
    other = changed(data, chosen, turned)
    names = [("23" if numbered_x and c == "X" else called.format(c)) for c in Sites.of(other).chromosome]
    other.notes["sites"]["chromosome"] = names
    assert np.array_equal(aligned(other, data.notes)["visible"], known(data, chosen))


def test_two_sites_of_one_place_are_told_apart_by_their_alleles():
    ours = [Key(1, ("A", "G")), Key(1, ("A", "T")), Key(1, ("G", "A")), Key(2, ("C", "T"))]
    plan = match_keys(ours, [ours[3], ours[2], ours[1], ours[0]])
    assert plan.source.tolist() == [3, 2, 1, 0]
    assert not plan.flipped.any()


def test_two_sites_that_are_alike_are_not_told_apart():
    ours = [Key(1, ("A", "G")), Key(1, ("A", "G")), Key(2, ("C", "T"))]
    assert match_keys(ours, ours).is_identity
    plan = match_keys(ours, ours[::-1])
    assert plan.source.tolist() == [-1, -1, 0]
    assert (plan.ambiguous, plan.absent, plan.other_alleles) == (2, 0, 0)
    assert match_keys(ours[1:], ours).source.tolist() == [-1, 2]


@pytest.mark.parametrize(
    ("ours", "theirs", "source", "flipped"),
    [
        (("A", "G"), ("A", "0"), 0, False),
        (("A", "G"), ("0", "A"), 0, True),
        (("A", "0"), ("G", "A"), 0, True),
        (("A", "."), (".", "A"), 0, True),
        (("A", "G"), ("0", "0"), -1, False),
        (("A", "G"), ("C", "0"), -1, False),
    ],
)
def test_an_allele_that_nobody_has_fits_any(ours, theirs, source, flipped):
    plan = match_keys([Key(1, ours), Key(2, ("A", "C"))], [Key(1, theirs)])
    assert (plan.source.tolist(), plan.flipped.tolist()) == ([source, -1], [flipped, False])


def test_the_other_strand_is_not_taken_for_the_same():
    sites = Sites(["1"] * 5, [1, 2, 3, 4, 5], ["."] * 5, ["A", "A", "A", "C", "AG"], ["G", "T", "C", "T", "A"])
    flipped = replace(sites, reference=["T", *sites.reference[1:]], alternative=["C", *sites.alternative[1:]])
    data = named(sites)
    with pytest.warns(UserWarning, match=r"3 of the 5 sites .*; 1 have other alleles \(1 of them those of the other "
                      r"strand\), "
                      r"so they are unknown; 1 are ambiguous \(such as A/T"):  # fmt: skip
        found = aligned(replace(data, notes=flipped.notes), data.notes)
    assert np.array_equal(found["visible"], known(data, [2, 3, 4]))
    every = [[x.translate(COMPLEMENT)[::-1] for x in side] for side in (sites.reference, sites.alternative)]
    with pytest.raises(ValueError, match=r"only 0 of the 5 .*: 4 have other alleles \(4 of them those of the "
                       r"other strand\), 1 "
                       "are ambiguous .* convert both to the same strand and reference first"):  # fmt: skip
        aligned(replace(data, notes=replace(sites, reference=every[0], alternative=every[1]).notes), data.notes)


def test_alleles_that_contradict_are_unknown():
    sites = genomes.sites(8)
    other = replace(sites, alternative=["CCC" if i < 3 else x for i, x in enumerate(sites.alternative)])
    data = named(sites)
    with pytest.warns(UserWarning, match="5 of the 8 sites .*; 3 have other alleles, so they are unknown$"):
        found = aligned(replace(data, notes=other.notes), data.notes)
    assert np.array_equal(found["visible"], known(data, range(3, 8)))


def test_snps_without_positions_are_known_by_their_ids():
    sites = Sites(["1"] * 4, [7, 9, 11, 13], ["rs1", "rs2", "rs3", "."], ["A"] * 4, ["G"] * 4)
    data = named(sites)
    other = changed(data, [2, 1, 0], [False, True, False, False])
    other.notes["sites"]["position"] = [0, 0, 0]
    with pytest.warns(UserWarning, match=r"3 of the 4 .* in another order; 1 have their .*; 1 are absent"):
        assert np.array_equal(aligned(other, data.notes)["visible"], known(data, [0, 1, 2]))


def test_a_legend_without_chromosomes_is_matched_by_positions():
    sites = Sites(["22"] * 4, [7, 9, 11, 13], ["."] * 4, ["A"] * 4, ["G"] * 4)
    data = named(sites, low=0)
    lines = ["id position a0 a1", *(f"rs{at} {at} G A" for at in sites.position[::-1])]
    other = Dataset({"visible": 1 - data["visible"][:, ::-1]}, data.alphabets, data.names, notes={"legend": lines})
    with pytest.warns(UserWarning, match="4 of the 4 .* 4 have their two alleles exchanged"):
        found = aligned(other, data.notes)
    assert np.array_equal(found["visible"], data["visible"])
    assert "legend" not in found.notes


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            {"chromosome": ["9"] * 8},
            "none of the 8 sites .* they are 22:7, 22:12, 22:17, ..., but the sites here are 9:7, 9:12",
        ),
        (
            {"position": list(range(900, 908))},
            "none of the 8 .* 5 have the same ids: is it another build",
        ),
        ({"position": [7, 12, 17, *range(900, 905)]}, "only 3 of the 8 sites .*: 5 are absent; .* Train a model"),
        ({"alternative": ["AAA"] * 8}, "only 0 of the 8 .*: 8 have other alleles; convert both to the same strand"),
    ],
)
def test_other_sites_are_refused(change, says):
    data = named(genomes.sites(8))
    with pytest.raises(ValueError, match=says):
        aligned(replace(data, notes=replace(genomes.sites(8), **change).notes), data.notes, "other.vcf")


def test_snps_that_count_say_nothing(tmp_path):
    data = named(genomes.sites(8), low=0)
    sp.write(replace(data, notes={}), tmp_path / "counted.vcf")  # at 1, 2, 3 ... of chromosome 1
    counted = sp.read(tmp_path / "counted.vcf")
    with pytest.warns(UserWarning, match="its sites have no names"):
        assert aligned(counted, data.notes) is counted
    assert aligned(data, counted.notes) is data


def test_a_legend_of_something_else_names_nothing():
    data = named(genomes.sites(2))
    for other in ({"legend": ["id position a0 a1", "a x A C", "b y A C"]}, {"snps": ["a b", "c d"]}):
        assert aligned(data, other) is data


def test_images_of_another_shape_are_refused():
    data = Dataset(
        {"visible": np.zeros((3, 12), np.int8)}, {"visible": BINARY}, numbered_names(3), notes={"image": [2, 6]}
    )
    assert aligned(data, {"image": [2, 6]}) is data
    with pytest.raises(ValueError, match="its images have 2 x 6 pixels, those of the training data 3 x 4"):
        aligned(data, {"image": [3, 4]})


def test_notes_of_other_sites_than_the_data_have_are_refused():
    data = named(genomes.sites(8))
    with pytest.raises(ValueError, match="the notes name 7 sites, but the data have 8"):
        aligned(replace(data, notes=genomes.sites(7).notes), data.notes)


# -- columns with names -------------------------------------------------------------------------


def genes(n=9, seed=0) -> Dataset:
    """Counts of genes A, B, C, ..."""
    counts = np.random.default_rng(seed).integers(0, 50, (6, n)).astype(np.float64)
    return Dataset({"visible": counts}, {}, numbered_names(6), notes={"var_names": [chr(65 + i) for i in range(n)]})


@quiet
@few
@given(st.permutations(range(9)), st.integers(5, 9), st.booleans())
def test_genes_are_matched_by_name(order, size, scaled):
    data, chosen = genes(), order[:size]
    train = standardize(data) if scaled else data
    other = replace(data, columns={"visible": data["visible"][:, chosen]},
                    notes={"var_names": [data.notes["var_names"][i] for i in chosen]})  # fmt: skip
    found = aligned(standardize(other) if scaled else other, train.notes)
    want = np.full(train["visible"].shape, np.nan)
    want[:, chosen] = train["visible"][:, chosen]
    np.testing.assert_allclose(found["visible"], want, rtol=1e-5, atol=1e-5)
    assert found.notes == train.notes


def test_genes_of_other_names_are_refused():
    data = genes()
    with pytest.raises(
        ValueError, match=r"none of the 9 .* they are A, B, C, ..., but the sites here are gA, gB, gC, ..."
    ):
        aligned(replace(data, notes={"var_names": ["g" + x for x in data.notes["var_names"]]}), data.notes)


@pytest.mark.parametrize("names", [[str(i) for i in range(9)], [f"v{i:04d}" for i in range(1, 10)]])
def test_names_that_count_say_nothing(names):
    data = genes()
    other = replace(data, notes={"var_names": names})
    with pytest.warns(UserWarning, match="its sites have no names"):
        assert aligned(other, data.notes) is other
    assert aligned(data, other.notes) is data


def test_data_that_name_nothing_are_taken_as_they_are_and_it_is_said():
    data = genes()
    bare = replace(data, notes={})
    assert aligned(data, bare.notes) is data
    for other in (bare, replace(data, notes=genomes.sites(9).notes)):
        with pytest.warns(UserWarning, match="its sites have no names, so they are assumed"):
            assert aligned(other, data.notes) is other


def test_numbers_are_not_flipped():
    sites, data = genomes.sites(9), genes()
    other = replace(data, notes=exchanged(sites, [True] * 9).notes)
    with (
        pytest.warns(UserWarning, match="9 have their two alleles exchanged"),
        pytest.raises(ValueError, match="only letters can be flipped, not numbers"),
    ):
        aligned(other, sites.notes)


def test_numbers_are_standardized_as_the_notes_say():
    train, data = standardize(genes()), genes(seed=1)
    want = standardize(data, train.standard)["visible"]
    assert aligned(train, train.notes) is train
    assert np.array_equal(aligned(data, train.notes)["visible"], want)
    np.testing.assert_allclose(aligned(standardize(data), train.notes)["visible"], want, atol=1e-4)


@quiet
def test_a_comparison_is_of_the_same_sites():
    test, train, made = (named(genomes.sites(9), seed=i, low=0) for i in range(3))
    other = changed(made, [8, 7, 6, 5, 4, 3, 2, 1, 0], [i % 2 == 0 for i in range(9)])
    one, two = (compare(test, train, x, intervals=0) for x in (made, other))
    assert one == two


def test_numbers_that_were_standardized_are_none_of_a_machine_of_others():
    with pytest.raises(ValueError, match="these data are standardized, but the training data are not"):
        aligned(standardize(genes()), genes().notes)


# -- files --------------------------------------------------------------------------------------


@quiet
@pytest.mark.parametrize(
    ("name", "alphabet", "low"), [("a.vcf", BINARY, 0), ("a.bed", GENOTYPE, -1), ("a.haps", BINARY, -1)]
)
def test_a_file_is_read_with_the_sites_of_other_data(tmp_path, name, alphabet, low):
    data = named(genomes.sites(9), alphabet, low=low)
    turned = [i % 2 == 1 for i in range(9)]
    sp.write(changed(data, [8, 3, 5, 1, 0], turned), tmp_path / name)
    found = sp.read(tmp_path / name, sites=data.notes)
    assert np.array_equal(found["visible"], known(data, [8, 3, 5, 1, 0]))
    assert Sites.of(found) == genomes.sites(9)


@quiet
def test_genes_of_a_file_are_standardized_as_they_were(tmp_path):
    train, order = standardize(genes()), [3, 1, 4, 8, 2, 6]
    counts, names = genes()["visible"].astype(np.int32), genes().notes["var_names"]
    other = Dataset(
        {"visible": counts[:, order]}, {}, numbered_names(6), notes={"var_names": [names[i] for i in order]}
    )
    sp.write(replace(other, columns={"visible": other["visible"].astype(np.float32)}), tmp_path / "a.h5ad")
    found = sp.read(tmp_path / "a.h5ad", alphabet=train.standard, sites=train.notes)
    want = np.full((6, 9), np.nan, np.float32)
    want[:, order] = train["visible"][:, order]
    assert np.array_equal(found["visible"], want, equal_nan=True)
