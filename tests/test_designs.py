"""Designs: what is held and allowed is respected in every row, rows are where they should be, and there is an end."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

import spinodal as sp
from spinodal import tasks
from spinodal.data.alphabet import RNA, Alphabet
from spinodal.data.dataset import Dataset, concatenate, numbered_names
from spinodal.designs import loop, measures, steering
from spinodal.designs.allowed import allowing
from spinodal.designs.measures import Measure, Window, differing
from spinodal.files.sites import Sites
from spinodal.machines.noise import Noise
from spinodal.machines.protocols import FEF, Schedule

from . import mixed, toys
from .calls import call
from .laws import exact, pairs_of, small

random = np.random.default_rng(0)
MOTIFS = {name: "".join(random.choice(list("ACGU"), 30)) for name in ("alpha", "beta", "gamma")}


@pytest.fixture(scope="module")
def family():
    """Sequences of three families of 30 sites, and a machine that learned them."""
    data = toys.dataset("family", n=150, motifs=MOTIFS)
    machine = sp.rbm(sp.Bernoulli(24), **data.units)
    machine.init_biases(data.frequencies())
    for _ in sp.fit(machine, itertools.islice(data.batches(50), 250), FEF, 5, 0.05):
        pass
    return machine, data


def template(name="beta"):
    return Dataset({"visible": RNA.encode([MOTIFS[name]])}, {"visible": RNA}, np.array(["t"]))


def share_equal(rows, name="beta"):
    return (rows["visible"] == template(name)["visible"]).mean(1)


# -- what is asked for --


@pytest.mark.parametrize("label", ["alpha", "gamma"])
def test_rows_of_one_label_are_near_a_template_of_another(family, label):
    machine, data = family
    constraints = sp.Constraints(near=template(), identity=(0.5, 0.75), distinct=True, sure=0.9)
    found = sp.design(machine, label=label, n=60, constraints=constraints, train=data)
    assert ((share_equal(found.data) >= 0.5) & (share_equal(found.data) <= 0.75)).all()
    assert (found.data.texts("label") == label).all()
    assert (sp.predict(machine, found.data).probability["label"].max(1) >= 0.9).all()
    assert found.recognized == 60
    assert len(set(measures.keys(found.data))) == 60
    assert not set(measures.keys(found.data)) & set(measures.keys(data))
    nearer = [share_equal(found.data, name).mean() for name in ("alpha", "gamma")]
    assert nearer.index(max(nearer)) == ("alpha", "gamma").index(label)


@pytest.mark.parametrize(("mutations", "low", "high"), [(5, 1, 5), ((3, 4), 3, 4)])
def test_mutations_are_counted_from_the_template(family, mutations, low, high):
    machine, _ = family
    made = sp.design(machine, n=40, constraints=sp.Constraints(near=template(), mutations=mutations)).data
    count = (made["visible"] != template()["visible"]).sum(1)
    assert ((count >= low) & (count <= high)).all()


def test_without_a_template_the_nearest_training_row_counts(family):
    machine, data = family
    constraints = sp.Constraints(identity=(0.85, 0.95))
    made = sp.design(machine, n=40, constraints=constraints, train=data).data
    nearest = (made["visible"][:, None] == data["visible"]).mean(2).max(1)
    assert ((nearest >= 0.85) & (nearest <= 0.95)).all()


@pytest.mark.parametrize("more", [{}, {"distinct": True}, {"near": template(), "identity": (0.3, 0.9)}], ids=str)
def test_what_is_held_and_allowed_is_respected_in_every_row(family, more):
    machine, data = family
    held = data.select(range(6)).keep("visible", range(8, 14))
    constraints = sp.Constraints(allow={0: "AC", 20: "G-"}, temperature=1.5, **more)
    made = sp.design(machine, held, n=20, constraints=constraints, train=data).data
    assert len(made) == 120
    assert (made["visible"][:, 8:14] == np.repeat(held["visible"][:, 8:14], 20, 0)).all()
    assert (made["label"] == np.repeat(held["label"], 20, 0)).all()
    assert set(made.symbols("visible")[:, 0]) <= {"A", "C"}
    assert set(made.symbols("visible")[:, 20]) <= {"G", "-"}
    assert made.names[:2].tolist() == ["s000_1", "s000_2"]


def test_streams_and_completions_respect_what_is_allowed(family):
    machine, data = family
    fields = allowing(machine, {3: "U"})
    parts = [*tasks.stream(machine, n=50, fields=fields)]
    parts += tasks.completions(machine, data.hide("visible"), n=2, fields=fields)
    assert all((part.symbols("visible")[:, 3] == "U").all() for part in parts)
    known = next(tasks.completions(machine, data.select([0]), fields=fields))
    assert (known["visible"] == data["visible"][:1]).all()


def test_columns_of_a_table_are_allowed_by_name(tmp_path):
    data = sp.read(mixed.write_cells(tmp_path / "table.csv", mixed.cells(60)), alphabet=mixed.SCHEMA)
    machine = sp.rbm(sp.Bernoulli(4), **data.units)
    fields = allowing(machine, {"color": ["red"], "sick": ["yes"], "rooms": ["2", "3"]}, data.schema)
    made = concatenate(list(tasks.stream(machine, data.hide("visible"), steps=3, fields=fields)))
    cells = dict(zip(data.sites("visible"), np.hstack([made.symbols(k) for k in made.visibles]).T))
    assert set(cells["color"]) == {"red"}
    assert set(cells["sick"]) == {"yes"}
    assert set(cells["rooms"]) == {"2", "3"}
    with pytest.raises(ValueError, match='equal letters, but "age", "weight" are numbers: leave them out; top and by'):
        sp.design(machine, data.select([0]), constraints=sp.Constraints(near=data.select([1]), mutations=2))
    with pytest.raises(ValueError, match="age has numbers"):
        allowing(machine, {"age": ["50"]}, data.schema)
    with pytest.raises(ValueError, match=r'no column "size"; there are: "age", "color"'):
        allowing(machine, {"size": ["50"]}, data.schema)


# -- draws, budgets, seeds --


def test_rows_are_a_function_of_the_seed_and_not_of_blocks(family, monkeypatch):
    machine, data = family
    constraints = sp.Constraints(near=template(), identity=(0.4, 0.8), distinct=True)
    like = tasks.asked(machine, {"alpha": 3, "gamma": 2, "": 1}).select([5, 0, 3, 1, 4, 2])

    def made(seed=0):
        return sp.design(machine, like, n=2, constraints=constraints, train=data, seed=seed).data

    first = made()
    assert first.texts("label")[2:10].tolist() == ["alpha"] * 2 + ["gamma"] * 2 + ["alpha"] * 2 + ["gamma"] * 2
    monkeypatch.setattr(tasks, "BLOCK", 40)
    assert (made()["visible"] == first["visible"]).all()
    assert (made(1)["visible"] != first["visible"]).any()


def test_labels_of_other_alphabets_are_the_same_labels(family):
    machine, _ = family
    own = Dataset({"label": np.array([[0]], np.int8)}, {"label": Alphabet(("gamma", "alpha"))}, np.array(["x"]))
    found = sp.design(machine, own, n=20, constraints=sp.Constraints(sure=0.5))
    assert set(found.data.texts("label")) == {"gamma"}
    assert found.recognized == 20


def test_the_tally_says_what_became_of_every_row(family):
    machine, data = family
    found = sp.design(machine, label="alpha", n=50, constraints=sp.Constraints(distinct=True, sure=0.5), train=data)
    tally = found.tally
    assert tally.kept.tolist() == [50]
    assert tally.drawn.sum() == 50 + sum(tally.failed.values())
    assert f"50 rows kept of {tally.drawn.sum()} drawn" in tally.said()


def test_labels_of_which_few_rows_pass_are_named():
    tally = loop.Tally(np.array([4, 1, 3, 2]), ["alpha", "beta", "alpha", ""])
    tally.drawn[:], tally.kept[:] = [30, 9, 50, 90], [4, 1, 3, 2]
    assert tally.of_labels() == [("", 2, 2, 90), ("alpha", 7, 7, 80), ("beta", 1, 1, 9)]
    assert tally.said() == '10 rows kept of 179 drawn; few pass of "alpha" 7 of 80'


@pytest.mark.parametrize("wanted", [[3], [3, 1]], ids=str)
def test_there_is_an_end_and_it_says_why(family, wanted):
    machine, _ = family
    rows, drawn = tasks.asked(machine, {"alpha": 1, "beta": 1}).select(range(len(wanted))), [0, 0]

    def propose(which, noise):
        for request in which:
            drawn[request] += 1
        return next(tasks.stream(machine, rows.select(which), seed=noise))

    never = Measure(lambda rows, _: np.arange(len(rows)), "too few", low=1e9, show=lambda x: f"{x:.0f}")
    said = r'^0 of 3 rows of "alpha" were found in 21 drawn ones'
    said += ', 0 of 1 of "beta" in 7' if len(wanted) > 1 else ""
    said += r", and the budget of 7 .*; of all rows \d+ were too few "
    with pytest.raises(ValueError, match=said + r"\(they had 0 to \d+\): ask for less"):
        loop.collect(propose, rows, wanted, [never], False, 7, Noise.of(0))
    assert drawn[: len(wanted)] == [7 * n for n in wanted]


def test_rounds_are_limited(family, monkeypatch):
    machine, _ = family
    monkeypatch.setattr(loop, "ROUND", 10)
    sizes = []

    def propose(which, noise):
        sizes.append(len(which))
        return next(tasks.stream(machine, n=len(which), seed=noise))

    rows = tasks.asked(machine, {"": 1})
    made, owner, _ = loop.collect(propose, rows, [35], [], False, 2, Noise.of(0))
    assert len(made) == len(owner) == 35
    assert max(sizes) <= 10


# -- measures --


@pytest.mark.parametrize("sites", [1, 7, 30, 218])
@pytest.mark.parametrize("span", [(0.0, 1.0), (0.6, 0.8), (0.1, 0.9), (1.0, 1.0), (0.5, 0.7)], ids=str)
def test_a_window_has_the_rows_whose_share_is_in_it(sites, span):
    inside = [d for d in range(sites + 1) if span[0] - 1e-12 <= (sites - d) / sites <= span[1] + 1e-12]
    if inside:
        window = Window.of(span, None, sites)
        assert (window.low, window.high) == (inside[0], inside[-1])
    else:
        with pytest.raises(ValueError, match="no row of"):
            Window.of(span, None, sites)


def test_sites_that_a_template_does_not_know_do_not_count():
    letters, own = np.array([[0, 1, 2, -1], [3, 1, 2, 2]]), np.array([0, -1, 3, 2])
    assert differing(letters, own).tolist() == [2, 2]


def test_ranks_are_exact(double):
    machine = small(sp.Potts(3, 3), sp.Bernoulli(3)).double()
    law, every = exact(machine), pairs_of(machine)["visible"][::3]
    alphabets = {"visible": Alphabet(("0", "1", "2"))}
    rows = Dataset.of({"visible": every}, alphabets)
    p = law.joint.sum(1)
    found = measures.ranking(machine, "likelihood").of(rows, rows)
    np.testing.assert_allclose(found - found[0], np.log(p / p[0]), atol=1e-9)
    for name in "012":
        of_label = measures.ranking(machine, f"label:{name}").of(rows, rows)
        np.testing.assert_allclose(of_label, np.log(law.label_given_visible[:, int(name)]), atol=1e-9)


def test_the_best_are_the_best_of_all(family):
    machine, _ = family
    every = sp.design(machine, label="alpha", n=80, constraints=sp.Constraints(sure=0.0)).data
    score = measures.ranking(machine, "likelihood").of(every, every)
    best = sp.design(machine, label="alpha", n=80, constraints=sp.Constraints(sure=0.0, top=5, by="likelihood")).data
    assert (best["visible"] == every["visible"][np.argsort(-score, kind="stable")[:5]]).all()
    np.testing.assert_allclose(best.table["score"].astype(float), np.sort(score)[::-1][:5], rtol=1e-5)


def test_a_function_of_the_user_ranks(family, tmp_path, monkeypatch):
    machine, _ = family
    (tmp_path / "taste.py").write_text("def guanines(rows):\n    return (rows.symbols('visible') == 'G').sum(1)\n")
    monkeypatch.chdir(tmp_path)
    made = sp.design(machine, n=60, constraints=sp.Constraints(top=3, by="taste:guanines")).data
    count = (made.symbols("visible") == "G").sum(1)
    assert made.table["score"].astype(int).tolist() == count.tolist() == sorted(count, reverse=True)
    wrong = {"NaN": lambda rows: np.full(len(rows), np.nan), "numbers of shape": lambda rows: [1, 2]}
    wrong["fails on 5 rows: TypeError"] = lambda rows: rows + 1
    for said, function in wrong.items():
        with pytest.raises(ValueError, match=said):
            sp.design(machine, n=5, constraints=sp.Constraints(top=3, by=function))


# -- steering --


def test_letters_are_held_by_their_odds():
    machine, n = small(sp.Potts(6, 4), sp.Bernoulli(3)), 4000
    alphabet = {"visible": Alphabet(tuple("0123"))}
    rows = Dataset({"visible": np.full((n, 6), -1, np.int8)}, alphabet, np.full(n, ""))
    rows["visible"][:, 5] = 3
    odds = np.broadcast_to(np.array([0.0, 0.1, 0.2, 0.4, 0.8, 0.0]), (n, 6))
    held = np.arange(n) % 4
    made = steering.hold(rows, np.full((n, 6), 2), held, odds, machine, Noise.of(1))["visible"]
    assert (made[:, 5] == 3).all()
    assert (made[:, 0] == -1).all()
    assert ((made[:, :5] == 2).sum(1) == held).all()
    one = (made[held == 1, :5] == 2).mean(0)
    np.testing.assert_allclose(one, odds[0, :5] / odds[0, :5].sum(), atol=0.06)


def test_letters_suit_a_label_by_their_frequency_less_what_speaks_for_another():
    labeled, free = np.zeros((99, 3), np.int8), np.zeros((99, 3), np.int8)
    labeled[:49, 1], free[:24, 1] = 1, 1  # more frequent with the label than with any
    labeled[:24, 2], free[:49, 2] = 1, 1  # rarer
    often, both, rare = steering.suitable(labeled, free, np.ones((1, 3), np.int8))[0]
    assert often == pytest.approx(0.5 / 100)
    assert both == pytest.approx(49.5 / 100)
    assert rare == pytest.approx(24.5 / 100 * (24.5 / 49.5) ** steering.CONTRAST)
    np.testing.assert_allclose(steering.suitable(labeled, labeled, labeled)[0], [0.995, 0.495, 0.245])


# -- what can't be --


@pytest.mark.parametrize(
    ("constraints", "said"),
    [
        ({"allow": {30: "A"}}, r"there is no site 31; there are: 1 to 30"),
        ({"allow": {2: ""}}, r"site 3 is allowed no letter; there are: - A C G U"),
        ({"allow": {2: "AZ"}}, r'site 3 doesn\'t have "Z"; there are: - A C G U'),
        ({"identity": (0.8, 0.6)}, "the lower end first"),
        ({"identity": (0.51, 0.52)}, "no row of 30 sites has an identity from 0.51 to 0.52"),
        ({"near": template(), "mutations": 31}, "from 1 to 30"),
        ({"near": template(), "mutations": 0}, "from 1 to 30"),
        ({"near": template()}, "say how near"),
        ({"near": template(), "mutations": 3, "identity": (0.1, 0.2)}, "say how near"),
        ({"mutations": 3}, "mutations are those of a template"),
        ({"near": concatenate([template(), template()]), "mutations": 3}, "the template is one row, not 2"),
        ({"top": 3}, "give both or neither"),
        ({"by": "likelihood"}, "give both or neither"),
        ({"top": 3, "by": "label:delta"}, 'the label "delta" is not one of this machine'),
        ({"top": 3, "by": "best"}, "rows are ranked by label:NAME"),
        ({"top": 3, "by": "no_module:f"}, "can't be imported"),
        ({"top": 30, "by": "likelihood"}, "10 rows are too few of a request: ask for at least 30"),
        ({"sure": 1.5}, "sure must be a probability"),
        ({"temperature": 0.0}, "temperature must be a positive number"),
        ({"budget": 0}, "budget must be 1 or more"),
        ({"near": template(), "mutations": 2, "allow": dict.fromkeys(range(30), "-")}, "take a wider window, or hold"),
    ],
    ids=str,
)
def test_what_can_not_be_is_said_in_a_line(family, constraints, said):
    machine, data = family
    with pytest.raises(ValueError, match=said):
        sp.design(machine, label="alpha", n=10, constraints=sp.Constraints(**constraints), train=data)


def test_rows_are_compared_with_training_rows_that_are_there(family):
    with pytest.raises(ValueError, match="pass them"):
        sp.design(family[0], n=10, constraints=sp.Constraints(distinct=True))


def test_a_label_must_be_asked_for_to_be_sure_of_it(family):
    with pytest.raises(ValueError, match="no label is: name one"):
        sp.design(family[0], n=10, constraints=sp.Constraints(sure=0.9))


@pytest.mark.parametrize("label", [None, "1"])
def test_haplotypes_are_designed_too(label):
    machine = small(sp.Bernoulli(20), sp.Bernoulli(6), scale=1.0)
    machine.schedule = Schedule(FEF, 5)
    near = Dataset(
        {"visible": random.integers(2, size=(1, 20)).astype(np.int8)}, {"visible": sp.BINARY}, np.array(["t"])
    )
    constraints = sp.Constraints(near=near, identity=(0.7, 0.95), allow={3: "1", 4: "0", 5: "01"}, distinct=True)
    made = sp.design(machine, label=label, n=30, constraints=constraints, train=near).data
    equal = (made["visible"] == near["visible"]).mean(1)
    assert ((equal >= 0.7) & (equal <= 0.95)).all()
    assert (made["visible"][:, 3:5] == [1, 0]).all()


def test_chaotic_machines_are_steered_but_not_ranked_by_likelihood():
    machine = sp.chaotic(sp.Spin(6), visible=sp.Potts(8, 4, symbols=tuple("ACGU")), gain=1.0, rate=0.3)
    machine.schedule = Schedule(FEF, 5)
    near = Dataset({"visible": np.zeros((1, 8), np.int8)}, {"visible": Alphabet(tuple("ACGU"))}, np.array(["t"]))
    constraints = sp.Constraints(near=near, identity=(0.5, 0.9), allow={0: "C"})
    made = sp.design(machine, n=20, constraints=constraints).data
    equal = (made["visible"] == 0).mean(1)
    assert ((equal >= 0.5) & (equal <= 0.9)).all()
    assert (made["visible"][:, 0] == 1).all()
    for more in ({"top": 2, "by": "likelihood"}, {"temperature": 0.5}):
        with pytest.raises(ValueError, match="energy"):
            sp.design(machine, n=20, constraints=replace(constraints, **more))


# -- the commands --


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A run, its data, and a template as a file."""
    folder = toys.files(tmp_path_factory.mktemp("designs"))
    labels = ["--labels", folder / "family.csv", "--label", "family", "--split", "split"]
    quick = [f"--{name.replace('_', '-')}={value}" for name, value in toys.QUICK.items()]
    assert call("train", folder / "family.fasta", *labels, "--out", folder / "run", *quick) == 0
    (folder / "beta.fasta").write_text(f">beta\n{toys.MOTIFS['beta']}\n")
    return folder


