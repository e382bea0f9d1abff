"""The page's actions without a page: each does what the command beside it does, and says what is wrong in one line."""

from __future__ import annotations

import html
import re
import shlex
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

import spinodal as sp
from spinodal.data.alphabet import BINARY
from spinodal.data.dataset import Dataset, numbered_names
from spinodal.files.labels import to_label_layers
from spinodal.machines.chaos import Exponents
from spinodal.machines.noise import Noise
from spinodal.reporting import plots
from spinodal.reporting.comparison import row
from spinodal.runs import sources
from spinodal.runs.archive import Run
from spinodal.runs.holding import sites
from spinodal.runs.settings import Settings
from spinodal.runs.training import train
from spinodal.ui import actions, chaotic, opened, outputs, pictures, standing, tables, uploads, weights
from spinodal.ui.handlers import Handlers, Refused
from spinodal.ui.regions import regions, spans

from .calls import call
from .mixed import cells, write_cells
from .toys import QUICK, chaotic_run, dataset, files, image_file, trained

pytestmark = pytest.mark.usefixtures("few_triplets")
COLUMNS = ["--label", "family", "--label", "host", "--split", "split"]


def quick(data, out, *more):
    """A quick training by the command line."""
    settings = [x for k, v in QUICK.items() for x in (f"--{k.replace('_', '-')}", v)]
    assert call("train", data, "--out", out, *settings, *more) == 0
    return out


def music(n=40):
    """Windows of two frames, of two composers."""
    random, kinds = np.random.default_rng(3), np.arange(n) % 2
    x = (random.random((n, 2, 88)) < 0.02).astype(np.int8)
    x[np.arange(n), :, 40 + 10 * kinds] = 1
    notes = {"format": "midi", "roll": {"frames": 2, "pitches": 88, "lowest": 21, "per_quarter": 4}, "tempo": 120.0}
    table = {"label": np.array(["Bach", "Chopin"])[kinds]}
    data = Dataset({"visible": x.reshape(n, -1)}, {"visible": BINARY}, numbered_names(n), table, notes=notes)
    return to_label_layers(data, ["label"])


def rows_of_bits(n=40):
    """Rows of eight bits, of no kind."""
    x = np.random.default_rng(4).integers(0, 2, (n, 8)).astype(np.int8)
    return Dataset({"visible": x}, {"visible": BINARY}, numbered_names(n), notes={"format": "npy"})


def learned(data, out):
    for _ in train(*data.split(0.8), out, Settings(**QUICK | {"updates": 12})):
        pass
    return out


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with data and a run of each kind."""
    folder = files(tmp_path_factory.mktemp("ui"))
    quick(folder / "table.csv", folder / "letters", "--label", "family", "--split", "split")
    quick(folder / "table.csv", folder / "two", *COLUMNS)
    write_cells(folder / "people.csv", cells(n=60))
    quick(folder / "people.csv", folder / "people", "--label", "state")
    image_file(folder / "gray.idx")
    chaotic_run(folder / "chaos")
    quick(folder / "gray.idx", folder / "images", "--alphabet", "binary")
    learned(music(), folder / "music")
    learned(rows_of_bits(), folder / "bits")
    return folder


@pytest.fixture
def run(place):
    """A run by its name."""
    return lambda name: opened.Opened(name, place / name)


@pytest.fixture
def handlers(place, tmp_path, monkeypatch):
    """The page's handlers. Figures are made, but not drawn: that takes long, and all plots are drawn elsewhere."""
    monkeypatch.setattr(Figure, "savefig", lambda self, out, format: out.write(repr(self).encode()))
    names = ("letters", "two", "people", "images", "chaos", "music", "bits")
    return Handlers(opened.opened([place / name for name in names]), tmp_path)


def typed_again(made, folder, monkeypatch, upload=None):
    """The files that the command of a result writes into a folder that has the upload alone, and their bytes."""
    folder.mkdir()
    if upload:
        (folder / upload.name).write_bytes(upload.read_bytes())
    monkeypatch.chdir(folder)
    program, *words = shlex.split(made.command)
    assert program == "spinodal"
    assert call(*words) == 0
    return {path.name: path.read_bytes() for path in folder.iterdir() if not upload or path.name != upload.name}


def bytes_of(made):
    return {path.name: path.read_bytes() for path in made.files}


# -- what is typed is what is done --------------------------------------------------------------

