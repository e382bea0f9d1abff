from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress

import pytest
import torch

import spinodal as sp
from spinodal.learning.fit import Update
from spinodal.machines.protocols import BY_NAME, Schedule
from spinodal.runs import archive
from spinodal.runs import record as records
from spinodal.runs.archive import Run, describe, rebuild
from spinodal.runs.settings import Settings, Source

from .laws import assert_same
from .toys import same_bits, trained

SYMBOLS = tuple("-ACGU")
LATER = ("variance", "start_std", "self_coupling")
"""What runs of version 0.1 don't say of a network."""
MACHINES = {
    "bernoulli": lambda: sp.rbm(
        sp.Bernoulli(5), visible=sp.Bernoulli(7), label=sp.Potts(1, 3, symbols=("a", "b", "ü"))
    ),
    "spin": lambda: sp.rbm(sp.Spin(4), visible=sp.Spin(6)),
    "potts": lambda: sp.rbm(sp.Potts(3, 2), visible=sp.Potts(4, 5, symbols=SYMBOLS), sampled=("visible",)),
    "Gaussian": lambda: sp.rbm(sp.Gaussian(3), visible=sp.Bernoulli(4), label=sp.Potts(1, 3)),
    "sites that differ": lambda: sp.rbm(
        sp.Bernoulli(5),
        visible=sp.Potts(2, 3, states=(3, 2), symbols=(("a", "b", "ü"), ("no", "yes"))),
        numbers=sp.Gaussian(3),
    ),
    "two labels": lambda: sp.rbm(
        sp.Bernoulli(5), visible=sp.Bernoulli(6), **{"label:x": sp.Potts(1, 2), "label:y": sp.Potts(1, 3)}
    ),
    "chaotic": lambda: sp.chaotic(
        sp.Spin(5), sp.Spin(4), gain=2.0, rate=0.2, seed=3, visible=sp.Bernoulli(6), label=sp.Potts(1, 3)
    ),
    "one layer": lambda: sp.chaotic(gain=1.5, rate=0.3, std=0.2, visible=sp.Spin(6)),
    "other readings": lambda: sp.chaotic(
        gain=1.5, rate=0.3, visible=sp.Potts(2, 3), variance="both", start_std=0.5, self_coupling=False
    ),
}


@pytest.fixture(params=MACHINES)
def machine(request):
    made = MACHINES[request.param]()
    made.schedule = Schedule(BY_NAME["fef"], 10)
    return made


@pytest.fixture
def run(tmp_path):
    """A small run on disk."""
    machine = MACHINES["bernoulli"]()
    machine.schedule = Schedule(BY_NAME["pcd"], 7)
    return Run.create(tmp_path / "run", machine, age=5)


def entries(folder):
    return sorted(p.name for p in folder.iterdir())


# -- a machine on disk --------------------------------------------------------------------------


def test_a_machine_comes_back_with_the_same_bits(machine, tmp_path):
    sp.save(machine, tmp_path / "run")
    again = sp.load(tmp_path / "run")
    assert same_bits(machine, again)
    assert again.schedule == machine.schedule
    assert again.units == machine.units
    assert [getattr(u, "symbols", ()) for u in again.units.values()] == [
        getattr(u, "symbols", ()) for u in machine.units.values()
    ]


def test_a_machine_comes_back_and_runs_as_before(machine, tmp_path):
    sp.save(machine, tmp_path / "run")
    one, other = (sp.run(m, 9, 4, seed=2) for m in (machine, sp.load(tmp_path / "run")))
    assert all(torch.equal(one[k], other[k]) for k in machine.units)


def test_double_precision_comes_back(double, tmp_path):
    machine = MACHINES["chaotic"]()
    sp.save(machine, tmp_path / "run")
    torch.set_default_dtype(torch.float32)
    assert same_bits(machine, sp.load(tmp_path / "run"))


def test_describe_and_rebuild_are_inverse(machine):
    record = json.loads(json.dumps(describe(machine)))
    again = rebuild(record)
    assert json.loads(json.dumps(describe(again))) == record
    assert (again.units, again.edges, again.blocks) == (machine.units, machine.edges, machine.blocks)
    for name in ("rate", "gain", "sampled", "variance", "start_std", "self_coupling"):
        assert getattr(again, name) == getattr(machine, name)