@pytest.fixture
def said(capsys):
    """Run a command: its exit code, and the last line that it says."""

    def run(*tokens):
        capsys.readouterr()
        code = call(*tokens)
        return code, capsys.readouterr().err.splitlines()[-1]

    return run


def generate(place, *more):
    return ["generate", place / "run", *more]


@pytest.mark.parametrize("near", ["beta.fasta", "UUGGCCAA"])
def test_generate_near_a_template(place, tmp_path, said, near):
    near = place / near if "." in near else near
    constraints = ["--near", near, "--identity", "0.5-0.9", "--distinct", "--budget", 300]
    code, line = said(*generate(place, "--label", "alpha=5", *constraints, "-o", tmp_path / "made.fasta"))
    assert code == 0
    assert line.startswith(f"5 rows to {tmp_path}/made.fasta: 5 rows kept of ")
    assert "the machine recognizes the label asked for in " in line
    made = sp.read(tmp_path / "made.fasta")
    equal = (made["visible"] == RNA.encode([toys.MOTIFS["beta"]])).mean(1)
    assert ((equal >= 0.5) & (equal <= 0.9)).all()


def test_generate_keeps_the_best(place, tmp_path, said):
    asked = ["--label", "alpha=40", "--label", "beta=30", "--top", 3, "--by", "label:alpha"]
    code, line = said(*generate(place, *asked, "-o", tmp_path / "made.csv"))
    assert code == 0
    assert line.startswith(f"6 rows to {tmp_path}/made.csv, the best of 70: 70 rows kept of 70 drawn")
    made = sp.read(tmp_path / "made.csv", label="label")
    assert made.texts("label").tolist() == ["alpha"] * 3 + ["beta"] * 3
    assert sorted(made.table["score"][:3].astype(float), reverse=True) == made.table["score"][:3].astype(float).tolist()


