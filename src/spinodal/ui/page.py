"""Page: the web page by Gradio: a verdict, the controls of a run, and a tab for each thing to do with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .handlers import Handlers
from .opened import CHOSEN
from .parts import Parts, gradio
from .tabs import TABS, follow

CSS = Path(__file__).with_name("page.css")


def build(handlers: Handlers) -> Any:
    """The page of some runs, as gradio.Blocks."""
    gr, names = gradio(), list(handlers.runs)
    first = handlers.controls(names[0])
    title = f"spinodal: {', '.join(names)}"
    with gr.Blocks(title=title, analytics_enabled=False, delete_cache=(600, 3600)) as page:
        gr.HTML("<h1>spinodal</h1>", elem_id="head")
        with gr.Row():
            run = gr.Dropdown(
                names, value=names[0], label="Run", info="A trained machine, by its folder.", scale=3,
                filterable=len(names) > 8,
            )  # fmt: skip
            age = gr.Dropdown(
                first["ages"], value=CHOSEN, label="Age, in updates", info="By default the best one.", scale=1,
                allow_custom_value=True,
            )  # fmt: skip
        parts = Parts(gr, handlers, run, age)
        about = gr.HTML(handlers.about(names[0]), elem_id="about")
        controls = []
        for name, make in TABS.items():
            if name != "Chaos" or any(own.is_chaotic for own in handlers.runs.values()):
                with gr.Tab(name, id=name):
                    controls += make(parts, first)
        follow(parts, about, controls)
    return page