def test_a_run_of_version_0_1_says_less_and_loads(tmp_path):
    machine = MACHINES["one layer"]()
    sp.save(machine, tmp_path / "run")
    run = Run.open(tmp_path / "run")
    assert run.record["machine"].keys() >= set(LATER)
    run.revise(machine={k: v for k, v in run.record["machine"].items() if k not in LATER})
    again = sp.load(tmp_path / "run")
    assert (again.variance, again.start_std, again.self_coupling) == ("fan-in", 1.0, True)
    assert same_bits(machine, again)


def test_what_an_optimizer_remembers_comes_back_with_the_same_bits(run):
    machine, source = run.machine(), torch.Generator().manual_seed(0)
    memory = {f"{k}/momentum_buffer": torch.randn(p.shape, generator=source) for k, p in machine.named_parameters()}
    memory |= {"bias.hidden/step": torch.tensor(3.0)}
    run.save(machine, Update(7, memory=memory), 1.0, lasting=False)
    _, update, _ = run.resume()
    assert_same(update.memory, memory)
    run.save(machine, Update(8), 1.0, lasting=False)
    assert run.resume()[1].memory == {}


def test_a_machine_without_a_schedule_comes_back_without_one(tmp_path):
    sp.save(MACHINES["spin"](), tmp_path / "run")
    assert sp.load(tmp_path / "run").schedule is None


def test_a_saved_machine_is_a_run_of_one_age(machine, tmp_path):
    sp.save(machine, tmp_path / "run", age=123)
    assert Run.open(tmp_path / "run").ages == [123]


def test_chains_that_go_on_come_back_with_the_same_bits_and_others_do_not(tmp_path):
    machine = MACHINES["potts"]()
    machine.schedule = Schedule((*sp.PCD, *sp.RDM, *sp.PCD), 3)
    run = Run.create(tmp_path / "run", machine)
    chains = {0: sp.run(machine, 4, 3), 2: sp.run(machine, 5, 2, seed=1)}
    run.save(machine, Update(17, last={**chains, 1: chains[0]}), seconds=2.5, lasting=False)
    again, update, seconds = run.resume()
    assert (run.ages, update.age, seconds) == ([0], 17, 2.5)
    assert same_bits(machine, again)
    assert update.last.keys() == chains.keys()
    for i, state in chains.items():
        back = update.last[i]
        assert back.time == state.time
        for one, other in ((state.value, back.value), (state.potential, back.potential)):
            assert one.keys() == other.keys()
            assert all(torch.equal(one[k], other[k]) and one[k].dtype == other[k].dtype for k in one)


# -- what is damaged ----------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["ages/00000005.safetensors", "resume.safetensors"])
def test_a_flipped_bit_anywhere_is_found_or_harmless(run, what):
    path, before = run.path / what, run.machine()
    whole = path.read_bytes()
    read = run.machine if what.startswith("ages") else lambda: run.resume()[0]
    for at in range(0, len(whole), 3):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ (1 << at % 8)]) + whole[at + 1 :])
        with suppress(sp.FormatError):
            assert same_bits(before, read()), at


def whole_runs(folder):
    """Runs with all that a run may have: one that was made by hand, and one of a training with a best age."""
    sp.save(MACHINES["sites that differ"](), folder / "saved", age=3)
    trained(folder / "trained", stop_on="accuracy", updates=15)
    return [Run.open(folder / name) for name in ("saved", "trained")]


READ = {
    "run.json": lambda path: Run.open(path).record,
    "log.csv": lambda path: Run.open(path).log(),
    "resume.safetensors": lambda path: (state(Run.open(path).resume()[0]), Run.open(path).resume()[1].age),
    "ages/00000015.safetensors": lambda path: state(Run.open(path).machine(15)),
}
"""What the files of a run say, as values that can be compared."""


def state(machine):
    return {k: x.tolist() for k, x in machine.state_dict().items()}


def read_or_line(read, path):
    """What is read of a run, or the line that says why not."""
    try:
        return read(path)
    except sp.FormatError as error:
        return str(error) if "\n" not in str(error) else pytest.fail("more than a line")


