"""Labels that keep out of one another's way."""

import numpy as np

from mha_lib.plots.style import SIZE

SHIFTS = [
    (x * step, y * step)
    for step in (1, 2, 3)
    for x, y in [(6, 0), (-6, 0), (0, 10), (0, -10), (6, 9), (-6, 9), (6, -9), (-6, -9)]
]


def label_apart(ax, where, colours):
    """Write each label beside its point, on the side where it covers the fewest points and other labels.

    What leaves the axes counts as covered.

    where: a dict of label -> (x, y)   colours: a dict of label -> colour
    """
    ax.figure.draw_without_rendering()  # so that the layout, and with it every distance, is final
    points = {label: ax.transData.transform(xy) * 72 / ax.figure.dpi for label, xy in where.items()}
    taken = [(*point - 3, *point + 3) for point in points.values()]
    frame = ax.get_window_extent().extents * 72 / ax.figure.dpi
    for label, point in points.items():
        boxes = [_box(label, point + shift, _side(shift)) for shift in SHIFTS]
        best = int(np.argmin([_outside(box, frame) + sum(_overlap(box, other) for other in taken) for box in boxes]))
        taken.append(boxes[best])
        style = {"color": colours[label], "fontsize": SIZE, "ha": _side(SHIFTS[best]), "va": "center"}
        ax.annotate(label, where[label], SHIFTS[best], textcoords="offset points", **style)


def _side(shift):
    return ("center", "left", "right")[int(np.sign(shift[0]))]


def _box(label, anchor, side):
    width, height = 0.6 * SIZE * len(label), 1.2 * SIZE
    left = anchor[0] - {"left": 0, "center": width / 2, "right": width}[side]
    return left, anchor[1] - height / 2, left + width, anchor[1] + height / 2


def _overlap(one, other):
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(width, 0) * max(height, 0)


def _outside(box, frame):
    """Return how much of a box is not in the frame."""
    return (box[2] - box[0]) * (box[3] - box[1]) - _overlap(box, frame)