@pytest.mark.parametrize("suffix", ["fasta", "a2m", "sto", "csv", "tsv", "parquet", "npz", "h5", "h5ad"])
def test_every_row_that_is_kept_has_its_scores_in_every_format(place, tmp_path, said, suffix):
    out = tmp_path / f"made.{suffix}"
    asked = ["--label", "alpha=30", "--label", "beta=20", "--sure", 0.3]
    for more in ([], ["--top", 5, "--by", "likelihood"]):
        assert said(*generate(place, *asked, *more, "-o", out))[0] == 0
        made, machine = sp.read(out), sp.load(place / "run")
        assert len(made) == (10 if more else 50)
        own = measures.sureness(machine, made, made)
        np.testing.assert_allclose(made.table["sure"].astype(float), own, rtol=1e-4)
        assert (own >= 0.3).all()
        assert ("score" in made.table) == bool(more)
        score = measures.ranking(machine, "likelihood").of(made, made)
        if more:
            np.testing.assert_allclose(made.table["score"].astype(float), score, rtol=1e-4)
    assert said("complete", place / "run", out, "--sure", 0.3, "-o", tmp_path / "again.fasta")[0] == 0
    assert sp.read(tmp_path / "again.fasta").table["sure"].tolist() == made.table["sure"].tolist()


