"""Every figure can be read on a phone: as the published page shows it, letters are as large as its caption."""

import base64
import itertools
import json
import re
from collections import Counter

import matplotlib.pyplot as plt
import pytest
from matplotlib.text import Text

from course import project
from mha_lib import plots
from tests.book.book_site import BOOK
from tests.plots.typical import CALLS

SHOWN = 358  # px, of a page of 390
IN_A_ROW, PICTURES = 3, 5  # panels that have axes or numbers of their own, and small pictures that have none


@pytest.fixture(scope="module", params=CALLS)
def figure(request):
    """Return a drawn figure."""
    plt.close("all")
    CALLS[request.param]()
    drawn = plt.gcf()
    drawn.draw_without_rendering()
    yield drawn
    plt.close("all")


def caption():
    """Return the size of a caption in px, as the book's style sheet says."""
    style = (BOOK / "_static" / "mha.css").read_text("utf-8")
    return 16 * float(re.search(r"\.caption-text \{[^}]*font-size: ([\d.]+)rem", style)[1])


def published_width(figure):
    """Return how many px wide a notebook's image is: what is drawn, with matplotlib's margin, at 100 dots an inch."""
    return 100 * (figure.get_tightbbox().width + 2 * plt.rcParams["savefig.pad_inches"])


def letters(figure):
    """Return all that is written and seen; a tick beyond its axis is not."""
    ticks = {}
    for ax in figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            shown = axis._update_ticks() if ax.axison and axis.get_visible() else []
            seen = {id(label) for tick in shown for label in (tick.label1, tick.label2)}
            every = [
                label
                for tick in axis.get_major_ticks() + axis.get_minor_ticks()
                for label in (tick.label1, tick.label2)
            ]
            ticks |= {id(label): id(label) in seen for label in every}
    found = [text for text in figure.findobj(Text) if text.get_text().strip() and text.get_visible()]
    off = {
        id(part) for ax in figure.axes if not ax.axison for axis in (ax.xaxis, ax.yaxis) for part in axis.findobj(Text)
    }
    hidden = {id(part) for ax in figure.axes if not ax.get_visible() for part in ax.findobj(Text)}
    return [text for text in found if ticks.get(id(text), True) and id(text) not in off | hidden]


def box_of(text):
    """Return where a text is, in px of the figure, without the blank above and below it."""
    arrow, text.arrow_patch = getattr(text, "arrow_patch", None), None
    box = Text.get_window_extent(text)
    text.arrow_patch = arrow
    return box.padded(-0.12 * text.get_fontsize() * text.figure.dpi / 72) if min(box.width, box.height) > 8 else box


def test_every_function_has_an_example():
    assert {name.split()[0] for name in CALLS} == set(plots.__all__)


def test_letters_are_as_large_as_the_caption(figure):
    scale = min(1, SHOWN / published_width(figure))
    small = {text.get_text(): text.get_fontsize() for text in letters(figure)}
    assert {text: size for text, size in small.items() if size / 72 * 100 * scale < caption()} == {}


def test_nothing_written_leaves_the_figure(figure):
    whole = figure.bbox.padded(2)
    assert [text.get_text() for text in letters(figure) if not whole.fully_contains(*box_of(text).p0)] == []
    assert [text.get_text() for text in letters(figure) if not whole.fully_contains(*box_of(text).p1)] == []


def test_no_letters_cover_others(figure):
    boxes = [(text.get_text(), box_of(text), text.get_rotation() % 90) for text in letters(figure)]
    upright = [(text, box) for text, box, slant in boxes if not slant]
    covered = [(one, other) for (one, a), (other, b) in itertools.combinations(upright, 2) if a.overlaps(b)]
    assert covered == []


def test_a_row_has_three_panels_at_most(figure):
    panels = [ax for ax in figure.axes if ax.get_visible() and ax.get_subplotspec()]
    rows = Counter(ax.get_subplotspec().rowspan.start for ax in panels)
    bare = all(ax.get_images() and not len(ax.get_xticks()) and not ax.texts for ax in panels)
    assert max(rows.values(), default=1) <= (PICTURES if bare else IN_A_ROW)


def test_no_legend_covers_what_is_drawn(figure):
    for ax in figure.axes:
        if ax.get_legend():
            assert not ax.get_legend().get_window_extent().padded(-2).overlaps(ax.get_window_extent())


def published_widths():
    """Yield the name of a chapter, the number of a cell, and how many px wide the figure is that it shows."""
    for path in sorted(project.ROOT.glob("solutions/[0-9][0-9]_*.ipynb")):
        for number, cell in enumerate(json.loads(path.read_text("utf-8"))["cells"]):
            for output in cell.get("outputs", []):
                if "image/png" in output.get("data", {}):
                    header = base64.b64decode(output["data"]["image/png"][:32])
                    yield path.stem, number, int.from_bytes(header[16:20], "big")


def test_letters_of_published_figures_are_as_large_as_the_caption():
    most = plots.style.SIZE / 72 * 100 * SHOWN / caption()
    assert [(chapter, cell, width) for chapter, cell, width in published_widths() if width > most] == []
