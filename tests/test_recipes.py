from __future__ import annotations

import pytest

import spinodal as sp
from spinodal.cli.main import main
from spinodal.machines.units import Bernoulli, Potts
from spinodal.runs import recipes, sources, training

from .toys import dataset, image_file


@pytest.mark.parametrize("name", recipes.names())
def test_a_recipe_says_only_what_a_training_and_its_source_need(name):
    assert recipes.load(name).keys() <= {*sources.KEYS, *training.DEFAULTS}


@pytest.mark.parametrize("name", recipes.names())
def test_the_settings_of_a_recipe_fit_a_labeled_machine(name):
    recipe = recipes.load(name)
    full = training.settle(
        {k: v for k, v in recipe.items() if k in training.DEFAULTS}, dataset("family", n=recipe.get("batch", 600))
    )
    machine = training.build(full, {"visible": Bernoulli(4), "label": Potts(1, 2)})
    assert {k for edge in full["uncentered"] for k in edge} <= machine.units.keys()


@pytest.mark.parametrize("name", [name for name in recipes.names() if recipes.load(name).get("alphabet") == "gray"])
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
        assert {f"{data}{rival}" for rival in ("", "-fef1", "-pcd10", "-pcd100")} <= names
        assert data == "s1a" or {f"{data}-paper{rival}" for rival in ("", "-fef1", "-pcd100")} <= names


@pytest.mark.parametrize("name", [name for name in recipes.names() if name.endswith(("-fef1", "-pcd10"))])
def test_a_rival_differs_in_its_protocol_and_does_not_stop(name):
    base, _, rival = name.rpartition("-")
    ours, theirs = recipes.load(name), recipes.load(base)
    assert not ours.pop("stop_on", "")
    theirs.pop("stop_on", "")
    assert ours == theirs | {"protocol": rival.removesuffix("10")}


def test_a_recipe_may_be_a_file(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('about = "nothing to a machine"\nhidden = 7\n[where]\nsplit = "train"\n')
    assert recipes.load(str(path)) == {"hidden": 7, "where": {"split": "train"}}


def test_a_recipe_may_be_like_another(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('about = "mine"\nlike = "chaos-mnist-2layer"\nhidden = 7\n')
    assert recipes.load(str(path)) == recipes.load("chaos-mnist-2layer") | {"hidden": 7}


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