GENERATED = {
    "labels": ("letters", {"labels": ["alpha", "gamma"], "n": 3}),
    "drawn labels": ("letters", {"n": 4, "seed": -5}),
    "another age, more steps": ("letters", {"labels": ["beta"], "n": 2, "steps": 30, "age": "10", "seed": 3}),
    "columns": ("two", {"labels": ["family:alpha", "family:beta", "host:fly"], "n": 2}),
    "a table": ("people", {"labels": ["ill"], "n": 5}),
    "images": ("images", {"labels": ["0"], "n": 2}),
    "chaos": ("chaos", {"n": 3, "steps": 4}),
    "music": ("music", {"labels": ["Bach"], "n": 2}),
    "rows": ("bits", {"n": 2}),
}


@pytest.mark.filterwarnings("ignore:the machine was trained to generate")
@pytest.mark.parametrize("case", GENERATED)
def test_the_command_beside_generated_rows_writes_the_same_files(case, run, tmp_path, monkeypatch):
    name, how = GENERATED[case]
    folder = uploads.fresh(tmp_path)
    with uploads.noted():
        made = actions.generate(run(name), folder, **how)
    assert bytes_of(made) == typed_again(made, tmp_path / "again", monkeypatch)
    assert len(made.watched.at(10**6)[1]) == how["n"] * max(1, len(made.watched.groups))


COMPLETED = {
    "a region": ("letters", {"keep": "1-4", "n": 3}),
    "a label": ("letters", {"keep": "2", "n": 1, "label": ["gamma"], "steps": 2, "seed": 9}),
    "most probable": ("letters", {"keep": "1,3", "n": 4, "most_probable": True}),
    "what is unknown in the file": ("letters", {"n": 2, "age": "15"}),
    "columns of a table": ("people", {"keep": "age,sick", "n": 2}),
    "two labels": ("two", {"keep": "1-2", "label": ["family:alpha", "host:fly"]}),
    "images": ("images", {"keep": "1-6", "n": 2}),
}


@pytest.mark.filterwarnings("ignore:the machine was trained to generate")
@pytest.mark.parametrize("case", COMPLETED)
def test_the_command_beside_completed_rows_writes_the_same_files(case, run, tmp_path, monkeypatch):
    name, how = COMPLETED[case]
    upload = actions.examples(run(name), uploads.fresh(tmp_path))
    with uploads.noted():
        made = actions.complete(run(name), uploads.fresh(tmp_path), upload, **how)
    assert bytes_of(made) == typed_again(made, tmp_path / "again", monkeypatch, upload)


@pytest.mark.filterwarnings("ignore:probabilities of label are the machine's own")
@pytest.mark.parametrize(("name", "at_least"), [("letters", 0.0), ("letters", 0.6), ("two", 0.0), ("people", 0.0)])
def test_the_command_beside_predictions_writes_the_same_table(name, at_least, run, tmp_path, monkeypatch):
    upload = actions.examples(run(name), uploads.fresh(tmp_path))
    with uploads.noted():
        made, table = actions.predict(run(name), uploads.fresh(tmp_path), upload, at_least)
    assert len(table) == 3
    assert bytes_of(made) == typed_again(made, tmp_path / "again", monkeypatch, upload)


# -- what is watched ----------------------------------------------------------------------------