def small_damage(raw, every):
    """Copies of bytes with one bit turned over, and cut off, at every so manieth place; and at the ends."""
    for at in {*range(0, len(raw), every), len(raw) - 1}:
        for bit in (at % 8, (at // every) % 8):
            yield raw[:at] + bytes([raw[at] ^ (1 << bit)]) + raw[at + 1 :]
        yield raw[:at]


@pytest.mark.parametrize("what", READ)
def test_damage_in_any_file_is_a_line_or_changes_nothing(what, tmp_path):
    for run in whole_runs(tmp_path):
        path = run.path / what
        if not path.exists():
            continue
        raw, before = path.read_bytes(), READ[what](run.path)
        for damaged in small_damage(raw, every=11 if "tensors" not in what else 23):
            path.write_bytes(damaged)
            found = read_or_line(READ[what], run.path)
            if isinstance(found, str):
                assert path.name in found
                assert any(mend in found for mend in ("restore", "another age", "train anew", "update")), found
            else:
                assert found == before, damaged
        path.write_bytes(raw)


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: raw[:-4] + bytes([raw[-4] ^ 1]) + raw[-3:],
        lambda raw: raw[:-1],
        lambda raw: raw[: len(raw) // 2],
        lambda raw: raw[:3],
        lambda raw: b"",
        lambda raw: raw + b"\0",
        lambda raw: bytes([raw[0] ^ 8]) + raw[1:],
        lambda raw: raw.replace(b"bias.hidden", b"bias.hiddem"),
        lambda raw: raw.replace(b'\\"age\\": 5', b'\\"age\\": 6'),
        lambda raw: raw.replace(b"sha256", b"sha255"),
        lambda raw: b"\x80\x04\x95 a pickle, say",
    ],
)
def test_a_damaged_parameter_file_is_named(run, damage):
    path = run.path / "ages" / "00000005.safetensors"
    damaged = damage(path.read_bytes())
    assert damaged != path.read_bytes()
    path.write_bytes(damaged)
    with pytest.raises(sp.FormatError, match=r"00000005.safetensors is damaged .* take another age"):
        sp.load(run.path)


def test_another_age_is_still_there_when_one_is_damaged(run):
    machine = run.machine()
    run.save(machine, Update(9), seconds=1.0)
    run._file_of(9).write_bytes(b"")
    assert same_bits(sp.load(run.path, age=5), machine)


@pytest.mark.parametrize("text", ["", "{", "[]", "5", "null", '{"format": "x"}', '{"format": null}', "{}", "\udcff"])
def test_a_damaged_record_is_named(run, text):
    (run.path / "run.json").write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(sp.FormatError, match=r"run\.json is damaged"):
        Run.open(run.path)


@pytest.mark.parametrize("part", ["machine", "schedule", "training", "source", "data"])
def test_a_record_without_a_part_is_damaged(run, part):
    (run.path / "run.json").write_text(json.dumps({k: v for k, v in run.record.items() if k != part}))
    with pytest.raises(sp.FormatError, match=f"it lacks {part}"):
        Run.open(run.path)


@pytest.mark.parametrize(
    "machine",
    [
        {},
        {"units": {}},
        {"units": {"visible": {"kind": "Bernoulli", "length": 3}}, "edges": [], "blocks": []},
        {"units": {"visible": {"size": 3}}},
        {"units": []},
    ],
)
def test_a_record_of_no_machine_is_damaged(run, machine):
    run.revise(machine=machine)
    with pytest.raises(sp.FormatError, match=r"run\.json is damaged: machine.*: put it right, or restore it"):
        sp.load(run.path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"edges": [["visible", "nowhere"]]}, "nowhere"),
        ({"blocks": [["visible"]]}, "blocks must name every layer once"),
        ({"drawn": ["nowhere"]}, "there is no layer"),
    ],
    ids=str,
)
def test_a_record_of_a_machine_that_can_not_be_is_damaged(run, change, said):
    run.revise(machine=run.record["machine"] | change)
    with pytest.raises(sp.FormatError, match=rf"run\.json .*{said}"):
        sp.load(run.path)


@pytest.mark.parametrize("layer", ["visible", "hidden", "label"])
def test_a_machine_larger_than_its_parameters_is_not_made(run, layer, monkeypatch):
    units = run.record["machine"]["units"]
    size = "sites" if layer == "label" else "size"
    run.revise(machine=run.record["machine"] | {"units": units | {layer: units[layer] | {size: 10**9}}})
    monkeypatch.setattr(archive, "rebuild", lambda _: pytest.fail("the machine is made"))
    for load in (lambda: sp.load(run.path), Run.open(run.path).resume):
        with pytest.raises(sp.FormatError, match=r"safetensors: the parameters are not those .*000000000"):
            load()