def test_rows_without_a_label_asked_for_have_no_probability_of_it(family):
    machine, _ = family
    like = tasks.asked(machine, {"alpha": 1, "": 1})
    found = sp.design(machine, like, n=3, constraints=sp.Constraints(sure=0.5))
    known = (found.data.table["sure"] != "").tolist()
    assert known == [True] * 3 + [False] * 3
    assert found.recognized == 3
    assert "sure" not in sp.design(machine, n=3, constraints=sp.Constraints(temperature=0.9)).data.table


def test_generate_like_rows_keeps_their_order(place, tmp_path, said):
    code, _ = said(*generate(place, "--like", place / "run", "--distinct", "-o", tmp_path / "made.csv"))
    assert code == 0
    made = sp.read(tmp_path / "made.csv", label="label")
    assert len(made) == 12
    assert ((made.table["sure"] != "") == (made["label"][:, 0] >= 0)).all()
    assert (made.table["sure"] != "").any()


def test_shards_have_what_is_allowed_and_remember_it(place, tmp_path, said):
    out = ["-n", 25, "--rows-per-shard", 10, "-o", f"{tmp_path}/many/"]
    constraints = ["--allow", "1=A", "--allow", "3-4=CG", "--temperature", 0.7]
    assert said(*generate(place, *constraints, *out))[0] == 0
    letters = sp.read(tmp_path / "many").symbols("visible")
    assert set(letters[:, 0]) == {"A"}
    assert set(letters[:, 2:4].ravel()) <= {"C", "G"}
    assert said(*generate(place, "--allow", "1=A", *out))[0] != 0
    assert said(*generate(place, *constraints, "-n", 25, "-o", tmp_path / "one.fasta"))[0] == 0
    assert (sp.read(tmp_path / "one.fasta").symbols("visible") == letters).all()


