"""Tables of what the benchmarks stored, for `book/measurements.md`: the newest result of each, machine and date told.

A page says ```` ```{measured} attention_layer_1_thread ````, and gets the tables that belong to that result.
"""

import json
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

RESULTS = Path(__file__).resolve().parents[3] / "benchmarks" / "results"
MASK_WORDS = {"none": "no mask", "causal": "causal", "padding": "padding"}
SIZE = ("b", "n", "d_model", "num_heads", "d_ff", "num_layers")


class Measured(SphinxDirective):
    """The directive: its argument is the name of a result, without its date."""

    required_arguments = 1

    def run(self):
        """Return the tables as nodes, or one sentence that says how to make the measurement."""
        path = newest(self.arguments[0])
        self.env.note_reread()  # a newer file may lie there tomorrow
        text = NONE.format(self.arguments[0]) if path is None else tables(json.loads(path.read_text("utf-8")))
        parent = nodes.container()
        self.state.nested_parse(StringList(text.splitlines()), 0, parent)
        return parent.children


NONE = "Nothing is stored under the name {} yet; `benchmarks/README.md` says how to measure it."


def newest(name):
    """Return the path of the newest stored result of a name, or None."""
    dated = RESULTS.glob(f"{name}_[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9].json")
    return max(dated, default=None, key=lambda path: path.name)


def tables(result):
    """Return a stored result as Markdown: where it was measured, then its tables."""
    parts = parity_tables(result) if "allowed" in result else timing_tables(result)
    return "\n\n".join([whereabouts(result), *parts])


def whereabouts(result):
    """Return a sentence on machine, versions and date."""
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    threads = "one thread" if result["threads"] == 1 else f"{result['threads']} threads"
    note = f" {result['note']}" if result["note"] else ""
    dtype = "" if "allowed" in result else f", {result['dtype']}"
    return f"Measured on {result['date']}, {result['machine']}, {threads}{dtype}; {versions}.{note}"


def timing_tables(result):
    """Return two tables for each size: times as ratios to the limit, and the memory held; forward / with backward."""
    sizes = list(dict.fromkeys(size(row) for row in result["rows"]))
    parts = ["In each cell: the forward pass / forward and backward together."]
    for name in sizes:
        rows = [row for row in result["rows"] if size(row) == name]
        parts += [f"{name}. Median of {result['clock']}, divided by that of the limit:", table(rows, time_of)]
        parts += [f"{name}. The most memory held at once, in MiB:", table(rows, memory_of)]
    return parts


def size(row):
    """Return the size of what was measured."""
    return "×".join(str(row[axis]) for axis in SIZE if axis in row)


def time_of(row, name):
    """Return a contender's median over the limit's, and what the limit took."""
    if name == "limit":
        return f"{row['limit_milliseconds']:.3g} ms"
    return f"{row['quartiles_over_limit'][name][1]:.2f}"


def memory_of(row, name):
    """Return what a contender held."""
    return f"{row['peak_mebibytes'][name]:.3g}"


def table(rows, value):
    """Return a table of one size: one row a contender, one column a mask."""
    names = dict.fromkeys(name for row in rows for name in row["quartiles_over_limit"])
    masks = list(dict.fromkeys(row["mask"] for row in rows))
    lines = [[name, *(cell(rows, mask, name, value) for mask in masks)] for name in names]
    return markdown(
        ["contender", *(MASK_WORDS[mask] for mask in masks)], [line for line in lines if set(line[1:]) != {"–"}]
    )


def cell(rows, mask, name, value):
    """Return a contender's values with a mask, one a step, or a dash if it did not take part."""
    known = [row for row in rows if row["mask"] == mask and (value is time_of or name in row["peak_mebibytes"])]
    return " / ".join(value(row, name) for row in known if name in row["quartiles_over_limit"]) or "–"


def parity_tables(result):
    """Return one table: how far each implementation is from the loops, for each type."""
    head = ["implementation", *result["allowed"]]
    lines = [
        [name, *(f"{output:.1f} / {gradients:.1f}" for output, gradients in row.values())]
        for name, row in result["rows"].items()
    ]
    return [markdown(head, [*lines, ["allowed by the test", *map(str, result["allowed"].values())]])]


def markdown(head, lines):
    """Return a Markdown table."""
    rows = [head, ["---"] * len(head), *lines]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)
