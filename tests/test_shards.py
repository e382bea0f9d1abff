"""A folder of shards has the rows of one file, the same bytes whoever makes it, and says where it isn't whole."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
import torch

import spinodal as sp
from spinodal import tasks
from spinodal.data import row_blocks
from spinodal.data.alphabet import BINARY
from spinodal.data.dataset import Dataset, concatenate, label_column, numbered_names
from spinodal.data.reals import standardize
from spinodal.errors import FormatError
from spinodal.files import npz, parquet, read, read_shards, write
from spinodal.files.manifest import Place, Plan, Shard
from spinodal.files.shards import make
from spinodal.machines.protocols import Schedule
from spinodal.runs.archive import Run, checksum
from spinodal.runs.settings import Settings
from spinodal.runs.training import train

from . import mixed, toys
from .formats import check_same
from .laws import small
from .test_cli import call

pytestmark = pytest.mark.filterwarnings("ignore:.* is read as:UserWarning")  # of few rows
N, EACH = 25, 10
SHARDS = ["--rows-per-shard", EACH]


@pytest.fixture(autouse=True)
def _alone(monkeypatch):
    for name in ("RANK", "WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def refused(capsys):
    """Run a command that can't be done: the one line that says why."""

    def run(*tokens):
        capsys.readouterr()
        code, told = call(*tokens), capsys.readouterr().err
        assert code == 1
        assert told.startswith("spinodal: ")
        assert told.count("\n") == 1
        return told

    return run


def binary_rows(n=60):
    random = np.random.default_rng(2)
    labels, alphabet = label_column(random.choice(["even", "odd"], n))
    visible = (random.random((n, 11)) < 0.2 + 0.5 * labels).astype(np.int8)
    return Dataset({"visible": visible, "label": labels}, {"visible": BINARY, "label": alphabet}, numbered_names(n))


def real_rows(n=60):
    numbers = np.random.default_rng(3).normal(4, 9, (n, 5)).astype(np.float32)
    return standardize(replace(binary_rows(n), columns={"visible": numbers}, alphabets={}))


