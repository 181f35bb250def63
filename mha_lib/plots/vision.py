"""Images, their patches in a row, and numbers laid out in the places of the patches."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.offsetbox import AnnotationBbox, OffsetImage

from mha_lib.plots.style import COLOURS, DIVERGING, SEQUENTIAL, WIDE, side_by_side
from mha_lib.vision.patches import grid_of, patchify

INK = "Greys"  # white is paper


def show_images(images, titles, columns=10):
    """Draw grey images in rows, each with its title; return the axes of each.

    images: (n, height, width, 1) from 0, paper, to 1, ink   titles: n texts
    """
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    width = WIDE * 1.3
    _, grid = plt.subplots(
        rows, columns, figsize=(width, rows * (0.35 + width / columns)), layout="constrained", squeeze=False
    )
    for ax in grid.flat:
        ax.set_axis_off()
    for ax, image, title in zip(grid.flat, images, titles, strict=False):
        _draw(ax, image, title)
    return list(grid.flat[: len(images)])


def show_patches(image, size):
    """Draw an image with the cuts between its patches, and the patches as the sequence that they become.

    image: (height, width, 1)   ->  the two axes
    """
    height, width = np.shape(image)[:2]
    rows, columns = grid_of(height, width, size)
    figure = plt.figure(figsize=(WIDE * 1.3, 2.6), layout="constrained")
    whole, line = figure.subplots(1, 2, width_ratios=[1, 3.4])
    _draw(whole, image, f"{height} × {width} pixels")
    for edge in range(size, height, size):
        whole.axhline(edge - 0.5, color=COLOURS[1], linewidth=1.2)
    for edge in range(size, width, size):
        whole.axvline(edge - 0.5, color=COLOURS[1], linewidth=1.2)
    for i, (row, column) in enumerate(np.ndindex(rows, columns)):
        paper = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
        whole.text(column * size - 0.35, row * size - 0.05, i, color=COLOURS[1], fontsize=7, va="center", bbox=paper)
    line.imshow(patchify(image, size).T, cmap=INK, vmin=0, vmax=1, aspect="auto")
    line.set(title=f"{rows * columns} tokens of {size * size} numbers", xlabel="patch", ylabel="number in the patch")
    line.set_xticks(range(rows * columns))
    line.set_yticks(range(size * size))
    return [whole, line]


def show_places(table, rows, columns):
    """Draw how alike every place is to all places: one small map for each, in its own place; return the axes.

    table: (rows * columns, rows * columns), signed, such as cosines; the place itself is marked
    """
    figure, grid = plt.subplots(rows, columns, figsize=(WIDE * 0.85, WIDE * 0.85), layout="constrained")
    for place, ax in enumerate(grid.flat):
        image = ax.imshow(np.reshape(table[place], (rows, columns)), cmap=DIVERGING, vmin=-1, vmax=1)
        ax.plot(place % columns, place // columns, "o", color="black", markeredgecolor="white", markersize=5)
        ax.set(xticks=[], yticks=[], title=f"place {place}")
        ax.title.set_fontsize(8)
    figure.colorbar(image, ax=grid, label="cosine", shrink=0.8)
    return list(grid.flat)


def show_looks(images, looks, titles):
    """Draw images, and below each what a look gives to its patches: white is 0, dark the most of all; return the axes.

    images: (n, height, width, 1)   looks: (n, rows, columns), from 0   titles: n texts
    """
    _, grid = plt.subplots(2, len(images), figsize=(WIDE * 1.3, 3.4), layout="constrained", squeeze=False)
    height, width = np.shape(images)[1:3]
    extent = (-0.5, width - 0.5, height - 0.5, -0.5)
    for ax, image, title in zip(grid[0], images, titles, strict=True):
        _draw(ax, image, title)
    for ax, look in zip(grid[1], looks, strict=True):
        ax.imshow(look, cmap=SEQUENTIAL, vmin=0, vmax=np.max(looks), extent=extent)
        ax.set(xticks=[], yticks=[])
    return list(grid.flat)


def show_matches(scores, images, captions):
    """Draw a table of cosines, every row an image and every column a caption.

    scores: (b, c)   images: (b, height, width, 1)   captions: c texts
    """
    (ax,) = side_by_side(1, height=1.9 + 0.4 * len(images), width=WIDE)
    drawn = ax.imshow(scores, cmap=DIVERGING, vmin=-1, vmax=1, aspect="auto")
    ax.set_xticks(range(len(captions)), captions, rotation=60, ha="right", rotation_mode="anchor", fontsize=8)
    ax.set_yticks(range(len(images)), [""] * len(images))
    ax.tick_params(axis="y", length=0, pad=26)
    ax.set(xlabel="caption", ylabel="image")
    for row, image in enumerate(images):
        small = OffsetImage(image[..., 0], cmap=INK, norm=plt.Normalize(0, 1), zoom=2.6, interpolation="nearest")
        box = AnnotationBbox(small, (0, row), (-16, 0), ("axes fraction", "data"), "offset points", frameon=False)
        ax.add_artist(box)
    for (row, column), value in np.ndenumerate(np.asarray(scores)):
        colour = "white" if abs(value) > 0.6 else "black"
        ax.text(column, row, f"{value:.1f}", ha="center", va="center", fontsize=7, color=colour)
    ax.figure.colorbar(drawn, ax=ax, label="cosine", shrink=0.8)
    return ax


def _draw(ax, image, title):
    ax.imshow(np.asarray(image)[..., 0], cmap=INK, vmin=0, vmax=1)
    ax.set_title(title, fontsize=9)
    ax.set(xticks=[], yticks=[])
    ax.set_axis_on()
