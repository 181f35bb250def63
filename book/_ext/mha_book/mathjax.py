"""MathJax beside the pages, so that formulas need no network: one script and its fonts out of the wheel's 24 MB."""

import shutil
from importlib.util import find_spec
from pathlib import Path

PATH = "mathjax/tex-chtml.js"
NEEDED = ("tex-chtml.js", "output/chtml/fonts")


def copy(app, error):
    """Copy the script and the fonts into the site (a Sphinx build-finished handler)."""
    if error is not None or app.builder.format != "html":
        return
    source = Path(find_spec("sphinx-mathjax-offline").origin).parent / "static" / "mathjax"
    target = Path(app.outdir) / "_static" / "mathjax"
    for name in NEEDED:
        copy_if_missing(source / name, target / name)


def copy_if_missing(source, target):
    """Copy a file or a folder, unless it is there already."""
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    copier = shutil.copytree if source.is_dir() else shutil.copy
    copier(source, target)
