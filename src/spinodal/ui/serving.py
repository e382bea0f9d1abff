"""Serving: the page on this computer alone, without a word to any other host."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..files.extras import import_extra
from .handlers import Handlers
from .opened import opened
from .page import CSS, build
from .parts import gradio
from .uploads import MEGABYTES

HOST = "127.0.0.1"

FONTS = ("system-ui", "-apple-system", "Segoe UI", "Helvetica Neue", "Arial", "sans-serif")
"""Fonts that computers have: no font is fetched."""

MONO = ("ui-monospace", "Menlo", "Consolas", "DejaVu Sans Mono", "monospace")

ACTION, QUIET, QUIET_DARK = "#0072B2", "#57606a", "#a8b0b8"
"""The color of what can be pressed, and of text that explains; both have a contrast of 4.5 or more."""

TEXTS = ("body_text_color_subdued", "block_info_text_color", "block_label_text_color", "input_placeholder_color")

COLORS = {
    **dict.fromkeys(("button_primary_background_fill", "button_primary_background_fill_dark"), ACTION),
    **dict.fromkeys(("slider_color", "checkbox_background_color_selected", "color_accent"), ACTION),
    **dict.fromkeys(("button_primary_background_fill_hover", "button_primary_background_fill_hover_dark"), "#005a8d"),
    **dict.fromkeys(TEXTS, QUIET),
    **{f"{name}_dark": QUIET_DARK for name in TEXTS},
    "button_primary_text_color": "white",
    "checkbox_label_background_fill_selected": "*background_fill_primary",
}
"""Colors of the page, by the names that a theme of gradio has for them."""

POLICY = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; connect-src 'self' data: blob:; "
    "form-action 'self'; frame-ancestors 'self'; base-uri 'self'"
)
"""What browsers may load: what this server has, and nothing of other hosts."""


@contextmanager
def served(runs: Sequence[Path], port: int | None = None, browser: bool = False) -> Iterator[str]:
    """Serve the page of runs while the block runs; its address. port: by default a free one from 7860 on.

    Results and uploads are in a folder of their own, which is removed at the end. Raises ValueError where gradio is
    missing, OSError where the port is taken, and FileNotFoundError and FormatError where a run can't be read.
    """
    found = opened(runs)
    with tempfile.TemporaryDirectory(prefix="spinodal-ui-") as folder:
        os.environ |= {"GRADIO_ANALYTICS_ENABLED": "False", "GRADIO_TEMP_DIR": f"{folder}/uploads"}
        page = build(Handlers(found, Path(folder)))
        try:
            yield _launched(page, port, browser)
        finally:
            page.close(verbose=False)


def _launched(page: Any, port: int | None, browser: bool) -> str:
    """The address of the page, which is served from now on."""
    try:
        _, address, _ = page.queue(api_open=False).launch(**_local(port, browser))
    except OSError:
        if port is None:
            raise
        raise OSError(f"port {port} is taken: choose another by --port, or leave it out") from None
    return str(address)


def _local(port: int | None, browser: bool) -> dict[str, Any]:
    """How gradio is launched: on this computer alone, quietly, and without what it would send or fetch."""
    middleware = import_extra("starlette.middleware", "gradio", "ui", "the page")
    theme = gradio().themes.Base(font=FONTS, font_mono=MONO).set(**COLORS)
    alone = {"share": False, "ssr_mode": False, "pwa": False, "mcp_server": False, "enable_monitoring": False,
             "run_history": False}  # fmt: skip
    quiet = {"quiet": True, "show_error": False, "footer_links": [], "prevent_thread_lock": True}
    where = {"server_name": HOST, "server_port": port, "inbrowser": browser}
    limits = {"max_file_size": f"{MEGABYTES}mb", "max_threads": 8, "state_session_capacity": 100}
    app = {"middleware": [middleware.Middleware(Policed)]}
    return where | alone | quiet | limits | {"theme": theme, "css_paths": [CSS], "app_kwargs": app}


class Policed:
    """An ASGI app that adds the POLICY to each response."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def sent(message: Any) -> None:
            if message["type"] == "http.response.start":
                message.setdefault("headers", []).append((b"content-security-policy", POLICY.encode()))
            await send(message)

        await self.app(scope, receive, sent if scope["type"] == "http" else send)
