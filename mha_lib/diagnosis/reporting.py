"""A report on an answer that its checker calls right and that is wrong all the same: what a better checker needs."""

import inspect
import platform
from importlib.metadata import version
from pathlib import Path

ISSUES = "https://github.com/mha-textbook/mha-textbook/issues"
SEEDS = range(1, 21)
REPORT = """\
# {id}: called right

What did it do wrong, and on which input? Please write it here.

## The answer

```python
{source}
```

## What other inputs say

{said}

## Versions

{versions}
"""


def report(exercise_id, function, judged):
    """Write a report beside the notebook; return the file. Nothing is overwritten.

    judged: seed -> the Verdict on the function, on inputs drawn from that seed
    """
    wrong = next((verdict.message for verdict in map(judged, SEEDS) if verdict.status != "right"), None)
    said = f"```text\n{wrong}\n```" if wrong else f"It is right on {len(SEEDS)} further draws of inputs."
    file = free(exercise_id)
    text = REPORT.format(id=exercise_id, source=source_of(function), said=said, versions=versions())
    file.write_text(text, "utf-8")
    return file


def free(exercise_id):
    """Return a file in the current folder that does not exist yet."""
    names = [f"{exercise_id}-report.md", *(f"{exercise_id}-report-{number}.md" for number in range(2, 1000))]
    return next(file for file in map(Path, names) if not file.exists())


def source_of(function):
    """Return the text of a function or class, or a line on why there is none."""
    try:
        return inspect.getsource(function).rstrip()
    except (OSError, TypeError) as error:
        return f"# its text cannot be read: {error}"


def versions():
    """Return the versions that matter, a line each."""
    found = [f"{name} {version(name)}" for name in ("mha-lib", "numpy", "torch")]
    return "\n".join([*found, f"Python {platform.python_version()}, {platform.system()}"])