@given(st.integers(1, actions.STEPS))
def test_steps_are_kept_at_equal_distances_up_to_the_last(steps):
    kept = actions.times(steps)
    assert kept[-1] == steps
    assert 0 <= kept[0] < kept.step
    assert min(steps, actions.FRAMES // 2) <= len(kept) <= actions.FRAMES + 1


def test_a_step_that_was_not_kept_is_that_before_it(run, tmp_path):
    with uploads.noted():
        watched = actions.generate(run("chaos"), uploads.fresh(tmp_path), n=2, steps=41).watched
    assert sorted(watched.frames) == list(range(2, 42, 3))
    assert [watched.at(step)[0] for step in (0, 2, 4, 41, 99)] == [2, 2, 2, 41, 41]


def test_the_last_step_is_what_was_generated(run, tmp_path):
    made = actions.generate(run("letters"), uploads.fresh(tmp_path), ["alpha"], n=4)
    assert (sp.read(made.files[0])["visible"] == made.watched.at(3)[1]["visible"]).all()


@pytest.mark.parametrize("view", ["rows", "cloud"])
@pytest.mark.parametrize("name", ["letters", "images", "people"])
def test_all_kinds_have_pictures(name, view, handlers):
    *_, watched = handlers.generate(name, None, None, 4, 0, 0)
    first = handlers.frame(watched, 0, view)
    assert Path(first).exists()
    assert handlers.frame(watched, 0, view) == first, "a picture is drawn once"
    assert handlers.frame(watched, 3, view) != first


@pytest.mark.parametrize("name", ["chaos", "music", "bits", "two"])
def test_rows_have_pictures_without_the_data(name, handlers):
    labels = handlers.controls(name)["first"][:1]
    assert Path(handlers.watch(name, None, labels, 4, 2, 0, 1, "rows")).exists()


def test_a_picture_is_a_png_file(run, tmp_path):
    handlers = Handlers({"letters": run("letters")}, tmp_path)
    assert Path(handlers.watch(None, None, ["alpha"], 4, 2, 0, 1, "rows")).read_bytes().startswith(b"\x89PNG")


def test_a_cloud_without_data_says_so(handlers):
    *_, watched = handlers.generate("music", None, ["Bach"], 4, 0, 0)
    with pytest.raises(Refused, match="doesn't say which files it was trained on"):
        handlers.frame(watched, 0, "cloud")
    with pytest.raises(Refused, match="nothing to show yet"):
        handlers.frame(None, 0, "rows")
    with pytest.raises(Refused, match='a view is "rows" or "cloud", not "x"'):
        handlers.frame(watched, 0, "x")


def test_music_is_heard_at_every_step_and_all_else_is_silent(handlers):
    *_, watched = handlers.generate("music", None, ["Bach"], 8, 0, 0)
    first, last = (Path(handlers.sound(watched, step)).read_bytes() for step in (0, 3))
    assert first.startswith(b"RIFF")
    assert first != last
    shown, _ = pictures.windows(watched.at(3)[1], watched.groups)
    assert len(shown) == pictures.PER_GROUP["music"], "what is heard are the rows of the picture"
    rows = watched.at(3)[1].select(shown)
    assert last == outputs.write_sound(rows, uploads.fresh(handlers.folder)).read_bytes()
    assert Path(handlers.listen("music", None, ["Bach"], 8, 0, 0, 3)).read_bytes() == last
    assert handlers.listen("letters", None, ["alpha"], 2, 0, 0, 3) is None
    assert handlers.sound(None, 0) is None


# -- regions ------------------------------------------------------------------------------------


@given(st.sets(st.integers(0, 80), min_size=1))
def test_spans_are_read_as_the_sites_they_are_of(chosen):
    assert sites(spans(sorted(chosen)), 81) == sorted(chosen)


@pytest.mark.parametrize("name", ["letters", "images", "music", "people", "bits"])
def test_regions_come_in_halves(name, run):
    found, every = regions(run(name)), len(run(name).blank().sites("visible"))
    if name == "people":
        assert sorted(",".join(found.values()).split(",")) == sorted(run(name).blank().sites("visible"))
        return
    parts = [set(sites(text, every)) for text in found.values()]
    assert parts[0].isdisjoint(parts[1])
    assert parts[0] | parts[1] == set(range(every))


def test_halves_of_an_image_are_where_they_are_seen(run):
    found = {name: sites(text, 12) for name, text in regions(run("images")).items()}
    assert found == {"top half": [0, 1, 2, 3], "bottom half": [4, 5, 6, 7, 8, 9, 10, 11],
                     "left half": [0, 1, 4, 5, 8, 9], "right half": [2, 3, 6, 7, 10, 11]}  # fmt: skip


# -- weights ------------------------------------------------------------------------------------


def test_weights_are_by_unit_site_and_letter(run):
    machine = run("letters").machine()
    found, own = weights.to_hidden(machine), dict(machine.sources("hidden"))["visible"].detach()
    assert found["visible"].shape == (5, 8, 5)
    assert np.abs(found["visible"].sum(2)).max() < 1e-6, "the gauge"
    site, letters = 6, torch.arange(5) * 8 + 6  # a row of the weight is color * sites + site
    wanted = own[letters, 2] - own[letters, 2].mean()
    assert found["visible"][2, site] == pytest.approx(wanted.numpy(), abs=1e-6)


@pytest.mark.parametrize("name", ["letters", "images", "people", "music"])
def test_units_come_by_the_size_of_their_weights(name, handlers):
    picture, table, command = handlers.units(name, None, 1)
    assert Path(picture).exists()
    found = weights.to_hidden(handlers.opened(name).machine())
    own = {unit: max(float(np.abs(x[unit]).max()) for x in found.values()) for unit in range(5)}
    first = table["data"][0]
    assert abs(float(first[4])) == pytest.approx(own[int(first[0]) - 1], rel=1e-2)
    sizes = {unit: sum(np.square(x[unit]).sum() for k, x in found.items() if k.startswith("visible")) for unit in own}
    order = list(dict.fromkeys(int(line[0]) - 1 for line in table["data"]))
    assert order == sorted(sizes, key=sizes.get, reverse=True)[: len(order)]
    assert command.startswith("python -c 'import spinodal")
    with pytest.raises(Refused, match="there are 5 hidden units: the first one shown is from 1 to 5"):
        handlers.units(name, None, 6)


def test_a_machine_without_hidden_units_has_no_weights():
    with pytest.raises(ValueError, match="no hidden layer"):
        weights.to_hidden(sp.chaotic(gain=1.0, rate=0.2, visible=sp.Spin(4)))


@pytest.mark.parametrize(
    ("name", "site", "wanted"),
    [
        ("letters", 6, "7"),
        ("images", 5, "row 2, column 2"),
        ("music", 88 + 39, "step 2, C4"),
        ("music", 0, "step 1, A0"),
    ],
)
def test_the_place_of_a_weight_is_said_as_in_the_picture(name, site, wanted, run):
    assert weights.place(run(name).blank(), "visible", site) == wanted


# -- tables ---


@given(st.lists(st.lists(st.text(min_size=1), min_size=2, max_size=2), min_size=1, max_size=5))
def test_cells_are_text_and_never_markup(data):
    told = tables.as_html("a caption", ["<b>", "a_b"], data)
    assert re.sub(r"<[^<>]*>", "", told).count("<") == 0
    shown = [html.unescape(cell) for cell in re.findall(r"<td>(.*?)</td>", told, re.DOTALL)]
    assert shown == [tables._short(cell) for row in data for cell in row]
    assert "&lt;b&gt;" in told


@pytest.mark.parametrize(
    ("cell", "shown"),
    [("0.985563", "0.986"), ("+1.23456", "+1.23"), ("-0.00012345", "-0.000123"), ("0.5", "0.5"), ("1,212", "1,212"),
     ("805_1234", "805_1234"), ("", ""), ("5.03e-06", "5.03e-06"), ("nan", "nan"), (0.123456, "0.123")],
)  # fmt: skip
def test_numbers_have_three_digits(cell, shown):
    assert tables._short(cell) == shown


def test_columns_without_entries_are_left_out():
    told = tables.as_html("c", ["site", "letter", "weight"], [["1", "", "2"], ["3", "", "4"]])
    assert "letter" not in told
    assert told.count("<td>") == 4


def test_each_score_of_the_log_is_explained():
    told = tables.meanings()
    assert told.count("<dd></dd>") == 0
    for title in ("Label fidelity", "Balanced accuracy", "Adversarial error", "Spectrum error"):
        assert f"<dt>{title}</dt>" in told


# -- chaos --------------------------------------------------------------------------------------


def test_a_trajectory_is_that_of_the_machine(run, monkeypatch):
    machine, seen = run("chaos").machine(), {}
    monkeypatch.setattr(plots, "trajectories", lambda times, values, apart, trained: seen.update(values, apart=apart))
    chaotic.trajectories(machine, 7, seed=2)
    *_, (_, last) = sp.trajectory(machine, 2, [7], seed=Noise.of(2))
    assert seen["hidden"][-1] == pytest.approx(last["hidden"][0].numpy(), abs=1e-5)
    assert len(seen["apart"]) == 8
    assert 0 < seen["apart"][0] < 10 * chaotic.NEAR


@pytest.mark.parametrize(
    ("value", "what"), [(0.5, "chaos"), (-0.5, "it comes to rest"), (0.1, "a cycle, or the edge of chaos")]
)
def test_the_sign_of_the_exponent_says_what_the_dynamics_is(value, what, handlers, monkeypatch):
    found = Exponents(torch.tensor([value]), torch.tensor([0.1]))
    monkeypatch.setattr(chaotic, "lyapunov", lambda machine, steps: found)
    picture, said, command = handlers.trajectories("chaos", None, 5, 0)
    assert Path(picture).exists()
    assert said == f"The largest Lyapunov exponent of long runs is {value:.2f} ± 0.10 per τ (a step is 0.4 τ): {what}."
    assert command == f"spinodal info {handlers.runs['chaos'].path}"


def test_trajectories_are_of_machines_without_noise(handlers):
    with pytest.raises(Refused, match="have frozen couplings and no noise"):
        handlers.trajectories("letters", None, 5, 0)


# -- how good it is, and how far ----------------------------------------------------------------


def test_the_verdict_has_the_numbers_of_the_log(run):
    own = run("letters")
    at = row(own.path)
    label, accuracy, error, *_ = standing.verdict(own)
    assert f"{at['label_fidelity']:.0%}" in label
    assert f"{at['balanced_accuracy']:.0%}" in accuracy
    assert f"{at['adversarial_error']:.3f}" in error
    assert f"{at['adversarial_floor']:.3f}" in error
    assert standing.verdict(own, 0) == ["Nothing is known yet of how good it is: the log has no scores of this age."]


def test_what_is_no_better_than_without_learning_and_what_diverged_is_said(tmp_path):
    run = trained(tmp_path / "run").revise(no_better=["spectrum_error"], diverged={"age": 24, "why": "it is too fast"})
    with uploads.noted():
        said = standing.verdict(opened.Opened("run", run.path))
    assert said[-2:] == [
        "No better than without learning: spectrum error.",
        "The training diverged at age 24: it is too fast.",
    ]


def test_curves_grow_with_the_log(tmp_path):
    run = trained(tmp_path / "run")
    own, log = opened.Opened("run", run.path), run.log()
    assert [name for name, _ in standing.curves(own)] == list(standing.CURVES)
    assert re.fullmatch(r"Update 24 of 24 was saved last, \d+ seconds ago\.", standing.progress(own))
    run.write_log(log[:1])
    for age in run.ages[2:]:
        run._file_of(age).unlink()
    assert standing.curves(own) == []
    assert standing.progress(own).startswith("Update 10 of 24 was saved last")


def test_a_machine_that_was_saved_by_hand_has_an_age_alone(tmp_path):
    sp.save(sp.rbm(sp.Bernoulli(3), visible=sp.Potts(4, 4, symbols=tuple("ACGU"))), tmp_path / "run")
    own = opened.Opened("run", tmp_path / "run")
    assert standing.progress(own) == "The machine has the age 0."
    assert "generates sequences of 4 sites" in standing.what(own)
    assert (outputs.suffix_of(own), own.steps) == (".fasta", 10)
    assert actions.generate(own, uploads.fresh(tmp_path), n=2, steps=3).files[0].name == "generated.fasta"


def test_two_ages_stand_side_by_side(handlers):
    left, right, table, command, _ = handlers.compare("letters", "10", "letters", None, ["alpha"], 3, 0, 0)
    assert left != right
    assert table["headers"] == ["", "left: letters, age 10", "right: letters, chosen age"]
    assert table["data"][0] == ["age", "10", "24"]
    assert [line.split()[1] for line in command.split("\n")] == ["generate", "generate"]
    *_, command, _ = handlers.compare("letters", None, "bits", None, None, 3, 0, 0)
    assert command.split("\n")[-1].startswith("spinodal compare ")


def test_about_names_what_it_is(handlers):
    said = handlers.about("letters")
    assert "36 sequences" not in said  # of 48 training rows
    assert "It learned 48 sequences of 8 sites with 3 labels, and generates in 3 steps." in said
    assert handlers.about("letters", "0") != said


# -- files --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "suffix"),
    [("letters", ".csv"), ("people", ".csv"), ("images", ".idx"), ("music", ".mid"), ("bits", ".npy")],
)
def test_files_have_the_format_of_the_training_data(name, suffix, run):
    assert outputs.suffix_of(run(name)) == suffix


