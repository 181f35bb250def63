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
PROPER = {"rouge_l": "ROUGE-L", "f1": "F1", "times_hugging_face": "times Hugging Face"}
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
    return "\n\n".join([whereabouts(result), *kind(result)(result)])


def kind(result):
    """Return the function that lays out a result: what is in it says which."""
    if "scores" in result:
        return score_tables
    if "allowed" in result:
        return parity_tables
    return block_tables if "extra_mebibytes" in result["rows"][0] else timing_tables


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
        return milliseconds(row["limit_milliseconds"])
    return f"{row['quartiles_over_limit'][name][1]:.2f}"


def milliseconds(number):
    """Return milliseconds to three digits, or to the last one where there are more.

    >>> milliseconds(0.15432), milliseconds(6904.2)
    ('0.154 ms', '6,904 ms')
    """
    return f"{number:,.0f} ms" if number >= 1000 else f"{number:.3g} ms"


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


def block_tables(result):
    """Return two tables for each mask, a row a length: times as ratios to the fused kernel, and what was held."""
    parts = []
    for mask in dict.fromkeys(row["mask"] for row in result["rows"]):
        rows = [row for row in result["rows"] if row["mask"] == mask]
        fused, *others = rows[0]["quartiles_over_limit"]
        times = [[milliseconds(row["limit_milliseconds"]), *(block_time(row, name) for name in others)] for row in rows]
        held = [[block_memory(row, name) for name in (fused, *others)] for row in rows]
        title = f"{MASK_WORDS[mask].capitalize()}. "
        parts += [title + f"Median of {result['clock']}, divided by that of the fused kernel:"]
        parts += [by_length(rows, (fused, *others), times)]
        parts += [title + "The most memory held at once beyond the output, in MiB:"]
        parts += [by_length(rows, (fused, *others), held)]
    return parts


def block_time(row, name):
    """Return a contender's median over the fused kernel's, or a dash if it did not take part."""
    known = row["quartiles_over_limit"]
    return f"{known[name][1]:.2f}" if name in known else "–"


def block_memory(row, name):
    """Return what a contender held beyond its output, or a dash if it did not take part."""
    known = row["extra_mebibytes"]
    return f"{known[name]:,.1f}" if name in known else "–"


def by_length(rows, names, cells):
    """Return a table with a row a length and a column a contender."""
    lines = [[f"{row['n']:,}", *line] for row, line in zip(rows, cells, strict=True)]
    return markdown(["tokens", *names], lines)


def score_tables(result):
    """Return a sentence on the sizes, then a table for each task."""
    parts = [f"Sizes: {in_words(result['sizes'])}. In each cell: the mean over the seeds, then lowest–highest."]
    for task in dict.fromkeys(row["task"] for row in result["scores"]):
        rows = [row for row in result["scores"] if row["task"] == task]
        seeds = len({row["seed"] for row in rows})
        parts += [f"{task[0].upper()}{task[1:]}; {seeds} seed{'s' * (seeds > 1)}:", score_table(rows)]
    return parts


def in_words(value):
    """Return a size as text, thousands apart; a table of sizes within another stands in brackets.

    >>> in_words({"steps": 4000, "model": {"d_model": 64}})
    'steps 4,000, model (d_model 64)'
    """
    if isinstance(value, dict):
        parts = {
            name: f"({in_words(part)})" if isinstance(part, dict) else in_words(part) for name, part in value.items()
        }
        return ", ".join(f"{spelled(name)} {part}" for name, part in parts.items())
    if isinstance(value, list):
        return " / ".join(map(in_words, value))
    return f"{value:,}" if isinstance(value, int) else str(value)


def score_table(rows):
    """Return a table of one task: a row a model and a column a metric."""
    metrics = list(dict.fromkeys(name for row in rows for name in row if name not in ("task", "model", "seed")))
    digits = {name: digits_for(values(rows, name)) for name in metrics}
    lines = []
    for model in dict.fromkeys(row["model"] for row in rows):
        own = [row for row in rows if row["model"] == model]
        lines.append([model, *(over_seeds(values(own, name), digits[name]) for name in metrics)])
    return markdown(["model", *(spelled(name) for name in metrics)], lines)


def spelled(name):
    """Return the name of a size or a metric as the book writes it: its code names stay, other underscores are spaces.

    >>> [spelled(name) for name in ("d_model", "rouge_l", "bits_per_character")]
    ['d_model', 'ROUGE-L', 'bits per character']
    """
    is_code = name.startswith(("d_", "num_", "max_", "vocab_"))
    return PROPER.get(name, name if is_code else name.replace("_", " "))


def values(rows, metric):
    """Return the values of a metric, those that are there."""
    return [row[metric] for row in rows if row.get(metric) is not None]


def digits_for(numbers):
    """Return how many digits after the point a column needs: 3 for shares of one, none for hundreds."""
    largest = max(map(abs, numbers), default=0)
    return 3 if largest <= 1 else 2 if largest < 10 else 1 if largest <= 100 else 0


def over_seeds(numbers, digits):
    """Return the mean and the range; the number itself if there is one alone, and a dash if there is none.

    >>> over_seeds([0.5, 0.7], 3)
    '0.600 (0.500–0.700)'
    """
    if not numbers:
        return "–"
    mean, low, high = (f"{x:,.{digits}f}" for x in (sum(numbers) / len(numbers), min(numbers), max(numbers)))
    return mean if len(numbers) == 1 else f"{mean} ({low}–{high})"


def markdown(head, lines):
    """Return a Markdown table; a bar within a cell does not end it."""
    rows = [[text.replace("|", "\\|") for text in row] for row in (head, *lines)]
    rows.insert(1, ["---"] * len(head))
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)