def test_an_age_under_the_name_of_another_is_refused(run):
    run.save(run.machine(), Update(9), seconds=1.0)
    shutil.copy(run._file_of(9), run._file_of(5))
    with pytest.raises(sp.FormatError, match=r"00000005\.safetensors holds age 9, and not 5: take another age"):
        run.machine(5)


def test_files_that_are_no_ages_are_not_taken_for_some(run):
    for name in ("00000005 (copy)", "7", "notes", "\u0665" * 8):
        shutil.copy(run._file_of(5), run.path / "ages" / f"{name}.safetensors")
    assert run.ages == [5]


def test_parameters_of_another_machine_are_refused(run, tmp_path):
    sp.save(MACHINES["spin"](), tmp_path / "other", age=5)
    shutil.copy(tmp_path / "other/ages/00000005.safetensors", run.path / "ages")
    with pytest.raises(sp.FormatError, match="not those of the machine"):
        sp.load(run.path)


def test_a_newer_format_says_the_versions(run):
    run.revise(format=archive.FORMAT + 1, spinodal="9.9", machine="of a kind to come")
    with pytest.raises(sp.FormatError, match=r"format 2, by spinodal 9\.9; .* up to 1: update spinodal"):
        sp.load(run.path)


def test_units_of_a_newer_version_say_so(run):
    machine = run.record["machine"]
    run.revise(machine=machine | {"units": {"visible": {"kind": "Septenary", "size": 3}}})
    with pytest.raises(sp.FormatError, match='no units "Septenary": import the module that defines them'):
        sp.load(run.path)


@pytest.mark.parametrize("what", ["nothing", "folder", "file"])
def test_what_is_not_a_run_says_so(tmp_path, what):
    path = tmp_path / "place"
    if what != "nothing":
        path.mkdir() if what == "folder" else path.write_text("x")
    with pytest.raises(FileNotFoundError, match=r"place is not a run: it has no run\.json"):
        sp.load(path)


def test_an_age_that_is_not_there_lists_those_that_are(run):
    run.save(run.machine(), Update(80), seconds=0.0)
    with pytest.raises(ValueError, match="has no age 7; it has 5, 80"):
        sp.load(run.path, age=7)


def test_a_run_without_ages_says_so(run):
    run._file_of(5).unlink()
    with pytest.raises(sp.FormatError, match="no saved age left"):
        sp.load(run.path)


# -- nothing is lost ----------------------------------------------------------------------------


def test_a_run_that_is_there_stays(run):
    before = run._file_of(5).read_bytes()
    with pytest.raises(FileExistsError, match="exists: --overwrite replaces it"):
        sp.save(MACHINES["spin"](), run.path)
    assert run._file_of(5).read_bytes() == before


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("kind", ["folder", "file"])
def test_what_is_not_a_run_is_never_overwritten(tmp_path, kind, overwrite):
    path = tmp_path / "thesis"
    if kind == "folder":
        path.mkdir()
    written = path / "chapter.txt" if kind == "folder" else path
    written.write_text("years of work")
    with pytest.raises(FileExistsError, match="is not a run, and stays as it is"):
        sp.save(MACHINES["spin"](), path, overwrite=overwrite)
    assert written.read_text() == "years of work"


def test_an_empty_folder_may_become_a_run(tmp_path):
    (tmp_path / "run").mkdir()
    sp.save(MACHINES["spin"](), tmp_path / "run")
    assert Run.open(tmp_path / "run").ages == [0]


def test_overwriting_leaves_the_new_run_alone(run):
    machine = MACHINES["spin"]()
    sp.save(machine, run.path, overwrite=True)
    assert Run.open(run.path).ages == [0]
    assert same_bits(sp.load(run.path), machine)
    assert entries(run.path.parent) == ["run"]


@pytest.mark.parametrize("there", [False, True])
def test_a_run_that_fails_to_begin_leaves_no_trace(run, monkeypatch, there):
    def fail(*_, **__):
        raise OSError("no space left")

    path = run.path if there else run.path.with_name("fresh")
    monkeypatch.setattr(Run, "save", fail)
    with pytest.raises(OSError, match="no space"):
        Run.create(path, MACHINES["spin"](), overwrite=True)
    assert entries(run.path.parent) == ["run"]
    assert Run.open(run.path).ages == [5]