def test_snps_have_names(tmp_path, said):
    sites = Sites(["22"] * 6, [5, 7, 9, 11, 13, 15], ["rs1", ".", "rs3", "rs4", "rs5", "rs6"], ["A"] * 6, ["C"] * 6)
    letters = random.integers(2, size=(40, 6)).astype(np.int8)
    sp.write(Dataset({"visible": letters}, {"visible": sp.BINARY}, numbered_names(40), notes=sites.notes),
             tmp_path / "rows.hap")  # fmt: skip
    quick = [f"--{name}={value}" for name, value in toys.QUICK.items()]
    assert call("train", tmp_path / "rows.hap", "--out", tmp_path / "run", *quick) == 0
    allow = ["--allow", "rs3,22:7_A_C=1", "--allow", "6=0"]
    assert said("generate", tmp_path / "run", "-n", 20, *allow, "-o", tmp_path / "made.npz")[0] == 0
    assert (sp.read(tmp_path / "made.npz")["visible"][:, [1, 2, 5]] == [1, 1, 0]).all()
    held = ["complete", tmp_path / "run", tmp_path / "rows.hap", "--hold", "rs4", "-o", tmp_path / "held.npz"]
    assert said(*held)[0] == 0
    assert (sp.read(tmp_path / "held.npz")["visible"][:, 3] == letters[:, 3]).all()
    code, line = said("generate", tmp_path / "run", "-n", 20, "--allow", "rs9=1", "-o", tmp_path / "no.npz")
    assert code == 1
    assert "or names of sites such as rs1, not" in line


