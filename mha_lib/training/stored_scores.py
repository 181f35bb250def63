"""Chapter 9 onwards. Stored scores: what a benchmark stored, of several seeds, with its day and machine."""

import json
from pathlib import Path

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"
NO_METRIC = ("task", "model", "seed")


def newest(name, folder=RESULTS):
    """Return the newest result of `python -m benchmarks.<name>`, as a dict with date, machine, sizes and "scores".

    The scores are a list of rows, one for each task, model and seed. Where the repository's benchmarks are not at hand,
    the date says so and the list is empty.

    >>> newest("no such benchmark")["scores"]
    []
    """
    found = sorted(Path(folder).glob(f"{name}_2*.json"))
    return json.loads(found[-1].read_text("utf-8")) if found else NOTHING


NOTHING = {"date": "no stored measurement here", "machine": "", "scores": []}


def table(result, task):
    """Return a task's scores as text: a line a model, a column a metric, the mean and the lowest to the highest.

    result: what `newest` returns   task: one of the names under "task"

    Where nothing is stored of the task, it says so.

    >>> rows = [{"task": "t", "model": "m", "seed": seed, "exact": exact} for seed, exact in enumerate((0.25, 0.75))]
    >>> print(table({"scores": rows}, "t"))
    t                           exact
    m                           0.50 (0.25–0.75)
    """
    rows = [row for row in result["scores"] if row["task"] == task]
    metrics = [name for name in dict.fromkeys(key for row in rows for key in row) if name not in NO_METRIC]
    lines = [[task if rows else f"{task}: nothing stored here", *metrics]]
    for model in dict.fromkeys(row["model"] for row in rows):
        runs = [row for row in rows if row["model"] == model]
        lines.append([model, *(_over_seeds([run[name] for run in runs if name in run]) for name in metrics)])
    return "\n".join(f"{line[0]:28}{''.join(f'{cell:20}' for cell in line[1:])}".rstrip() for line in lines)


def differences(result, task, model, other, metric):
    """Return by how much a model's metric exceeds another's, one number for each seed that both have, in order.

    result: what `newest` returns

    >>> rows = [{"task": "t", "model": m, "seed": 0, "exact": exact} for m, exact in (("a", 0.75), ("b", 0.5))]
    >>> differences({"scores": rows}, "t", "a", "b", "exact")
    [0.25]
    """
    rows = [row for row in result["scores"] if row["task"] == task and metric in row]
    found = {(row["model"], row["seed"]): row[metric] for row in rows}
    seeds = sorted(seed for name, seed in found if name == model and (other, seed) in found)
    return [found[model, seed] - found[other, seed] for seed in seeds]


def _over_seeds(values):
    return f"{sum(values) / len(values):.2f} ({min(values):.2f}–{max(values):.2f})" if values else "–"