def test_a_file_that_fails_to_be_written_leaves_the_old_one(run, monkeypatch):
    def fail(*_):
        raise OSError("no space left")

    before, path = run.machine(), run._file_of(5)
    monkeypatch.setattr("pathlib.Path.replace", fail)
    with pytest.raises(OSError, match="no space"):
        run.save(MACHINES["bernoulli"](), Update(5), seconds=0.0)
    assert same_bits(before, run.machine())
    assert entries(path.parent) == [path.name]


def test_what_a_killed_process_left_is_no_hindrance(run):
    part = run.path.with_name(f".{run.path.name}.{os.getpid()}.part")
    (part / "ages").mkdir(parents=True)
    sp.save(MACHINES["spin"](), run.path, overwrite=True)
    assert entries(run.path.parent) == ["run"]
    (run.path / "ages" / ".00000009.safetensors.4711.part").write_bytes(b"half")
    assert Run.open(run.path).ages == [0]


def test_what_killed_writes_left_is_swept_and_nothing_else(run):
    before = [entries(folder) for folder in (run.path, run.path / "ages")]
    for name in ("run.json", "log.csv", "resume.safetensors", "ages/00000009.safetensors"):
        place = run.path / name
        place.with_name(f".{place.name}.4711.part").write_bytes(b"half")
    (run.path / ".made.fasta.4711.part").write_bytes(b"of somebody who generates")
    run.sweep()
    assert [entries(folder) for folder in (run.path, run.path / "ages")] == [
        [".made.fasta.4711.part", *before[0]],
        before[1],
    ]


# -- the age that is taken ----------------------------------------------------------------------


def test_the_best_age_is_taken_where_there_is_one(run):
    machine = run.machine()
    for age in (7, 9):
        machine.bias["hidden"].data.fill_(age)
        run.save(machine, Update(age), seconds=0.0)
    assert [run.chosen(age) for age in (None, 5, 7, 9)] == [9, 5, 7, 9]
    run = run.revise(best={"score": "accuracy", "age": 7, "value": 0.5})
    assert [run.chosen(age) for age in (None, 5, 7, 9)] == [7, 5, 7, 9]
    assert same_bits(run.machine(), run.machine(7))
    assert same_bits(sp.load(run.path), run.machine(7))
    assert not same_bits(run.machine(), run.machine(9))
    assert run.revise(best=None).chosen() == 9


def test_a_best_age_that_was_deleted_is_said(run):
    with pytest.raises(ValueError, match="has no age 8; it has 5"):
        run.revise(best={"score": "accuracy", "age": 8, "value": 0.5}).machine()


# -- the record and the log ---------------------------------------------------------------------


def test_a_record_is_revised_on_disk(run):
    revised = run.revise(seconds=3.5)
    assert Run.open(run.path).record == revised.record == run.record | {"seconds": 3.5}


def test_a_log_comes_back(run):
    assert run.log() == []
    run.write_log([{"age": 1, "accuracy": 0.5}, {"age": 2, "accuracy": 0.25}])
    assert run.log() == [{"age": "1", "accuracy": "0.5"}, {"age": "2", "accuracy": "0.25"}]


def test_a_log_is_a_table_for_everybody(run):
    run.write_log([{"age": 1, "accuracy": 0.5}])
    assert (run.path / "log.csv").read_text().splitlines()[0] == "age,accuracy,crc32"


def by_hand(run):
    """The run with its run.json and log.csv as older versions wrote them."""
    said = json.loads((run.path / "run.json").read_text())
    del said["sha256"]
    (run.path / "run.json").write_text(json.dumps(said))
    rows = [line.rpartition(",")[0] for line in (run.path / "log.csv").read_text().splitlines()]
    (run.path / "log.csv").write_text("\n".join(rows) + "\n")
    return Run.open(run.path)


def test_a_run_without_checksums_loads_and_gets_them_when_it_is_revised(tmp_path):
    run = trained(tmp_path / "run")
    log = run.log()
    old = by_hand(run)
    assert (run.sealed, old.sealed) == (True, False)
    assert (old.record, old.log()) == (run.record, log)
    assert same_bits(old.machine(), run.machine())
    assert old.revise(seconds=3.5).sealed
    again = Run.open(run.path)
    assert again.sealed
    assert again.log() == log
    assert "crc32" in (run.path / "log.csv").read_text()


