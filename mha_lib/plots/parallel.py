"""What several processes hold and do: collectives, the ring, divided matrices, the pipeline."""

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.patches import Rectangle

from mha_lib.plots.style import GREY, axes, stacked

LIGHT = ("#bcd3ec", "#f6cdb8", "#b5dcd7", "#dcc3e4", "#d9dfb4", "#ecc0ca")  # the book's colours, mixed with white
TOTAL = "#e5e5e5"
HELD = {
    "broadcast": (["aaa", "", ""], ["aaa", "aaa", "aaa"]),
    "all-gather": (["a", " b", "  c"], ["abc", "abc", "abc"]),
    "all-reduce": (["aaa", "bbb", "ccc"], ["+++", "+++", "+++"]),
    "reduce-scatter": (["aaa", "bbb", "ccc"], ["+", " +", "  +"]),
    "send to the next": (["a", "b", "c"], ["c", "a", "b"]),
}


def show_collectives():
    """Draw what three processes hold before and after each collective; return the axes of each.

    A row is a process, a cell a piece of an array. Letter and colour say from which process it comes; a sum is grey.
    """
    row = stacked(len(HELD), height=1.2, columns=2)
    for ax, (title, (before, after)) in zip(row, HELD.items(), strict=True):
        for left, rows in ((0, before), (4.4, after)):
            for rank, cells in enumerate(rows):
                _cells(ax, left, 2 - rank, cells)
        ax.annotate("", (4.25, 1.5), (3.15, 1.5), arrowprops={"arrowstyle": "-|>", "color": GREY})
        ax.set(xlim=(-0.6, 8.0), ylim=(-0.1, 3.1), aspect="equal")
        ax.set_title(title)
        ax.set_axis_off()
    return row


def _cells(ax, left, bottom, cells):
    """Draw the three places of one process."""
    for place, cell in enumerate(cells.ljust(3)):
        colour = {" ": "white", "+": TOTAL}.get(cell) or LIGHT["abc".index(cell)]
        ax.add_patch(Rectangle((left + place, bottom), 1, 1, facecolor=colour, edgecolor=GREY, linewidth=0.8))
        ax.text(left + place + 0.5, bottom + 0.5, cell.replace("+", "Σ"), ha="center", va="center")


def show_ring_states(counts):
    """Draw, before and after each step of a ring all-reduce, how many processes' numbers are in each piece.

    counts: (steps + 1, processes, pieces)   ->  the axes of each
    """
    row = stacked(len(counts), height=1.9, columns=3)
    for step, (ax, table) in enumerate(zip(row, counts, strict=True)):
        _table(ax, table, vmin=0, vmax=table.shape[-1])
        ax.set(title="start" if not step else f"step {step}", xlabel="piece", ylabel="" if step % 3 else "process")
    return row


def show_ring_work(works):
    """Draw how many pairs each process scores in each round, one table a way to divide the tokens; return the axes.

    works: a dict of title -> (rounds, processes)
    """
    row = stacked(len(works), height=2.6, columns=2)
    most = max(work.max() for work in works.values())
    for ax, (title, work) in zip(row, works.items(), strict=True):
        _table(ax, work, vmin=0, vmax=most)
        ax.set(title=title, xlabel="process", ylabel="round")
    return row


def _table(ax, table, vmin, vmax):
    ax.imshow(table, cmap="Blues", vmin=vmin, vmax=1.6 * vmax)
    for (i, j), value in np.ndenumerate(table):
        ax.text(j, i, f"{value:.0f}", ha="center", va="center")
    ax.set_xticks(range(table.shape[1]))
    ax.set_yticks(range(table.shape[0]))
    ax.tick_params(length=0)


def show_packed_shards(num_heads, num_processes):
    """Draw the rows of a packed projection, and which process gets each: cut into equal blocks, and cut by heads.

    ->  the two axes
    """
    row = stacked(2, height=3.8, columns=2)
    names = [f"{part}, head {head}" for part in "qkv" for head in range(num_heads)]
    owners = {
        "cut by rows": np.arange(3 * num_heads) * num_processes // (3 * num_heads),
        "cut by heads": np.tile(np.arange(num_heads) * num_processes // num_heads, 3),
    }
    for ax, (title, owner) in zip(row, owners.items(), strict=True):
        for place, (name, rank) in enumerate(zip(names, owner, strict=True)):
            ax.add_patch(Rectangle((0, place), 1, 1, facecolor=LIGHT[rank], edgecolor=GREY, linewidth=0.8))
            ax.text(0.5, place + 0.5, f"{name}: process {rank}", ha="center", va="center")
        ax.set(xlim=(0, 1), ylim=(len(names), 0), title=title)
        ax.set_axis_off()
    return row


def show_pipeline(schedule, num_micro_batches, ax=None, title=None):
    """Draw who works on which micro-batch when, forward in blue and back in orange.

    schedule: (stages, times), as `pipeline_schedule` gives it
    """
    stages, length = schedule.shape
    ax = axes(ax, height=0.9 + 0.42 * stages)
    kinds = np.where(schedule < 0, 0, np.where(schedule < num_micro_batches, 1, 2))
    ax.imshow(kinds, cmap=ListedColormap(["white", LIGHT[0], LIGHT[1]]), vmin=0, vmax=2, aspect="auto")
    for (stage, time), number in np.ndenumerate(schedule):
        if number >= 0:
            ax.text(time, stage, number % num_micro_batches, ha="center", va="center")
    ax.set_yticks(range(stages))
    ax.set_xticks(np.arange(length) - 0.5, [], minor=True)
    ax.set_yticks(np.arange(stages) - 0.5, [], minor=True)
    ax.grid(which="minor", color=GREY, alpha=0.4)
    ax.tick_params(which="both", length=0)
    ax.set(xlabel="time", ylabel="stage", title=title or "")
    return ax
