"""What decides a run's marks, written down before the first is given: seed, versions, sandbox, exercises."""

import hashlib
import json
import platform
import secrets
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from course.errors import CourseError
from course.project import ROOT

FILE = Path(".graded") / "settings.json"


def settle(out, wanted):
    """Return the settings of a run into a folder: those that it was begun with, or new ones, which are kept.

    Raises CourseError if the folder was begun with others: marks of two kinds must not stand in one table.
    """
    path = out / FILE
    if not path.exists():
        fresh = {**wanted, "seed": secrets.randbits(63) if wanted["seed"] is None else wanted["seed"]}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(fresh, indent=1, sort_keys=True) + "\n", "utf-8")
        return fresh
    begun = json.loads(path.read_text("utf-8"))
    differs = [name for name, value in wanted.items() if value is not None and begun.get(name) != value]
    if differs:
        advice = "Use another folder, or the same settings as before."
        raise CourseError(f"{out} holds results that were graded with another {', '.join(differs)}. {advice}")
    return begun


def versions():
    """Return the versions that can change a mark, in one line; the last is a hash of library and grader."""
    parts = [f"Python {platform.python_version()}"]
    for label, package in (("NumPy", "numpy"), ("PyTorch", "torch"), ("mha-lib", "mha-lib")):
        try:
            parts.append(f"{label} {version(package)}")
        except PackageNotFoundError:
            parts.append(f"no {label}")
    return ", ".join(parts) + f" ({fingerprint()[:12]})"


def fingerprint():
    """Return a hash of the code that grades."""
    files = sorted(path for folder in ("mha_lib", "course/grade") for path in (ROOT / folder).rglob("*.py"))
    total = hashlib.sha256()
    for path in files:
        total.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()
