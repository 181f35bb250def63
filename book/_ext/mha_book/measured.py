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
    """Return two tables a step: the times as ratios to the limit, and the memory held."""
    parts = []
    for step, title in (("infer", "Forward pass"), ("train", "Forward and backward pass")):
        rows = [row for row in result["rows"] if row["step"] == step]
        if not rows:
            continue
        clock = f"{title}: median of {result['clock']}, divided by that of the limit."
        parts += [clock, table(rows, limit_milliseconds, quartile)]
        parts += [f"{title}: the most memory held at once, in MiB.", table(rows, None, memory)]
    return parts


def limit_milliseconds(row):
    """Return how long the limit took."""
    return f"{row['limit_milliseconds']:.3g}"


def quartile(row, name):
    """Return a contender's median over the limit's."""
    return f"{row['quartiles_over_limit'][name][1]:.2f}" if name in row["quartiles_over_limit"] else "–"


def memory(row, name):
    """Return what a contender held."""
    return f"{row['peak_mebibytes'][name]:.3g}" if name in row["peak_mebibytes"] else "–"


def table(rows, first, value):
    """Return a table: one row a size and mask, one column a contender."""
    names = list(dict.fromkeys(name for row in rows for name in row["quartiles_over_limit"]))
    if first is not None:
        names.remove("limit")
    head = ["size", "mask", *(["limit, ms"] if first else []), *names]
    lines = []
    for row in rows:
        size = "×".join(str(row[axis]) for axis in SIZE if axis in row)
        lines.append([size, MASK_WORDS[row["mask"]], *([first(row)] if first else []), *(value(row, n) for n in names)])
    return markdown(head, lines)


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
