"""The book's Sphinx extension: it brings the executed chapters in as pages and mends the theme. Only wiring here.

`staging` copies the chapters, `cells` turns their tagged cells into boxes and toggles, `page_fixes` mends each page,
`mathjax` puts the formula renderer beside the pages, and `live` the encoder that answers readers, `clean` remembers
whether the build was free of warnings, `cover` draws the front page's figure, `measured` makes tables of what the
benchmarks stored.
"""

from pathlib import Path

from mha_book import clean, live, mathjax, measured, page_fixes, staging


def setup(app):
    """Stage the chapters before Sphinx looks for pages, and connect the rest. Return the extension's metadata."""
    book = Path(app.srcdir)
    staging.stage(book)
    started_from = clean.source_hash(book)
    app.add_config_value("mha_page_code", clean.page_code_hash(book), "html")  # other code: write all pages again
    app.add_directive("measured", measured.Measured)
    app.config.mathjax_path = mathjax.PATH
    app.connect("builder-inited", live.write)
    app.connect("env-get-outdated", staging.referring)
    app.connect("html-page-context", live.start)
    app.connect("html-page-context", page_fixes.mend, priority=900)
    app.connect("build-finished", mathjax.copy)
    app.connect("build-finished", lambda app, error: clean.record(app, error, started_from), priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
