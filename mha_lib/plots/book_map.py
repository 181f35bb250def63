"""The map of the book: a box a chapter, a row a part, and an arrow where one chapter builds on another."""

from matplotlib.patches import FancyBboxPatch

from mha_lib.plots.style import COLOURS, GREY, WIDE, axes
from mha_lib.robustness.book_map import CHAPTERS, PARTS

HALF, HEIGHT, ROW = 0.45, 0.3, 1.5  # half a box's width, half its height, from row to row
SHIFT = (0.0, 1.5, 0.5, 0.0, 1.0)  # how far each row stands to the right, if there is room
LONGEST = 6  # boxes in a row, at least, that the figure is wide enough for


def show_book_map(chapters=CHAPTERS, ax=None):
    """Draw the chapters, and an arrow from each to those that build on it directly.

    chapters: number -> mha_lib.robustness.book_map.Chapter
    """
    longest = longest_row(chapters)
    ax = axes(ax, width=WIDE * 1.25 * longest / LONGEST, height=8.2)
    places = placed(chapters)
    ax.set(xlim=(-0.6, longest - 0.4), ylim=(-ROW * len(PARTS) + 0.85, 0.75))
    ax.set_axis_off()
    for number, chapter in chapters.items():
        for source in chapter.needs:
            _draw_arrow(ax, places[source], places[number], COLOURS[chapters[source].part])
        _draw_chapter(ax, places[number], number, chapter)
    for part, name in enumerate(PARTS):
        label = f"{['I', 'II', 'III', 'IV', 'V'][part]}. {name}"
        text = ax.text(-0.5, 0.47 - ROW * part, label, fontsize=9, color=GREY, zorder=2)
        text.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 1})  # where an arrow passes behind
    return ax


def placed(chapters):
    """Return where the middle of each box is: number -> (x, y)."""
    rows, longest, places = in_rows(chapters), longest_row(chapters), {}
    for part, numbers in enumerate(rows):
        left = min(SHIFT[part], longest - len(numbers))
        places |= {number: (left + i, -ROW * part) for i, number in enumerate(numbers)}
    return places


def in_rows(chapters):
    """Return the numbers of each part's chapters."""
    return [[number for number, chapter in chapters.items() if chapter.part == part] for part in range(len(PARTS))]


def longest_row(chapters):
    """Return how many boxes the figure has room for in a row."""
    return max(LONGEST, *map(len, in_rows(chapters)))


def _draw_chapter(ax, place, number, chapter):
    x, y = place
    box = FancyBboxPatch(
        (x - HALF, y - HEIGHT), 2 * HALF, 2 * HEIGHT, boxstyle="round,pad=0,rounding_size=0.08", zorder=3
    )
    box.set(facecolor="white", edgecolor=COLOURS[chapter.part], linewidth=1.6)
    ax.add_patch(box)
    ax.text(x, y + 0.09, f"{number} {chapter.title}", ha="center", va="center", fontsize=7.5, weight="bold", zorder=4)
    ax.text(x, y - 0.13, chapter.builds, ha="center", va="center", fontsize=7, zorder=4)


def _draw_arrow(ax, source, target, colour):
    """Draw an arrow: straight to a neighbour, in a bow over the boxes of one row, from edge to edge between rows."""
    (x, y), (to_x, to_y) = source, target
    beside = y == to_y
    if beside and to_x - x > 1:
        start, end, bow = (x + 0.1, y + HEIGHT), (to_x - 0.1, y + HEIGHT), -0.6 / (to_x - x)
    elif beside:
        start, end, bow = (x + HALF, y), (to_x - HALF, y), 0
    else:
        start, end, bow = (x, y - HEIGHT), (to_x, to_y + HEIGHT), 0
    style = {"arrowstyle": "-|>", "color": colour, "linewidth": 1.1, "alpha": 0.75, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", end, start, arrowprops=style | {"connectionstyle": f"arc3,rad={bow}"}, zorder=1)