@pytest.mark.parametrize(
    ("data", "note", "suffix"),
    [("x/s.fa.gz", "fasta", ".fa"), ("805.hapt.zip", "hapt", ".hapt"), ("p.parquet", "table", ".parquet"),
     ("midi", "midi", ".mid"), ("train-images-idx3-ubyte.gz", "idx", ".idx"), ("folder", "png", "/"),
     ("", "a2m", ".a2m"), ("x.vcf.gz", "vcf", ".vcf"), ("shards", "fasta", ".fasta")],
)  # fmt: skip
def test_suffixes_are_those_of_the_file_else_of_the_notes(data, note, suffix, tmp_path):
    machine = sp.rbm(sp.Bernoulli(2), visible=sp.Bernoulli(4))
    notes = {"notes": {"format": note}, "rows": 3, "sha256": "0" * 64}
    Run.create(tmp_path / "run", machine, {"source": {"data": data} if data else {}, "data": notes})
    assert outputs.suffix_of(opened.Opened("run", tmp_path / "run")) == suffix


def test_images_in_png_files_come_as_one_zip(tmp_path):
    rows = Dataset(
        {"visible": np.eye(4, dtype=np.int8)}, {"visible": BINARY}, numbered_names(4), notes={"image": [2, 2]}
    )
    (made,) = outputs.write_files(rows, tmp_path, "new/")
    assert made.name == "new.zip"


