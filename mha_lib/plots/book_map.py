"""The map of the book: a row a chapter, a heading a part, and an arrow where one chapter builds on another."""

from matplotlib.patches import FancyBboxPatch

from mha_lib.plots.style import COLOURS, GREY, WIDTH, axes
from mha_lib.robustness.book_map import CHAPTERS, PARTS

ROW, HALF = 0.32, 0.13  # inches: from row to row, and half a box's height
LEFT = 0.95  # inches that arrows have beside the boxes


def show_book_map(chapters=CHAPTERS, ax=None):
    """Draw the chapters from top to bottom, and an arrow from each to those that build on it directly.

    chapters: number -> mha_lib.robustness.book_map.Chapter
    """
    heights = placed(chapters)
    bottom = min(heights.values()) - ROW
    ax = axes(ax, height=-bottom)
    ax.set(xlim=(0, WIDTH), ylim=(bottom, 0))
    ax.set_axis_off()
    longest = max(heights[source] - heights[number] for number in chapters for source in chapters[number].needs)
    for number, chapter in chapters.items():
        for source in chapter.needs:
            _draw_arrow(ax, heights[source], heights[number], longest, COLOURS[chapters[source].part])
        _draw_chapter(ax, heights[number], number, chapter)
    for part, name in enumerate(PARTS):
        first = max(heights[number] for number, chapter in chapters.items() if chapter.part == part)
        ax.text(LEFT, first + ROW, f"{['I', 'II', 'III', 'IV', 'V'][part]}. {name}", color=GREY, va="center")
    return ax


def placed(chapters):
    """Return how high the middle of each box is, a row above each part left for its name."""
    ordered = sorted(chapters, key=lambda number: (chapters[number].part, number))
    return {number: -ROW * (place + 2 + chapters[number].part) for place, number in enumerate(ordered)}


def _draw_chapter(ax, height, number, chapter):
    corner = (LEFT, height - HALF)
    box = FancyBboxPatch(corner, WIDTH - LEFT - 0.02, 2 * HALF, boxstyle="round,pad=0,rounding_size=0.05", zorder=3)
    box.set(facecolor="white", edgecolor=COLOURS[chapter.part], linewidth=1.4)
    ax.add_patch(box)
    ax.text(LEFT + 0.06, height, f"{number} {chapter.title}", va="center", zorder=4)
    ax.text(WIDTH - 0.08, height, chapter.builds, color=GREY, ha="right", va="center", zorder=4)


def _draw_arrow(ax, top, bottom, longest, colour):
    """Draw a bow to the left of the boxes, the farther out the longer it is."""
    depth = 0.12 + (LEFT - 0.2) * (top - bottom) / longest
    style = {"arrowstyle": "-|>", "color": colour, "linewidth": 1.1, "alpha": 0.75, "shrinkA": 0, "shrinkB": 0}
    bow = {"connectionstyle": f"arc3,rad={2 * depth / (top - bottom)}"}
    ax.annotate("", (LEFT, bottom + 0.04), (LEFT, top - 0.04), arrowprops=style | bow, zorder=1)
