from __future__ import annotations

from dataclasses import replace

import pytest

import spinodal as sp
from spinodal.cli.main import main
from spinodal.machines.potts import Potts
from spinodal.machines.units import Bernoulli
from spinodal.runs import building, recipes
from spinodal.runs.settings import Settings, Source

from .toys import dataset, image_file


@pytest.mark.parametrize("name", recipes.names())
def test_the_settings_of_a_recipe_fit_a_labeled_machine(name):
    _, settings = recipes.load(name)
    settings = settings.resolve(dataset("family", n=settings.batch or 600))
    machine = building.build(settings, {"visible": Bernoulli(4), "label": Potts(1, 2)})
    assert {k for edge in settings.uncentered for k in edge} <= machine.units.keys()


@pytest.mark.parametrize("name", [name for name in recipes.names() if recipes.load(name)[0].alphabet == "gray"])
def test_a_recipe_of_images_trains_on_files_of_them(name, tmp_path):
    data, test = image_file(tmp_path / "train.idx"), image_file(tmp_path / "test.idx")
    small = ["--hidden", "4", "--batch", "20", "--steps", "2", "--updates", "1"]
    main(["train", str(data), "--test", str(test), "--recipe", name, *small, "--out", str(tmp_path / "run")])
    labels = ["label"] if name == "chaos-mnist-labels" else []
    assert [k for k in sp.load(tmp_path / "run").units if k.startswith("label")] == labels


def test_the_published_runs_are_there():
    names = set(recipes.names())
    shapes = [f"chaos-{data}-{n}layer" for data in ("mnist", "fashion") for n in (1, 2, 3)]
    assert {f"{shape}{rule}" for shape in shapes for rule in ("", "-plain")} <= names
    assert {"fef-original", "chaos-mnist-labels", "chaos-sam"} <= names
    for data in ("hgd", "mnist", "sam", "s1a", "gh5", "pieces"):
        assert {f"{data}{rival}" for rival in ("", "-plain", "-fef1", "-pcd10", "-pcd100")} <= names
        assert data == "s1a" or {f"{data}-paper{rival}" for rival in ("", "-fef1", "-pcd100")} <= names


@pytest.mark.parametrize("name", [name for name in recipes.names() if name.endswith(("-fef1", "-pcd10"))])
def test_a_rival_differs_in_its_protocol_and_does_not_stop(name):
    base, _, rival = name.rpartition("-")
    base = base if base.endswith("-paper") else f"{base}-plain"
    (source, ours), (same, theirs) = recipes.load(name), recipes.load(base)
    assert source == same
    assert not ours.stop_on
    assert replace(ours, stop_on="") == replace(theirs, stop_on="", protocol=rival.removesuffix("10"))


def test_a_recipe_may_be_a_file(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('about = "nothing to a machine"\nhidden = 7\n[where]\nsplit = "train"\n')
    assert recipes.load(str(path)) == (Source(where={"split": "train"}), Settings(hidden=7))


def test_a_recipe_may_be_like_another(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('about = "mine"\nlike = "chaos-mnist-2layer"\nhidden = 7\n')
    source, settings = recipes.load("chaos-mnist-2layer")
    assert recipes.load(str(path)) == (source, replace(settings, hidden=7))


def test_a_recipe_like_itself_says_so(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(f'like = "{path}"\n')
    with pytest.raises(ValueError, match=r"mine\.toml is like itself: .*mine\.toml like .*mine\.toml"):
        recipes.load(str(path))


def test_a_recipe_that_is_not_there_lists_those_that_are():
    with pytest.raises(ValueError, match=r'no recipe "hdg"; there are chaos-.* hgd, .* or a file that ends in'):
        recipes.load("hdg")


def test_a_file_that_is_not_there_says_so(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"mine\.toml"):
        recipes.load(str(tmp_path / "mine.toml"))


@pytest.mark.parametrize("raw", [b"hidden = ", b"hidden 3", b"\xff\xfe", b"hidden = 1\nhidden = 2"])
def test_a_file_that_is_not_toml_says_so(tmp_path, raw):
    path = tmp_path / "mine.toml"
    path.write_bytes(raw)
    with pytest.raises(ValueError, match=r"mine\.toml is not TOML"):
        recipes.load(str(path))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "viscosity = 0.9",
            r"mine\.toml: there is no setting \['viscosity'\]; there are data, .* patience$",
        ),
        ("steps = 0", r"the recipe .*mine\.toml: steps must be 1 or more, not 0"),
        ('hidden = "many"', r"the recipe .*mine\.toml: hidden must be an integer or a list, not 'many'"),
        ('where = "host=fly"', r"the recipe .*mine\.toml: where must be a table, not 'host=fly'"),
    ],
)
def test_a_recipe_that_says_what_no_training_has_is_named(tmp_path, text, says):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=says):
        recipes.load(str(path))


def test_a_test_file_takes_the_place_of_the_split_of_the_recipe_that_one_is_like(tmp_path):
    (tmp_path / "base.toml").write_text('split = "part"\n')
    (tmp_path / "mine.toml").write_text(f'like = "{tmp_path}/base.toml"\ntest = "more.fasta"\n')
    assert recipes.load(f"{tmp_path}/mine.toml")[0] == Source(test="more.fasta")
