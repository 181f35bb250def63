"""Images, their patches in a row, and numbers laid out in the places of the patches."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.offsetbox import AnnotationBbox, OffsetImage

from mha_lib.plots.style import COLOURS, DIVERGING, SEQUENTIAL, WIDTH, axes, stacked
from mha_lib.vision.patches import grid_of, patchify

INK = "Greys"  # white is paper


def show_images(images, titles, columns=5):
    """Draw grey images in rows, each with its title; return the axes of each.

    images: (n, height, width, 1) from 0, paper, to 1, ink   titles: n texts
    """
    columns = min(columns, len(images))
    grid = stacked(len(images), 0.35 + WIDTH / columns, columns)
    for ax, image, title in zip(grid, images, titles, strict=True):
        _draw(ax, image, title)
    return grid


def show_patches(image, size):
    """Draw an image with the cuts between its patches, and below it the patches as the sequence that they become.

    image: (height, width, 1)   ->  the two axes
    """
    height, width = np.shape(image)[:2]
    rows, columns = grid_of(height, width, size)
    figure = plt.figure(figsize=(WIDTH, 5.2), layout="constrained")
    whole, line = figure.subplots(2, 1, height_ratios=[1.6, 1])
    _draw(whole, image, f"{height} × {width} pixels")
    for edge in range(size, height, size):
        whole.axhline(edge - 0.5, color=COLOURS[1], linewidth=1.2)
    for edge in range(size, width, size):
        whole.axvline(edge - 0.5, color=COLOURS[1], linewidth=1.2)
    for i, (row, column) in enumerate(np.ndindex(rows, columns)):
        paper = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
        whole.text(column * size - 0.35, row * size - 0.05, i, color=COLOURS[1], va="top", bbox=paper)
    line.imshow(patchify(image, size).T, cmap=INK, vmin=0, vmax=1, aspect="auto")
    line.set(title=f"{rows * columns} tokens of {size * size} numbers", xlabel="patch", ylabel="number in the patch")
    line.set_xticks(range(0, rows * columns, 1 if rows * columns <= 10 else 2))
    line.set_yticks(range(size * size))
    return [whole, line]


def show_places(table, rows, columns):
    """Draw how alike every place is to all places: one small map for each, in its own place; return the axes.

    table: (rows * columns, rows * columns), signed, such as cosines; the place itself is marked
    """
    figure, grid = plt.subplots(rows, columns, figsize=(WIDTH, WIDTH + 0.9), layout="constrained")
    for place, ax in enumerate(grid.flat):
        image = ax.imshow(np.reshape(table[place], (rows, columns)), cmap=DIVERGING, vmin=-1, vmax=1)
        ax.plot(place % columns, place // columns, "o", color="black", markeredgecolor="white", markersize=5)
        ax.set(xticks=[], yticks=[], title=f"{place}")
    figure.colorbar(image, ax=grid, label="cosine", location="bottom", shrink=0.8)
    return list(grid.flat)


def show_looks(images, looks, titles):
    """Draw images, and below each what a look gives to its patches: white is 0, dark the most of all.

    images: (n, height, width, 1)   looks: (n, rows, columns), from 0   titles: n texts

    Returns the axes of the images, then those of the looks. Three images are in a row.
    """
    rows = -(-len(images) // 3)
    grid = np.array(stacked(6 * rows, 1.4, 3)).reshape(rows, 2, 3).swapaxes(0, 1).reshape(2, -1)
    height, width = np.shape(images)[1:3]
    extent = (-0.5, width - 0.5, height - 0.5, -0.5)
    for ax in grid.flat:
        ax.set_axis_off()
    for ax, image, title in zip(grid[0], images, titles, strict=False):
        _draw(ax, image, title)
    for ax, look in zip(grid[1], looks, strict=False):
        ax.imshow(look, cmap=SEQUENTIAL, vmin=0, vmax=np.max(looks), extent=extent)
        ax.set(xticks=[], yticks=[])
        ax.set_axis_on()
    return [*grid[0][: len(images)], *grid[1][: len(looks)]]


def show_matches(scores, images, captions):
    """Draw a table of cosines, every row an image and every column a caption.

    scores: (b, c)   images: (b, height, width, 1)   captions: c texts
    """
    ax = axes(height=1.6 + 0.32 * len(images))
    ax.imshow(scores, cmap=DIVERGING, vmin=-1, vmax=1, aspect="auto")
    ax.set_xticks(range(len(captions)), captions, rotation=90)
    ax.set_yticks(range(len(images)), [""] * len(images))
    ax.tick_params(axis="y", length=0, pad=20)
    ax.set(xlabel="caption", ylabel="image")
    for row, image in enumerate(images):
        small = OffsetImage(image[..., 0], cmap=INK, norm=plt.Normalize(0, 1), zoom=2.2, interpolation="nearest")
        box = AnnotationBbox(small, (0, row), (-13, 0), ("axes fraction", "data"), "offset points", frameon=False)
        ax.add_artist(box)
    for (row, column), value in np.ndenumerate(np.asarray(scores)):
        colour = "white" if abs(value) > 0.6 else "black"
        ax.text(column, row, _short(value), ha="center", va="center", color=colour)
    return ax


def _short(value):
    """Return a number from -1 to 1 to one place, without the nought before its point."""
    return f"{value:.1f}".replace("0.0", "0").replace("0.", ".").replace("1.0", "1")


def _draw(ax, image, title):
    ax.imshow(np.asarray(image)[..., 0], cmap=INK, vmin=0, vmax=1)
    ax.set_title(title)
    ax.set(xticks=[], yticks=[])
    ax.set_axis_on()
