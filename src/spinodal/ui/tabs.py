"""Tabs: the controls and results of each tab, and how the controls follow the run that is chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .actions import STEPS, Watched
from .chaotic import MOST
from .handlers import Handlers
from .opened import CHOSEN
from .parts import PLAYED_EVERY, SEEN_EVERY, Parts
from .tables import meanings
from .uploads import MEGABYTES

Now = Mapping[str, Any]
"""What the controls of a run can be set to (`Handlers.controls`)."""

Follower = tuple[Any, Callable[[Now], dict[str, Any]]]
"""A control, and its settings for the controls of a run."""

QUIET = {"show_progress": "hidden"}

WIDE = 260
"""Pixels of a control that stands alone in its line where the window is narrow."""


def labels_and_steps(parts: Parts, first: Now) -> tuple[list[Any], list[Follower]]:
    """Labels, rows of each, steps and seed, and how they follow the run."""
    gr = parts.gr
    with gr.Row():
        labels = gr.Dropdown(
            first["labels"], value=first["first"], multiselect=True, label="Labels", scale=3, allow_custom_value=True,
            min_width=WIDE, info="Without any, the machine draws the labels, too.",
        )  # fmt: skip
        n = gr.Slider(1, 100, 10, step=1, label="Rows of each label", scale=2, min_width=WIDE)
    with gr.Row():
        steps = gr.Slider(
            1, first["most"], first["steps"], step=1, label="Steps", info=_trained(first), scale=3, min_width=WIDE
        )
        seed = parts.seed()
    return [labels, n, steps, seed], [(labels, _labels), (steps, _steps)]


def _trained(now: Now) -> str:
    return f"The machine was trained to generate in {now['steps']} steps; {STEPS:,} at most."


def _labels(now: Now) -> dict[str, Any]:
    return {"choices": now["labels"], "value": now["first"]}


def _steps(now: Now) -> dict[str, Any]:
    return {"maximum": now["most"], "value": now["steps"], "info": _trained(now)}


def generate_tab(parts: Parts, first: Now) -> list[Follower]:
    """Generate: rows of labels, watched step by step."""
    gr, own = parts.gr, parts.handlers
    asked, followers = labels_and_steps(parts, first)
    button = parts.button("Generate")
    with parts.results() as column:
        with gr.Row():
            step = gr.Slider(0, first["steps"], first["steps"], step=1, label="The rows after so many steps", scale=4,
                             min_width=WIDE)  # fmt: skip
            play = gr.Button("Play the steps", scale=0, min_width=160)
        view = gr.Radio([("Rows", "rows"), ("Cloud beside held-out rows", "cloud")], value="rows",
                        label="Picture")  # fmt: skip
        picture, sound = parts.picture("The rows after so many steps"), parts.sound()
        command, files, lines = parts.typed(), parts.files(), parts.lines()
    watched, clock = gr.State(None, time_to_live=3600), gr.Timer(PLAYED_EVERY, active=False)

    inputs, outputs = [parts.run, parts.age, *asked], [files, command, lines, button[1], watched]
    made = parts.act(button, own.generate, inputs, outputs, column)
    last = parts.on(made.success, lambda chains: _slider(gr, chains), watched, step, **QUIET)
    seen = [watched, step, view]
    parts.on(last.success, own.frame, seen, picture, **QUIET)
    parts.on(step.change, own.frame, seen, picture, trigger_mode="always_last", **QUIET)
    parts.heard(last.success, [watched, step], sound)
    parts.heard(step.change, [watched, step], sound, trigger_mode="always_last")
    parts.on(view.change, _if_watched(gr, own), seen, picture)
    parts.on(play.click, lambda chains: _begin(gr, chains), watched, [step, clock], **QUIET)
    parts.on(clock.tick, lambda chains, at: _next(gr, chains, at), [watched, step], [step, clock], **QUIET)
    parts.for_programs(own.watch, [*inputs, step, view], picture, "watch")
    parts.for_programs(own.listen, [*inputs, step], sound, "listen")
    return followers


def _slider(gr: Any, watched: Watched) -> Any:
    """The slider over the steps that were kept, at the last one."""
    kept = sorted(watched.frames)
    every = kept[-1] - kept[-2] if len(kept) > 1 else 1
    return gr.update(minimum=kept[0], maximum=kept[-1], step=every, value=kept[-1])


def _if_watched(gr: Any, own: Handlers) -> Callable[..., Any]:
    return lambda watched, step, view: gr.skip() if watched is None else own.frame(watched, step, view)


def _begin(gr: Any, watched: Watched | None) -> tuple[Any, Any]:
    """The first step, and a clock that runs; nothing before there are rows."""
    return (gr.skip(), gr.skip()) if watched is None else (min(watched.frames), gr.Timer(PLAYED_EVERY, active=True))


def _next(gr: Any, watched: Watched, step: int) -> tuple[Any, Any]:
    """The next step; at the last one the clock stops."""
    later = [time for time in sorted(watched.frames) if time > step]
    return (later[0], gr.skip()) if later else (gr.skip(), gr.Timer(active=False))


def complete_tab(parts: Parts, first: Now) -> list[Follower]:
    """Complete: sites of an upload are kept, and all else is filled in."""
    gr, own = parts.gr, parts.handlers
    upload = upload_of(parts)
    with gr.Row():
        region = gr.Dropdown(
            [*first["regions"]],
            value=_region(first),
            label="Keep a region",
            info="Its sites appear in the next field.",
            min_width=WIDE,
        )
        keep = gr.Textbox(first["regions"][_region(first)], label="Sites to keep", max_lines=2, placeholder="10-20,35",
                          info="Numbers from 1, or names. Empty: all that are known in the file.",
                          min_width=WIDE)  # fmt: skip
    with gr.Row():
        label = gr.Dropdown(
            first["labels"], value=[], multiselect=True, label="Label of all rows", allow_custom_value=True,
            info="Without one, the machine draws it, too.", min_width=WIDE,
        )  # fmt: skip
        n = gr.Slider(1, 50, 5, step=1, label="Completions of each row", min_width=WIDE)
    probable = gr.Checkbox(
        False, label="The most probable entries", info="In place of draws: one completion of each row."
    )
    with gr.Row():
        steps = gr.Slider(
            1, first["most"], first["steps"], step=1, label="Steps", info=_trained(first), scale=3, min_width=WIDE
        )
        seed = parts.seed()
    button = parts.button("Complete")
    with parts.results() as column:
        picture = parts.picture("Completed rows, those of each row of the file together")
        sound, watched = parts.sound(), gr.State(None, time_to_live=3600)
        command, files, lines = parts.typed(), parts.files(), parts.lines()

    inputs = [parts.run, parts.age, upload, keep, label, n, probable, steps, seed]
    made = parts.act(button, own.complete, inputs, [picture, files, command, lines, button[1], watched], column)
    parts.heard(made.success, [watched, steps], sound)
    parts.on(
        region.input, lambda run, name: own.controls(run)["regions"].get(name, ""), [parts.run, region], keep, **QUIET
    )
    return [
        (region, lambda now: {"choices": [*now["regions"]], "value": _region(now)}),
        (keep, lambda now: {"value": now["regions"][_region(now)]}),
        (label, lambda now: {"choices": now["labels"], "value": []}),
        (steps, _steps),
    ]


def _region(now: Now) -> str:
    """The region that is kept at first."""
    return next(iter(now["regions"]))


def upload_of(parts: Parts) -> Any:
    """A place for a file, above a button that takes held-out rows in its place."""
    gr = parts.gr
    upload = gr.File(label=f"A file like the training data, {MEGABYTES} MB at most", type="filepath", height=130)
    with gr.Row():
        example = gr.Button("Take a few held-out rows", size="sm", scale=0, min_width=220)
    parts.on(example.click, parts.handlers.example, parts.run, upload, **QUIET)
    return upload


def predict_tab(parts: Parts, first: Now) -> list[Follower]:
    """Predict: labels of an upload, with calibrated confidence."""
    gr, own = parts.gr, parts.handlers
    upload = upload_of(parts)
    at_least = gr.Slider(
        0, 1, 0, step=0.01, label="Confidence at least", info="Rows of which the machine is less sure get no label."
    )
    button = parts.button("Predict")
    with parts.results() as column:
        table = parts.table("Predicted labels")
        gr.HTML(
            "<p class='quiet'>The confidence is calibrated by held-out rows: of rows with the confidence 0.9, about "
            "nine in ten are right. The likeness is the share of held-out rows that are less probable: near 0, a row "
            "is unlike the data. The nearest identity is the share of sites at which the row equals the training row "
            "that is nearest to it.</p>"
        )
        command, files = parts.typed(), parts.files("Download, with the probability of each label")
    inputs = [parts.run, parts.age, upload, at_least]
    parts.act(button, own.predict_labels, inputs, [table, files, command, button[1]], column)
    return []


def units_tab(parts: Parts, first: Now) -> list[Follower]:
    """Units: what each hidden unit looks at."""
    gr, own = parts.gr, parts.handlers
    place = gr.Number(1, label="First unit shown", info="1 is the unit with the largest weights.",
                      precision=0, minimum=1)  # fmt: skip
    button = parts.button("Show the weights")
    with parts.results() as column:
        picture = parts.picture("Weights of hidden units")
        table = parts.table("The strongest weights of each unit, to rows (visible) and to their labels")
        command = parts.typed()
    parts.act(button, own.units, [parts.run, parts.age, place], [picture, table, command], column)
    return []


def compare_tab(parts: Parts, first: Now) -> list[Follower]:
    """Compare: two runs, or two ages of one, side by side."""
    gr, own, names = parts.gr, parts.handlers, list(parts.handlers.runs)
    sides, other = [], next((name for name in names[1:] if own.controls(name)["labels"] == first["labels"]), names[0])
    with gr.Row():
        for place, run in (("Left", names[0]), ("Right", other)):
            with gr.Column(min_width=280):
                chosen = gr.Dropdown(names, value=run, label=f"{place}: run", filterable=len(names) > 8)
                ages = own.controls(run)["ages"]
                value = ages[1 + len(ages) // 3] if place == "Left" and other == names[0] and len(ages) > 4 else CHOSEN
                age = gr.Dropdown(ages, value=value, label=f"{place}: age", allow_custom_value=True)
            sides += [chosen, age]
    asked, _ = labels_and_steps(parts, first)
    button = parts.button("Compare")
    with parts.results() as column:
        with gr.Row():
            drawn = []
            for place in ("Left", "Right"):
                with gr.Column(min_width=280):
                    drawn.append(parts.picture(f"{place}: generated rows"))
        table = parts.table("Scores, by the log of the training; smaller errors are better")
        gr.HTML(meanings())
        command = parts.typed(3)
    parts.act(button, own.compare, [*sides, *asked], [*drawn, table, command, button[1]], column)

    def left(run: str) -> tuple[Any, Any, Any]:
        now = own.controls(run)
        return gr.update(choices=now["ages"], value=CHOSEN), gr.update(**_labels(now)), gr.update(**_steps(now))

    parts.on(sides[0].input, left, sides[0], [sides[1], asked[0], asked[2]], **QUIET)
    parts.on(sides[2].input, lambda run: left(run)[0], sides[2], sides[3], **QUIET)
    return []


def training_tab(parts: Parts, first: Now) -> list[Follower]:
    """Training: the curves of the log, drawn anew while the training goes on."""
    gr, own = parts.gr, parts.handlers
    again = gr.Checkbox(False, label=f"Draw the curves anew every {SEEN_EVERY:g} seconds, while the training goes on")
    button = parts.button("Draw the curves")
    with parts.results() as column:
        progress = gr.Textbox(label="How far the training is", interactive=False)
        with gr.Row():
            drawn = []
            for what in ("Errors", "Accuracies"):
                with gr.Column(min_width=280):
                    drawn.append(parts.picture(f"{what} at the saved ages"))
        gr.HTML(meanings())
        command = parts.typed()
    clock, outputs = gr.Timer(SEEN_EVERY, active=False), [*drawn, progress, command]
    parts.act(button, own.curves, parts.run, outputs, column)
    asked = parts.on(again.change, lambda on: gr.Timer(SEEN_EVERY, active=on), again, clock, **QUIET)
    for event in (asked.success, clock.tick):
        seen = parts.on(event, own.curves, parts.run, outputs, **QUIET)
        parts.on(seen.success, lambda: gr.update(visible=True), None, column, **QUIET)
    return []


def chaos_tab(parts: Parts, first: Now) -> list[Follower]:
    """Chaos: trajectories of a machine without noise."""
    gr, own = parts.gr, parts.handlers
    gr.HTML(
        "<p class='quiet'>For chaotic machines, which have frozen couplings and no noise. A run is a function of its "
        "start; where two nearly equal starts move apart, the dynamics is chaotic.</p>"
    )
    with gr.Row():
        steps = gr.Slider(1, MOST, 200, step=1, label="Steps", scale=3)
        seed = parts.seed()
    button = parts.button("Show trajectories")
    with parts.results() as column:
        picture, exponent = parts.picture("Trajectories"), gr.Textbox(label="Exponent", interactive=False)
        command = parts.typed(what="The exponent")
    inputs = [parts.run, parts.age, steps, seed]
    parts.act(button, own.trajectories, inputs, [picture, exponent, command], column)
    return []


TABS: dict[str, Callable[[Parts, Now], list[Follower]]] = {
    "Generate": generate_tab,
    "Complete": complete_tab,
    "Predict": predict_tab,
    "Units": units_tab,
    "Compare": compare_tab,
    "Training": training_tab,
    "Chaos": chaos_tab,
}
"""The tabs, in their order."""


def follow(parts: Parts, about: Any, followers: list[Follower]) -> None:
    """Set all controls anew where another run is chosen, and say how good it is at an age."""
    gr, own = parts.gr, parts.handlers

    def another(run: str) -> list[Any]:
        now = own.controls(run)
        ages = gr.update(choices=now["ages"], value=CHOSEN)
        return [ages, own.about(run), *(gr.update(**of(now)) for _, of in followers)]

    outputs = [parts.age, about, *(control for control, _ in followers)]
    parts.on(parts.run.input, another, parts.run, outputs, **QUIET)
    parts.on(parts.age.input, own.about, [parts.run, parts.age], about, "about", **QUIET)