def table_rows(folder, n=60):
    return read(mixed.write_cells(folder / "people.csv", mixed.cells(n)), label="state")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with runs of every kind of data."""
    folder = toys.files(tmp_path_factory.mktemp("shards"))
    toys.trained(folder / "letters.run")
    every = {"bits": binary_rows(), "reals": real_rows(), "table": table_rows(folder), "gray": toys.gray("label")}
    for kind, rows in every.items():
        for _ in train(*rows.split(0.8), folder / f"{kind}.run", Settings(**toys.QUICK | {"updates": 5})):
            pass
    return folder


def snapshot(folder):
    """All files of a folder, hidden ones too, and what is in them."""
    return {p.name: p.read_bytes() for p in folder.iterdir()}


def generate(place, kind, out, *more):
    assert call("generate", place / f"{kind}.run", "-n", N, "-o", out, *more) == 0


# -- the rows -----------------------------------------------------------------------------------

FORMATS = [
    *(("letters", suffix) for suffix in ("fasta.gz", "csv.gz", "parquet", "npz")),
    *(("bits", suffix) for suffix in ("bits.npz", "npz", "fasta.gz")),
    *(("table", suffix) for suffix in ("parquet", "csv.gz", "npz")),
    ("reals", "npz"),
    ("gray", "npz"),
]


@pytest.mark.parametrize(("kind", "suffix"), FORMATS)
def test_shards_have_the_rows_of_one_file(place, tmp_path, kind, suffix):
    generate(place, kind, f"{tmp_path}/out/", *SHARDS, "--shards", suffix)
    generate(place, kind, tmp_path / f"one.{suffix}")
    shards, one = read(tmp_path / "out"), read(tmp_path / f"one.{suffix}")
    check_same(shards, one)
    assert shards.alphabets == one.alphabets
    assert shards.notes == one.notes
    assert len(shards) == N
    lazy = list(read_shards(tmp_path / "out"))
    assert [len(part) for part in lazy] == [EACH, EACH, N - 2 * EACH]
    named = {"label": "state", "alphabet": lazy[0].schema} if kind == "table" and suffix != "npz" else {}
    check_rows(concatenate(lazy), read(tmp_path / "out", **named))
    labels = tasks.labels_of(Run.open(place / f"{kind}.run").machine())
    assert {part.labels for part in lazy} == {tuple(labels)}
    assert all(part.alphabets[layer] == alphabet for part in lazy for layer, alphabet in labels.items())


def check_rows(some, others):
    """The same names, and the same cells or numbers."""
    assert some.names.tolist() == others.names.tolist()
    for layer in others.columns:
        if layer in others.alphabets:
            assert some.symbols(layer).tolist() == others.symbols(layer).tolist()
        elif others.schema is None and others.standard is None:
            assert np.array_equal(some[layer], others[layer])


@pytest.mark.parametrize(
    ("kind", "suffix"),
    [("letters", "fasta.gz"), ("table", "parquet"), ("reals", "npz"), ("gray", None), ("bits", "bits.npz")],
)
def test_a_folder_has_the_shards_that_suit_its_rows(place, tmp_path, kind, suffix):
    generate(place, kind, f"{tmp_path}/out/")
    there = sorted(p.name for p in (tmp_path / "out").iterdir())
    if suffix is None:
        assert len(list((tmp_path / "out").glob("**/*.png"))) == N
        assert "manifest.json" not in there
    else:
        assert there == ["manifest.json", f"shard-00000-of-00001.{suffix}"]


@pytest.mark.parametrize("of", [["--label", "alpha=13", "--label", "gamma=12"], ["--like", "family.csv"]], ids=str)
def test_labels_that_are_asked_for_are_those_of_one_file(place, tmp_path, of):
    of = [place / "table.csv" if token == "family.csv" else token for token in of]
    for out in (f"{tmp_path}/out/", tmp_path / "one.fasta"):
        more = SHARDS if out != tmp_path / "one.fasta" else []
        assert call("generate", place / "letters.run", *of, "-o", out, *more) == 0
    check_same(read(tmp_path / "out"), read(tmp_path / "one.fasta"))


@pytest.mark.filterwarnings("ignore:the machine was trained to generate in")
def test_a_manifest_says_what_its_shards_are(place, tmp_path):
    generate(place, "letters", f"{tmp_path}/out/", *SHARDS, "--seed", 3, "--steps", 2, "--age", 10)
    said = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert (said["format"], said["version"]) == ("spinodal shards", 1)
    assert [(s["file"], s["rows"]) for s in said["shards"]] == [
        (f"shard-0000{i}-of-00003.fasta.gz", rows) for i, rows in enumerate([10, 10, 5])
    ]
    for shard in said["shards"]:
        assert hashlib.sha256((tmp_path / "out" / shard["file"]).read_bytes()).hexdigest() == shard["sha256"]
    assert said["plan"]["rows"] == N
    job = said["plan"]["job"]
    assert {k: job[k] for k in ("command", "labels", "age", "seed", "steps")} == {
        "command": "generate", "labels": {"": N}, "age": 10, "seed": 3, "steps": 2}  # fmt: skip


def test_a_checksum_of_a_machine_is_of_all_that_it_is():
    one, other = (small(sp.Bernoulli(4), sp.Bernoulli(3)) for _ in range(2))
    assert checksum(one) == checksum(other)
    other.precision = "float32" if one.precision == "exact" else "exact"
    assert checksum(one) != checksum(other)
    with torch.no_grad():
        one.bias["visible"][0] += 1
    assert checksum(one) != checksum(small(sp.Bernoulli(4), sp.Bernoulli(3)))


# -- whoever makes them -------------------------------------------------------------------------


@pytest.fixture
def whole(place, tmp_path):
    """A folder of shards, and what is in it."""
    generate(place, "letters", f"{tmp_path}/out/", *SHARDS)
    return tmp_path / "out"


@pytest.mark.parametrize("suffix", ["fasta.gz", "csv.gz", "parquet", "npz"])
@pytest.mark.parametrize("count", [2, 3, 5])
def test_ranks_make_the_bytes_of_one_process(place, tmp_path, monkeypatch, count, suffix):
    options = [*SHARDS, "--shards", suffix]
    generate(place, "letters", f"{tmp_path}/one/", *options)
    monkeypatch.setenv("WORLD_SIZE", str(count))
    for rank in reversed(range(count)):  # one after the other, in any order: no rank waits for another
        assert not (tmp_path / "out" / "manifest.json").exists()
        monkeypatch.setenv("RANK", str(rank))
        generate(place, "letters", f"{tmp_path}/out/", *options)
    assert snapshot(tmp_path / "out") == snapshot(tmp_path / "one")


def test_processes_at_the_same_time_make_the_bytes_of_one(place, whole, tmp_path):
    code = "import os, sys; os.environ['RANK'] = sys.argv.pop(1); from spinodal.cli.main import main; main()"
    command = ["generate", place / "letters.run", "-n", N, "-o", f"{tmp_path}/two/", *SHARDS]
    ranks = [
        subprocess.Popen(
            [sys.executable, "-c", f"import os; os.environ['WORLD_SIZE'] = '2'; {code}", str(rank), *map(str, command)],
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    said = [rank.communicate()[1] for rank in ranks]
    assert [rank.returncode for rank in ranks] == [0, 0], said
    assert "2 made by rank 0 of 2" in said[0]
    assert "1 made by rank 1 of 2" in said[1]
    assert snapshot(tmp_path / "two") == snapshot(whole)


def test_what_is_missing_is_made_and_nothing_else(place, whole, monkeypatch, capsys):
    before, made, stream = snapshot(whole), [], tasks.stream
    (whole / "shard-00001-of-00003.fasta.gz").unlink()
    part = whole / ".shard-00001-of-00003.fasta.gz.12345.part"
    part.write_bytes(b"half")

    def spy(*arguments, first=0, **options):
        made.append(first)
        return stream(*arguments, first=first, **options)

    monkeypatch.setattr(tasks, "stream", spy)
    capsys.readouterr()
    generate(place, "letters", f"{whole}/", *SHARDS)
    assert made == [EACH]
    assert "1 made, 2 kept" in capsys.readouterr().err
    assert snapshot(whole) == before
    generate(place, "letters", f"{whole}/", *SHARDS)
    assert made == [EACH]


def test_a_job_that_stops_goes_on(place, whole, tmp_path, monkeypatch):
    out, calls, stream = tmp_path / "stopped", [], tasks.stream

    def stops(*arguments, **options):
        calls.append(options["first"])
        if len(calls) == 2:
            raise KeyboardInterrupt
        return stream(*arguments, **options)

    monkeypatch.setattr(tasks, "stream", stops)
    assert call("generate", place / "letters.run", "-n", N, "-o", f"{out}/", *SHARDS) == 130
    with pytest.raises(FormatError, match="has 1 of 3 shards: give the command that makes them again"):
        read(out)
    generate(place, "letters", f"{out}/", *SHARDS)
    assert calls == [0, 10, 10, 20]
    assert snapshot(out) == snapshot(whole)


@pytest.mark.parametrize("how", ["damaged", "shard that its note doesn't fit", "damaged note"])
def test_a_shard_that_is_not_as_it_was_is_made_again(place, whole, how):
    before, name = snapshot(whole), "shard-00001-of-00003.fasta.gz"
    if how == "damaged":
        (whole / name).write_bytes(before[name][:-9])
    else:  # as if the job had been killed
        (whole / "manifest.json").unlink()
        said = json.loads(before["manifest.json"])
        (whole / ".manifest.json.plan").write_text(json.dumps(said["plan"]))
        for shard in said["shards"]:
            Place(whole).add(Shard(**shard))
        if how == "damaged note":
            (whole / f".{name}.done").write_bytes(b"{")
        else:
            (whole / name).write_bytes(b"other")
    generate(place, "letters", f"{whole}/", *SHARDS)
    assert snapshot(whole) == before


def test_rows_are_those_of_any_part():
    machine = small(sp.Potts(6, 3), sp.Bernoulli(4))
    every = sp.generate(machine, n=40, steps=3, seed=5)
    parts = [concatenate(list(sp.stream(machine, n=b - a, steps=3, seed=5, first=a))) for a, b in [(0, 7), (7, 40)]]
    check_same(concatenate(parts), every)
    with pytest.raises(ValueError, match="first must be from 0"):
        sp.stream(machine, n=10, steps=3, first=2**32 - 9)


@pytest.mark.parametrize("holes", [0.0, 0.3])
def test_predictions_and_completions_are_those_of_any_part(holes, monkeypatch):
    monkeypatch.setattr(tasks, "BLOCK", 6)
    machine = small(sp.Potts(6, 3), sp.Bernoulli(4))
    machine.schedule = Schedule(sp.FEF, 3)
    made = sp.generate(machine, n=31, seed=5)
    data = concatenate([made.select(slice(0, 15)), made.select(slice(15, 31)).hide("visible", fraction=holes, seed=1)])
    data = data.select(np.random.default_rng(0).permutation(31)).hide("label")
    cuts = [slice(0, 4), slice(4, 23), slice(23, 31)]
    every, predictor = sp.predict(machine, data, seed=1, n=2), tasks.predictor(machine, data, seed=1, n=2)
    parts = [predictor(cut) for cut in reversed(cuts)][::-1]
    assert np.array_equal(np.concatenate([part.probability["label"] for part in parts]), every.probability["label"])
    assert [row for part in parts for row in part.table()] == every.table()
    blocks = [
        block
        for cut in cuts
        for block in sp.completions(machine, data, n=2, seed=1, rows=slice(2 * cut.start, 2 * cut.stop))
    ]
    check_same(concatenate(blocks), sp.complete(machine, data, n=2, seed=1))


# -- what is said -------------------------------------------------------------------------------

OTHERS = {
    "its seed is 0, here it is 1": ["--seed", 1],
    "its steps is 3, here it is 2": ["--steps", 2],
    "its age is": ["--age", 10],
    "its machine is": ["--precision", "float32"],
    'its suffix is "fasta.gz", here it is "npz"': ["--shards", "npz"],
    "its rows is 25, here it is 24": ["-n", 24],
    "its rows per shard is 10, here it is 9": ["--seed", 0],
    "its labels is": ["--label", f"alpha={N}"],
    "its rows is 25, here it is 60": ["--like", "table.csv"],
}


@pytest.mark.filterwarnings("ignore:the machine was trained to generate in")
@pytest.mark.parametrize("said", OTHERS)
def test_another_job_in_the_same_folder_is_refused(place, whole, refused, said):
    before, other = snapshot(whole), [place / x if x == "table.csv" else x for x in OTHERS[said]]
    n = [] if other[0] in ("-n", "--label", "--like") else ["-n", N]
    size = ["--rows-per-shard", 9] if said.startswith("its rows per") else SHARDS
    told = refused("generate", place / "letters.run", *n, "-o", f"{whole}/", *size, *other)
    assert f"{whole} has the shards of another job: {said}" in told
    assert "name another folder" in told
    assert snapshot(whole) == before


def test_a_job_that_another_one_overtakes_is_refused(tmp_path):
    plan = Plan(suffix="npz", rows=2, rows_per_shard=1, label_names={}, job={"seed": 0})

    def overtaken(part, path):
        path.write_bytes(b"")
        (tmp_path / "out" / ".manifest.json.plan").unlink()
        Place(tmp_path / "out")._planned.write_bytes(json.dumps({**asdict(plan), "job": {"seed": 1}}).encode())

    with pytest.raises(ValueError, match="its seed is 1, here it is 0"):
        list(make(tmp_path / "out", plan, overtaken))


def asdict(plan):
    return {name: getattr(plan, name) for name in plan.__struct_fields__}


WRONG = {
    "lacks shard-00001-of-00003.fasta.gz: bring it back": lambda out: (out / "shard-00001-of-00003.fasta.gz").unlink(),
    "lacks shard-00000-of-00003.fasta.gz and 1 more": lambda out: [
        (out / f"shard-0000{i}-of-00003.fasta.gz").unlink() for i in (0, 2)
    ],
    "shard-00002-of-00003.fasta.gz is damaged": lambda out: (out / "shard-00002-of-00003.fasta.gz").write_bytes(b""),
    "shard-00000-of-00007.fasta.gz, which is not in": lambda out: (out / "shard-00000-of-00007.fasta.gz").touch(),
    "no manifest.json, which has their checksums": lambda out: (out / "manifest.json").unlink(),
    "manifest.json is damaged": lambda out: (out / "manifest.json").write_text("{"),
    "not those of its plan": lambda out: change(out, rows=31),
    "update spinodal": lambda out: change(out, version=2),
}


def change(out, rows=None, version=1):
    said = json.loads((out / "manifest.json").read_text())
    said["plan"]["rows"] = rows or said["plan"]["rows"]
    (out / "manifest.json").write_text(json.dumps(said | {"version": version}))


@pytest.mark.parametrize("said", WRONG)
def test_a_folder_that_is_not_whole_is_not_read(place, whole, refused, said):
    WRONG[said](whole)
    assert said in refused("inspect", whole)
    assert said in refused("predict", place / "letters.run", whole)
    with pytest.raises(FormatError, match=said):
        list(read_shards(whole))
    with pytest.raises(FormatError, match="is not a folder of shards"):
        list(read_shards(place / "family.fasta"))


IMPOSSIBLE = {
    "to a folder: name it with a slash at its end": ["new.fasta", "--shards", "npz"],
    "rows per shard are those of shards": ["new.fasta", *SHARDS],
    'shards are fasta.gz, csv.gz, parquet, npz, bits.npz, not "zip"': ["new/", "--shards", "zip"],
    "bits.npz holds binary letters alone": ["new/", "--shards", "bits.npz"],
    "there is no folder": ["nowhere/new/"],
    "is not an empty folder": ["letters.run/"],
    "no cells that a spreadsheet takes for formulas": ["new/", "--guard-formulas"],
    "rows_per_shard must be 1 or more, not 0": ["new/", "--rows-per-shard", "0"],
}


@pytest.mark.parametrize("said", IMPOSSIBLE)
def test_shards_that_can_not_be_are_refused_and_leave_nothing(place, tmp_path, refused, said):
    out, *more = IMPOSSIBLE[said]
    target = place if out.startswith("letters") else tmp_path
    assert said in refused("generate", place / "letters.run", "-n", N, "-o", f"{target}/{out}", *more)
    assert not list(tmp_path.glob("**/shard*"))


@pytest.mark.parametrize(
    ("rank", "count", "said"),
    [("2", "2", "ranks count from 0 to WORLD_SIZE - 1"), ("x", "2", 'RANK "x"'), ("0", "-1", 'WORLD_SIZE "-1"')],
)
def test_ranks_that_are_none_are_refused(place, tmp_path, refused, monkeypatch, rank, count, said):
    monkeypatch.setenv("RANK", rank)
    monkeypatch.setenv("WORLD_SIZE", count)
    assert said in refused("generate", place / "letters.run", "-n", N, "-o", f"{tmp_path}/out/")


def test_several_processes_do_not_write_one_file(place, tmp_path, refused, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("RANK", "0")
    for tokens in (
        ["generate", place / "letters.run", "-n", N, "-o", tmp_path / "new.fasta"],
        ["generate", place / "gray.run", "-n", N, "-o", f"{tmp_path}/new/"],
        ["predict", place / "letters.run", place / "family.fasta"],
        ["complete", place / "letters.run", place / "family.fasta", "-o", "-"],
    ):
        assert "2 processes (WORLD_SIZE) can't write" in refused(*tokens)
    assert not list(tmp_path.iterdir())


# -- what is done with them ---------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore")  # the run names no files, so a column is empty
def test_predictions_are_those_of_one_file(place, whole, tmp_path, monkeypatch):
    masked = read(whole).hide("visible", fraction=0.05, seed=1).hide("label")
    write(masked, tmp_path / "holes.fasta")
    for data, more in ((whole, []), (tmp_path / "holes.fasta", SHARDS)):
        out = tmp_path / f"{data.name}.predicted"
        assert call("predict", place / "letters.run", data, "-o", tmp_path / "one.csv") == 0
        monkeypatch.setenv("WORLD_SIZE", "2")
        for rank in "01":
            monkeypatch.setenv("RANK", rank)
            assert call("predict", place / "letters.run", data, "-o", f"{out}/", *more) == 0
        monkeypatch.delenv("WORLD_SIZE")
        monkeypatch.delenv("RANK")
        assert [p.name for p in sorted(out.glob("s*"))] == [f"shard-0000{i}-of-00003.csv.gz" for i in range(3)]
        check_same(read(out), read(tmp_path / "one.csv"))


@pytest.mark.parametrize("n", [1, 2])
def test_completions_are_those_of_one_file(place, whole, tmp_path, n):
    asked = ["complete", place / "letters.run", whole, "--hold", "1-3", "-n", n, "-o"]
    assert call(*asked, tmp_path / "one.fasta") == 0
    assert call(*asked, f"{tmp_path}/completed/") == 0
    assert len(list((tmp_path / "completed").glob("shard-*-of-00003.fasta.gz"))) == 3
    check_same(read(tmp_path / "completed"), read(tmp_path / "one.fasta"))


def test_the_most_probable_entries_are_one_file(place, whole, tmp_path, refused):
    asked = ["complete", place / "letters.run", whole, "--most-probable", "-o", f"{tmp_path}/new/"]
    assert "the most probable entries are written to one file" in refused(*asked)


@pytest.mark.filterwarnings("ignore:nearest_identity is left empty")
def test_other_data_in_the_same_folder_are_refused(place, whole, tmp_path, refused):
    generate(place, "letters", tmp_path / "other.fasta", "--seed", 1)
    for command in ("predict", "complete"):
        asked = [command, place / "letters.run", "-o", f"{tmp_path}/{command}/"]
        assert call(*asked, whole) == 0
        assert "its data is" in refused(*asked, tmp_path / "other.fasta", *SHARDS)


def test_shards_are_learned_from_and_scored(place, whole, tmp_path, capsys):
    settings = ["--split", 0.8, "--updates", 3, "--hidden", 4, "--batch", 10]
    assert call("train", whole, *settings, "-o", tmp_path / "run") == 0
    learned = Run.open(tmp_path / "run").record["data"]
    capsys.readouterr()
    assert call("score", tmp_path / "run", whole, "--json", "--quick", "--rows", 20, "--sets", 1) == 0
    assert json.loads(capsys.readouterr().out)["n"] == 20
    assert learned["rows"] == 20
    assert call("generate", place / "letters.run", "--like", whole, "-o", tmp_path / "like.fasta") == 0
    assert read(tmp_path / "like.fasta").texts("label").tolist() == read(whole).texts("label").tolist()


# -- memory and formats -------------------------------------------------------------------------


@pytest.mark.usefixtures("untraced")
def test_memory_does_not_grow_with_the_rows(place, tmp_path, monkeypatch):
    monkeypatch.setattr(tasks, "BLOCK", 50)
    generate(place, "letters", f"{tmp_path}/first/")  # loads what is needed

    def peak(n):
        tracemalloc.start()
        assert call("generate", place / "letters.run", "-n", n, "-o", f"{tmp_path}/{n}/", "--rows-per-shard", 500) == 0
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    few, many = peak(1000), peak(8000)
    assert many < few + 7000 * 20  # names of rows alone take more


def test_layers_of_large_arrays_are_in_files(monkeypatch):
    monkeypatch.setattr(row_blocks, "LARGE", 1)
    parts = [binary_rows(7).select(slice(i, i + 2)) for i in (0, 2, 4)]
    found = npz._gather(iter(parts))
    check_same(found, concatenate(parts))
    assert all(map(row_blocks.is_mapped, found.columns.values()))


def test_bits_are_those_that_numpy_unpacks(tmp_path):
    data = binary_rows()
    write(data, tmp_path / "a.bits.npz")
    with np.load(tmp_path / "a.bits.npz") as found:
        assert found["bits"].shape == (60, 2)
        assert np.array_equal(np.unpackbits(found["bits"], axis=1, count=found["sites"]), data["visible"])
        assert found["label"].shape == (60, 1)
    check_same(read(tmp_path / "a.bits.npz"), data)


def test_bits_that_do_not_fit_are_refused(tmp_path):
    with pytest.raises(ValueError, match="can't hold unknown letters: write"):
        write(binary_rows().hide("visible", fraction=0.5), tmp_path / "a.bits.npz")
    for bits, sites in ((np.zeros((2, 2), np.uint8), 17), (np.zeros((2, 2)), 16), (np.zeros(2, np.uint8), 2)):
        np.savez(tmp_path / "b.npz", bits=bits, sites=np.array(sites))
        with pytest.raises(FormatError, match=r'"bits" in .*b\.npz are not those of as many sites'):
            read(tmp_path / "b.npz")


def test_parquet_has_the_types_of_its_first_group(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "GROUP", 20)
    data = table_rows(tmp_path)
    parts = [data.select(slice(i, i + 7)) for i in range(0, 60, 7)]
    write(parts, tmp_path / "a.parquet")
    arrow = parquet._package()
    assert arrow.parquet.ParquetFile(tmp_path / "a.parquet").num_row_groups == 3
    write(data, tmp_path / "b.parquet")
    check_same(read(tmp_path / "a.parquet"), read(tmp_path / "b.parquet"))
    group = arrow.table({"a": ["x"]})
    with pytest.raises(ValueError, match="doesn't fit the type of its column"):
        parquet._retyped(arrow, group, arrow.schema([("a", arrow.int64())]))
