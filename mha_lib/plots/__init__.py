"""Every figure of the book: one palette, one width, labelled axes. Each function returns the axes it drew on."""

from mha_lib.plots.curves import show_curves
from mha_lib.plots.heatmaps import show_mask, show_scores, show_weights

__all__ = ["show_curves", "show_mask", "show_scores", "show_weights"]
