"""The live attention view: its files go beside the pages, and a page with a view of the encoder starts them."""

import shutil
from pathlib import Path

from mha_lib.live.files import write_files

MARKER = "data-mha-encoder="


def write(app):
    """Write the scripts and the encoder into the site, or nothing if there is no encoder (builder-inited)."""
    if app.builder.format != "html":
        return
    target = Path(app.outdir) / "_static" / "live"
    if encoder(app).is_dir():
        write_files(target, encoder(app))
    else:
        shutil.rmtree(target, ignore_errors=True)


def start(app, pagename, templatename, context, doctree):
    """Let a page with a view of the encoder start the live part (html-page-context); the view alone needs no file."""
    if MARKER in context.get("body", "") and encoder(app).is_dir():
        app.add_js_file("live/page.js", loading_method="defer")


def encoder(app):
    """Return the folder of the book's encoder."""
    return Path(app.srcdir).parent / "mha_lib" / "data" / "encoder"