def test_a_training_goes_on_with_a_run_without_checksums(tmp_path):
    for name in ("one", "other"):
        trained(tmp_path / name)
    by_hand(Run.open(tmp_path / "one"))
    longer = [trained(tmp_path / name, resume=True, updates=40) for name in ("one", "other")]
    assert same_bits(*(run.machine() for run in longer))
    assert all(run.sealed for run in longer)


def test_a_line_of_the_checksum_can_be_taken_out_of_what_was_changed_by_hand(run):
    path = run.path / "run.json"
    path.write_text(path.read_text().replace('"steps": 7', '"steps": 8'))
    with pytest.raises(sp.FormatError, match=r"changed by hand .* checksum .* remove its line \"sha256\""):
        sp.load(run.path)
    path.write_text("".join(line for line in path.read_text().splitlines(True) if '"sha256"' not in line))
    assert sp.load(run.path).schedule.steps == 8


def places(said, at=()):
    """Where all values of a record are."""
    for k, x in said.items() if isinstance(said, dict) else enumerate(said) if isinstance(said, list) else ():
        yield (*at, k)
        yield from places(x, (*at, k))


def state_of_run(path):
    run = Run.open(path)
    return run.log(), state(run.machine(10))


@pytest.mark.parametrize("wrong", [None, True, -1, 1.5, float("nan"), 10**30, "x", [], {}, [[]], {"x": {}}], ids=repr)
def test_what_is_changed_by_hand_is_refused_in_a_line_or_makes_a_machine(tmp_path, wrong):
    run = trained(tmp_path / "run", updates=10)
    said = json.loads((run.path / "run.json").read_text())
    del said["sha256"]
    for at in places(said):
        *way, last = at
        changed = json.loads(json.dumps(said))
        inner = changed
        for k in way:
            inner = inner[k]
        inner[last] = wrong
        (run.path / "run.json").write_text(json.dumps(changed))
        assert read_or_line(state_of_run, run.path), at


def test_a_log_that_is_cut_off_is_found(tmp_path):
    run = trained(tmp_path / "run")
    path, lines = run.path / "log.csv", (run.path / "log.csv").read_text().splitlines(True)
    for n in range(len(lines)):
        path.write_text("".join(lines[:n]))
        with pytest.raises(sp.FormatError, match=r"log\.csv.* is damaged .* delete log\.csv"):
            run.log()
    path.unlink()
    assert run.log() == []
    trained(run.path, resume=True, updates=40)
    assert [row["age"] for row in Run.open(run.path).log()] == ["32", "40"]


def test_names_of_files_that_are_no_text_come_back(run):
    named = run.revise(source={"data": "/\udcff.fasta"})
    assert Run.open(run.path).record == named.record


def test_a_training_says_nothing_that_the_schema_does_not_know(tmp_path):
    for run in whole_runs(tmp_path):
        said = records.Said.__struct_fields__
        assert run.record.keys() <= set(said)
        assert run.record["training"].keys() in (set(), set(Settings.by_key()))
        assert run.record["source"].keys() <= set(Source.by_key())
        assert run.record["data"].keys() <= set(records.Data.__struct_fields__)


def test_letters_of_before_sites_could_differ_are_all_alike(run):
    record = run.record["machine"]
    old = {k: {name: x for name, x in u.items() if name != "states"} for k, u in record["units"].items()}
    assert old != record["units"]
    before = run.machine()
    run.revise(machine=record | {"units": old})
    again = sp.load(run.path)
    assert again.units == before.units
    assert same_bits(again, before)


def test_the_row_of_the_log_at_an_age(tmp_path):
    """By default of the age that is taken, with the scores of its guidance; empty without a log."""
    run = trained(tmp_path / "logged")
    assert run.row(15) == run.log()[2] if run.log()[0]["age"] == "0" else run.log()[1]
    assert run.row()["age"] == str(run.chosen())
    guided = run.revise(guidance={"age": run.chosen(), "value": 0.5, "scores": {"accuracy": 0.75}})
    assert guided.row()["accuracy"] == "0.75"
    (run.path / "log.csv").unlink()
    assert Run.open(run.path).row() == {}
