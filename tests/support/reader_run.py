"""Run a reader's notebook, given as the sources of its cells, in a process of its own: stops where a cell stops.

`python -m tests.support.reader_run CELLS.json` runs in the current folder, as a kernel does that was started there.
"""

import json
import sys
from pathlib import Path

from IPython.core.interactiveshell import InteractiveShell


def main(path):
    """Run the cells, (source, may raise) each; return 1 at the first that stops and may not."""
    shell = InteractiveShell.instance()
    for source, may_raise in json.loads(Path(path).read_text("utf-8")):
        result = shell.run_cell(source)
        if not result.success and not may_raise:
            print(f"STOPPED: {source}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
