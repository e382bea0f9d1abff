"""Conf: how Sphinx makes the site of the package from docs/ (`make docs`)."""

import os
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
BUILD = HERE.parents[1] / "build"
MADE = BUILD / "extra" / "made"
"""What the tutorials make for other pages: pictures of the start page, and reports."""

os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # for `!spinodal` in tutorials
os.environ["SPINODAL_SITE_MADE"] = str(MADE)
os.environ["SPINODAL_REPOSITORY"] = str(HERE.parents[1])
MADE.mkdir(parents=True, exist_ok=True)

os.environ["IPYTHONDIR"] = str(BUILD / "ipython")
STARTUP = BUILD / "ipython" / "profile_default" / "startup"
STARTUP.mkdir(parents=True, exist_ok=True)
shutil.copy(HERE / "kernel.py", STARTUP)

project = "spinodal"
author = copyright = "The spinodal developers"
html_title = "spinodal"

extensions = ["myst_nb", "sphinx_design", "sphinx.ext.autodoc", "repository_pages", "docstrings"]
exclude_patterns = ["site"]
html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_extra_path = [str(MADE.parent)]
html_show_sphinx = html_copy_source = html_show_sourcelink = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#1f4e79", "color-brand-content": "#1f6fb2"},
    "dark_css_variables": {"color-brand-primary": "#8ec5ff", "color-brand-content": "#8ec5ff"},
}
pygments_style = "friendly"
pygments_dark_style = "github-dark"
highlight_language = "text"
smartquotes = False  # options and code in prose have straight ones

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_in_temp = True
nb_execution_timeout = 900
nb_merge_streams = True
nb_execution_show_tb = True

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
default_role = "code"
os.environ["MATPLOTLIBRC"] = str(HERE / "matplotlibrc")