def test_complete_takes_constraints(place, tmp_path, said):
    (tmp_path / "holes.fasta").write_text(">a\n????ACGU\n>b\nUUGG????\n")
    constraints = ["--allow", "1=AC", "--allow", "8=G", "-n", 6, "--label", "alpha"]
    both = [["--distinct", "--top", 4, "--by", "likelihood"], []]
    for more, n in zip(both, (4, 6)):
        code, _ = said(
            "complete", place / "run", tmp_path / "holes.fasta", *constraints, *more, "-o", tmp_path / "made.csv"
        )
        assert code == 0
        made = sp.read(tmp_path / "made.csv")
        letters = made.symbols("visible")
        assert len(made) == 2 * n
        assert made.names[0] == "a_1"
        assert (letters[:n, 4:] == list("ACGU")).all()
        assert (letters[n:, :4] == list("UUGG")).all()
        assert set(letters[:n, 0]) <= {"A", "C"}
        assert (letters[n:, 7] == "G").all()


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (["--allow", "41=A"], "sites from 1 to 8"),
        (["--allow", "4"], "takes SITES=LETTERS"),
        (["--allow", "4=A", "--allow", "3-5=C"], "4 is named twice"),
        (["--near", "ACGU", "--identity", "0.5-0.6"], "no file, and no aligned sequence of 8 letters"),
        (["--near", "A" * 300, "--mutations", "3"], "no file, and no aligned sequence"),
        (["--near", "beta.fasta"], "say how near"),
        (["--mutations", "3"], "pass --near"),
        (["--near", "beta.fasta", "--mutations", "x"], "takes a number or a range"),
        (["--identity", "0.6"], "takes a range from 0 to 1"),
        (["--identity", "0..6-1"], "takes a range from 0 to 1"),
        (["--top", "3"], "both or neither"),
        (["--budget", "3"], "a budget is for rows that are chosen"),
        (["--distinct", "-o", "many/"], "written to one file"),
        (["--identity", "0-0", "--budget", "2"], "the budget of 2 for each row is spent"),
        (["--equilibrium", "--allow", "4=A"], "draws rows as they come"),
        (["--top", "2", "--by", "label:delta"], 'the label "delta" is not one of this machine'),
        (["--top", "2", "--by", "label:host:fly"], "no label column"),
        (["--top", "2", "--by", "math:pi"], "is no function"),
        (["--top", "2", "--by", "math:tau2"], "can't be imported"),
    ],
    ids=" ".join,
)
def test_commands_say_in_a_line_what_is_wrong(place, tmp_path, said, options, what, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = [place / x if x.endswith(".fasta") else x for x in options]
    out = [] if "-o" in options else ["-o", tmp_path / "made.fasta"]
    code, line = said(*generate(place, "-n", 4, *options, *out))
    assert code == 1
    assert what in line
    assert not (tmp_path / "made.fasta").exists()


def test_options_that_choose_do_not_go_with_all_others(place, tmp_path, said):
    best = ["--top", 2, "--by", "likelihood", "-o", tmp_path / "made.fasta"]
    assert "the best of many rows of a label" in said(*generate(place, "--like", place / "run", *best))[1]
    filled = ["complete", place / "run", place / "beta.fasta", "--most-probable", "--allow", "4=A"]
    assert "leave out --most-probable" in said(*filled, "-o", tmp_path / "made.fasta")[1]
    assert not (tmp_path / "made.fasta").exists()
