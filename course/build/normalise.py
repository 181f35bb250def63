"""One form for every notebook, so that two runs of the same text give the same bytes."""

import copy

import nbformat

KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}


def normalise(notebook):
    """Return a copy of an executed notebook without anything that depends on when or where it ran."""
    notebook = copy.deepcopy(notebook)
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNELSPEC, "language_info": {"name": "python"}})
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for count, cell in enumerate(code, start=1):
        cell.execution_count = count
        cell.outputs = [plain(output, count) for output in merge_streams(cell.outputs)]
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    return notebook


def merge_streams(outputs):
    """Return the outputs, neighbouring pieces of one stream joined: where a stream is cut depends on timing."""
    merged = []
    for output in outputs:
        last = merged[-1] if merged else {}
        if output.output_type == "stream" and last.get("name") == output.name:
            last.text += output.text
        else:
            merged.append(output)
    return merged


def plain(output, count):
    """Return an output with the cell's count; a traceback, which names folders of this machine, is cut to its end."""
    if output.output_type == "execute_result":
        output.execution_count = count
    if output.output_type == "error":
        output.traceback = [f"{output.ename}: {output.evalue}"]
    return output
