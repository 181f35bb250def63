"""Every figure that a test of this folder draws is readable on a phone."""

import matplotlib.pyplot as plt
import pytest

PHONE = 342  # pixels that a page of 390 leaves to a figure
CAPTION = 14  # pixels, see book/_static/mha.css
PAD = 0.2  # inches that are added around a figure when it is stored
WIDE = ("applications", "calibration", "compression", "fairness", "generalisation", "parallel", "variants", "vision")


@pytest.fixture(autouse=True)
def readable(request):
    """After a test, hold each figure that is open to the size of a caption; those for wide screens come later."""
    plt.close("all")
    yield
    drawn = [plt.figure(number) for number in plt.get_fignums()]
    small = [found for figure in drawn if not is_the_tests(figure) for found in too_small(figure)]
    plt.close("all")
    assert request.path.stem.removeprefix("test_") in WIDE or small == []


def too_small(figure):
    """Return the texts of a figure that a phone shows smaller than its caption, with their pixels."""
    figure.canvas.draw()
    shown = {text.get_text(): text.get_size() / 72 * PHONE / width(figure) for text in texts(figure)}
    return [(text, round(pixels, 1)) for text, pixels in shown.items() if pixels < CAPTION]


def is_the_tests(figure):
    """Return whether a figure has the size that matplotlib gives: a test made it, and had something drawn on it."""
    return list(figure.get_size_inches()) == plt.rcParamsDefault["figure.figsize"]


def width(figure):
    """Return how wide a figure is when it is stored, in inches."""
    return figure.get_tightbbox().width + PAD


def texts(figure):
    """Return what can be read in a figure."""
    return [text for text in figure.findobj(plt.Text) if text.get_visible() and text.get_text().strip()]
