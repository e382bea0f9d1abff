"""Options: what people type, as values."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from cyclopts import Token

from spinodal.cli import options
from spinodal.runs import converters
from spinodal.runs.settings import NO_SETTINGS, Source


def of(converter, *words):
    """What a converter makes of the words that an option is given."""
    return converter(None, [Token(value=word) for word in words])


def test_pairs_counts_names_and_sizes():
    assert of(converters.pairs, "a=b", "c=d=e", "f=") == {"a": "b", "c": "d=e", "f": ""}
    assert of(converters.pairs, "") == {}
    assert options.counts(["a=3", "b=c=1"]) == {"a": 3, "b=c": 1}
    assert [of(converters.names, *x) for x in ([""], ["a"], ["a", "", "b"])] == [[], ["a"], ["a", "b"]]
    assert [of(converters.sizes, *x) for x in ("7", "0", "75")] == [7, 0, [7, 5]]
    assert [options.times(x) for x in (None, "", "3", "3,1")] == [[], [], [3], [3, 1]]


def sites(text):
    return options.sites(text, 8)


def test_sites_are_counted_from_one():
    assert sites("1") == [0]
    assert sites("8,2-4, 3 - 5") == [1, 2, 3, 4, 7]
    assert sites("1-8") == list(range(8))


def test_sites_have_names():
    named = {"rs7": [4], "22:5_A_C": [1], "a,b": [2], "twice": [0, 3], "6": [0]}
    assert options.sites('22:5_A_C, rs7,"a,b",6', 8, named=named) == [1, 2, 4, 5]
    assert options.allowed(["rs7,1=01", "22:5_A_C=1"], 8, named) == {0: "01", 4: "01", 1: "1"}
    with pytest.raises(ValueError, match="from 1 to 8 like 10-20,35, or names of sites such as rs7, not"):
        options.sites("rs8", 8, named=named)
    with pytest.raises(ValueError, match="name of 2 sites: give their numbers, 1, 4"):
        options.sites("twice", 8, named=named)


NO_SITES = ["", "0", "9", "4-2", "3-9", "x", "1-", "-3", "1,,2", "1.5", "1-2-3"]


@pytest.mark.parametrize(
    ("read", "text", "says"),
    [
        (lambda words: of(converters.pairs, *words), ["a=b", "c"], '"c" is not COLUMN=VALUE'),
        (lambda word: of(converters.integer, word), "1e3", '"1e3" is not an integer'),
        (options.counts, ["a"], '"a" is not NAME=COUNT'),
        (options.counts, ["=3"], '"=3" is not NAME=COUNT'),
        (options.counts, ["a=-1"], "count of 1 or more"),
        (options.counts, ["a=0"], "count of 1 or more"),
        (options.times, "1,x", '--times takes steps like 1,3,10,30,100, not "1,x"'),
        (options.times, "0", 'not "0"'),
        *((sites, text, f'--hold takes sites from 1 to 8 like 10-20,35, not "{text}"') for text in NO_SITES),
        (options.device, "tpu", 'device is cpu, cuda or auto, not "tpu"'),
    ],
)
def test_what_is_no_value_is_said(read, text, says):
    with pytest.raises(ValueError, match=says):
        read(text)


@pytest.mark.parametrize("there", [True, False])
def test_a_device_is_one_that_is_there(monkeypatch, there):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: there)
    assert options.device("auto") == ("cuda" if there else "cpu")
    assert options.device("cpu") == "cpu"
    if there:
        assert options.device("cuda") == "cuda"
    else:
        with pytest.raises(ValueError, match="no GPU"):
            options.device("cuda")


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ({}, {"split": "part"}),
        ({"test": "more.fasta"}, {"test": str(Path("more.fasta").resolve())}),
        ({"split": "0.5"}, {"split": "0.5"}),
        ({"split": "0.5", "test": "a.fasta"}, {"split": "0.5", "test": str(Path("a.fasta").resolve())}),
    ],
    ids=str,
)
def test_a_test_file_takes_the_place_of_the_split_of_a_recipe(tmp_path, given, left):
    (tmp_path / "own.toml").write_text('split = "part"\n')
    source, _ = options.combined(Source(**given), NO_SETTINGS, str(tmp_path / "own.toml"))
    assert source == Source(**left)
