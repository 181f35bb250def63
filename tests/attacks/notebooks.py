"""Making submissions for tests: notebooks from lists of cells."""

import json


def notebook(*sources):
    """Return a notebook with these code cells, as bytes."""
    cells = [
        {"cell_type": "code", "id": f"c{i}", "metadata": {}, "source": source, "outputs": [], "execution_count": None}
        for i, source in enumerate(sources)
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def solved(path, **changed):
    """Return the answer cells of a built chapter as sources by exercise, some of them changed."""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    answers = {
        cell["metadata"]["exercise"]: "".join(cell["source"])
        for cell in cells
        if "answer" in cell["metadata"].get("tags", [])
    }
    return {**answers, **changed}