def test_a_preview_has_the_first_lines(tmp_path):
    (tmp_path / "a.fasta").write_text("".join(f">{i}\n{'A' * 500}\n" for i in range(40)))
    lines = outputs.preview([tmp_path / "a.fasta"]).split("\n")
    assert len(lines) == outputs.LINES + 1
    assert lines[1] == "A" * (outputs.WIDTH - 1) + "…"
    assert outputs.preview([tmp_path / "a.npz"]) == ""


# -- what is refused ----------------------------------------------------------------------------


def refused(function, *given):
    with pytest.raises(Refused) as said:
        function(*given)
    return str(said.value)


WRONG = {
    "an unknown label": (
        lambda h: (h.generate, "letters", None, ["delta"], 3, 0, 0),
        'no label "delta"; there are: "alpha"',
    ),
    "an unknown run": (lambda h: (h.generate, "x", None, None, 3, 0, 0), 'no run "x" on this page; there are: letters'),
    "an age that is not saved": (lambda h: (h.generate, "letters", "11", None, 3, 0, 0), "has no age 11; it has 0, 10"),
    "no age": (lambda h: (h.about, "letters", "x"), 'an age is a number of updates, or "chosen", not "x"'),
    "no rows": (lambda h: (h.generate, "letters", None, None, 0, 0, 0), "rows must be from 1 to 5000|rows must be 1"),
    "half a row": (lambda h: (h.generate, "letters", None, None, 1.5, 0, 0), "rows must be a whole number"),
    "too many steps": (lambda h: (h.generate, "letters", None, None, 1, 10**6, 0), "steps must be from 1 to 10000"),
    "no seed": (lambda h: (h.generate, "letters", None, None, 1, 0, None), "seed must be"),
    "no file": (lambda h: (h.predict_labels, "letters", None, None, 0.0), "there is no file yet"),
    "too sure": (lambda h: (h.predict_labels, "letters", None, "x.csv", 2.0), "at_least is from 0 to 1"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_one_line(case, handlers):
    make, says = WRONG[case]
    function, *given = make(handlers)
    said = refused(function, *given)
    assert re.search(says, said), said
    assert "\n" not in said


def uploaded(handlers, name, content):
    folder = handlers.folder / "uploads" / "0a1b"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    return str(folder / name)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [("a.fasta", b">x\nACGU\n", "^a.fasta has 4 sites, the machine's data 8"), ("a.fasta", b"", "^a.fasta"),
     ("a.docx", b"x", '^"a.docx" has no suffix'), ("a.csv", b"name,sequence\n\xff,A\n", "^a.csv"),
     ("a.fasta", b">x\nACGUACGJ\n", "a.fasta")],
)  # fmt: skip
def test_a_wrong_upload_is_one_line_without_the_folder_of_the_server(name, content, says, handlers):
    upload = uploaded(handlers, name, content)
    for function, more in ((handlers.predict_labels, (0.0,)), (handlers.complete, ("", None, 1, False, 0, 0))):
        said = refused(function, "letters", None, upload, *more)
        assert re.search(says, said), said
        assert str(handlers.folder) not in said
        assert "\n" not in said


def test_a_file_that_is_gone_is_named(handlers):
    said = refused(handlers.predict_labels, "letters", None, str(handlers.folder / "uploads" / "a.fasta"), 0.0)
    assert said == "a.fasta: No such file or directory"


def test_large_uploads_are_refused(handlers, monkeypatch):
    upload = uploaded(handlers, "a.fasta", b">x\nACGUACGU\n" * 4)
    monkeypatch.setattr(uploads, "ROWS", 3)
    assert refused(handlers.predict_labels, "letters", None, upload, 0.0).startswith(
        "a.fasta: 4 rows are more than the 3"
    )
    monkeypatch.setattr(uploads, "MEGABYTES", 1e-5)
    assert refused(handlers.predict_labels, "letters", None, upload, 0.0).startswith(
        "a.fasta has 0 MB, and the page takes"
    )


def test_notes_are_told_without_folders_and_as_text(handlers):
    upload = uploaded(handlers, "a.fasta", b">x\nACGUACGU\n>x\nACGUACGU\n")
    *_, notes = handlers.predict_labels("letters", None, upload, 0.0)
    assert "1 names in a.fasta appear more than once, the first is &quot;x&quot;" in notes
    assert str(handlers.folder) not in notes


def test_one_label_completes_all_rows(handlers):
    upload = handlers.example("letters")
    said = refused(handlers.complete, "letters", None, upload, "1", ["alpha", "beta"], 1, False, 0, 0)
    assert said == "all rows are completed with one label, not 2"


# -- runs, and what is kept ---------------------------------------------------------------------


def test_a_run_opens_without_its_data(place, monkeypatch):
    monkeypatch.setattr(sources, "reload", lambda run: pytest.fail("data were read"))
    monkeypatch.setattr(opened, "reload", lambda run: pytest.fail("data were read"))
    own = Handlers(opened.opened([place / "letters"]), place)
    assert own.controls("letters")["labels"] == ["alpha", "beta", "gamma"]
    own.about("letters")


def test_held_out_rows_and_machines_are_read_once(tmp_path, monkeypatch):
    folder = files(tmp_path)
    own = opened.Opened("run", quick(folder / "table.csv", folder / "run", "--label", "family", "--split", "split"))
    assert own.machine() is own.machine(24)
    first, count = own.held_out(), []
    monkeypatch.setattr(opened, "reload", lambda run: count.append(run) or sources.reload(run))
    assert (own.held_out()["visible"] == first["visible"]).all()
    assert count == []
    quick(folder / "table.csv", own.path, "--label", "family", "--split", "split", "--overwrite", "--seed", "5")
    assert own.held_out() is not first
    assert len(count) == 1, "a run that was trained anew is read anew"


def test_runs_have_short_names(tmp_path):
    for path in ("a/run", "b/run", "other"):
        sp.save(sp.rbm(sp.Bernoulli(2), visible=sp.Bernoulli(3)), tmp_path / path)
    assert list(opened.opened([tmp_path / "a/run"])) == ["run"]
    assert list(opened.opened([tmp_path / "a/run", tmp_path / "other"])) == ["run", "other"]
    assert list(opened.opened([tmp_path / "a/run", tmp_path / "b/run"])) == ["a/run", "b/run"]
    with pytest.raises(ValueError, match="named twice"):
        opened.opened([tmp_path / "other"] * 2)
    with pytest.raises(FileNotFoundError, match="is not a run"):
        opened.opened([tmp_path])


def test_each_result_has_a_folder_of_its_own_that_ages(tmp_path, monkeypatch):
    one, two = uploads.fresh(tmp_path), uploads.fresh(tmp_path)
    assert one != two
    later = time.time() + uploads.OLD + 1
    monkeypatch.setattr(time, "time", lambda: later)
    three = uploads.fresh(tmp_path)
    assert sorted(tmp_path.iterdir()) == [three]


def test_many_columns_are_combined():
    alphabets = {"label:a": dataset("family").alphabets["label"], "label:b,c": dataset("host").alphabets["label"]}
    assert actions.choices(alphabets) == ["a:alpha", "a:beta", "a:gamma", "b,c:fly", "b,c:yeast"]
    assert list(actions.counts(alphabets, ["a:alpha", "b,c:fly", "b,c:yeast"], 1)) == [
        'a:alpha,"b,c:fly"',
        'a:alpha,"b,c:yeast"',
    ]


def test_without_gradio_the_command_says_how_to_install_it(place, monkeypatch, capsys):
    import sys

    monkeypatch.setitem(sys.modules, "gradio", None)
    assert call("ui", place / "letters", "--no-browser") == 1
    assert capsys.readouterr().err == 'spinodal: the page needs the package gradio: pip install "spinodal[ui]"\n'
