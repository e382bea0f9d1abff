"""Kernel: how each notebook of the site begins: programs print whole, plain lines, and one that fails is an error."""

import os
import subprocess

from IPython.core.magic import register_cell_magic

for name in ("FORCE_COLOR", "CLICOLOR_FORCE", "CLICOLOR"):  # kernels ask programs for colors and moving bars
    os.environ.pop(name, None)
os.environ["TERM"] = "dumb"


@register_cell_magic
def bash(line, cell):
    """IPython's own prints pieces of 100 characters, which pages show as lines."""
    done = subprocess.run(["bash", "-ec", cell], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print(done.stdout, end="")
    if done.returncode:
        raise RuntimeError(f"the exit code is {done.returncode}")
