"""A reader's other notebooks, seen from inside of one: read by the tools of the checkout, where there is one."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

AWAY = "your notebooks are not at hand"


def checkout():
    """Return the folder of the checkout that the library stands in, or None where it is installed alone."""
    folder = Path(find_spec("mha_lib").origin).parent.parent
    return folder if (folder / "course" / "mine").is_dir() else None


def answer_in_notebooks(exercise_id):
    """Return an earlier answer as (function, file, why not): function or why not is None."""
    root = checkout()
    if root is None:
        return None, None, AWAY
    if str(root) not in sys.path:
        sys.path.append(str(root))
    from course.mine.lookup import look_up  # the library works without these tools

    return look_up(exercise_id, (Path.cwd(), root / "notebooks"))


def progress():
    """Return where the reader stands, as `python -m course.mine` tells it, or a sentence where it cannot be told."""
    root = checkout()
    if root is None:
        return f"Your progress is told where the whole book lies: {AWAY}."
    command = [sys.executable, "-m", "course.mine", "--look"]
    here = Path.cwd()
    command += ["--notebooks", str(here)] if list(here.glob("[0-9][0-9]_*.ipynb")) else []
    run = subprocess.run(command, cwd=root, capture_output=True, text=True, encoding="utf-8", check=False)
    return (run.stdout or run.stderr).rstrip()
