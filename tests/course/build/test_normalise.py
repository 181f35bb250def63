"""Two runs of one text give the same bytes: whatever depends on when and where it ran is taken out."""

import copy

from nbformat.v4 import new_code_cell, new_notebook, new_output

from course.build.normalise import normalise
from course.notebook.files import dumps, read, write


def stream(text, name="stdout"):
    return new_output("stream", name=name, text=text)


def executed(*outputs):
    cell = new_code_cell("1", outputs=list(outputs), execution_count=7, metadata={"execution": {"busy": "now"}})
    notebook = new_notebook(cells=[new_code_cell("0"), cell])
    notebook.metadata["language_info"] = {"name": "python", "version": "3.11.7"}
    return notebook


def test_counts_run_from_one_in_cells_and_in_their_results():
    notebook = normalise(executed(new_output("execute_result", {"text/plain": "1"}, execution_count=7)))
    assert [cell.execution_count for cell in notebook.cells] == [1, 2]
    assert notebook.cells[1].outputs[0].execution_count == 2


def test_neighbouring_pieces_of_one_stream_are_joined():
    pieces = stream("a"), stream("b"), stream("c", "stderr"), stream("d"), new_output("display_data", {}), stream("e")
    outputs = normalise(executed(*pieces)).cells[1].outputs
    assert [output.get("text") for output in outputs] == ["ab", "c", "d", None, "e"]


def test_a_traceback_is_cut_to_its_end():
    error = new_output("error", ename="ValueError", evalue="no", traceback=["File /home/me/x.py", "ValueError: no"])
    assert normalise(executed(error)).cells[1].outputs[0].traceback == ["ValueError: no"]


def test_times_and_versions_are_taken_out():
    notebook = normalise(executed())
    assert notebook.cells[1].metadata == {}
    assert notebook.metadata["language_info"] == {"name": "python"}
    assert set(notebook.metadata) == {"kernelspec", "language_info"}


def test_the_notebook_given_is_not_changed():
    notebook = executed(stream("a"), stream("b"))
    before = copy.deepcopy(notebook)
    normalise(notebook)
    assert notebook == before


def test_a_file_has_plain_line_ends_and_letters_as_they_are(tmp_path):
    notebook = normalise(executed(stream("é\n")))
    write(notebook, tmp_path / "a" / "n.ipynb")
    content = (tmp_path / "a" / "n.ipynb").read_bytes()
    assert b"\r" not in content
    assert content.endswith(b"}\n")
    assert "é".encode() in content
    assert dumps(read(tmp_path / "a" / "n.ipynb")).encode() == content
