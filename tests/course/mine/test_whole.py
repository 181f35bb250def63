"""Eight chapters filled as the book fills them: all that `python -m course.mine` then says."""

import re
import shutil

import pytest

from course.mine import __main__ as mine
from course.project import ROOT, chapters


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    """Return the folder of a project whose reader has answered chapters 1 to 8."""
    root = tmp_path_factory.mktemp("whole")
    (root / "notebooks").mkdir()
    for name in ("book", "solutions"):
        (root / name).symlink_to(ROOT / name)
    for chapter in chapters(ROOT)[:8]:
        shutil.copy(chapter.solution, root / "notebooks" / chapter.notebook.name)
    return root


def test_both_milestones_are_reached_and_the_page_is_there(reader, capsys):
    assert mine.main(["--sentence", "click with the mouse"], reader) == 0
    told = capsys.readouterr().out
    assert told.count("reached.") == 2
    assert "not reached" not in told
    assert re.search(r"turns sequences round (1.00|0.9[5-9]), bar 0.95", told)
    assert all(f"{number} {word}" in told for number, word in ((6, "heads"), (8, "encoder")))
    page = (reader / "mine" / "index.html").read_text("utf-8")
    assert ">with<" in page
    assert "Milestone II" in page


def test_what_stands_in_the_readers_package_asks_the_books_for_nothing_but_its_tools(reader):
    mentions = {
        line
        for file in (reader / "mine").glob("*.py")
        for line in file.read_text("utf-8").split("\n")
        if re.match(r"(from|import) mha_lib", line)
    }
    assert mentions <= {"import mha_lib as mha", "import mha_lib.nn"}, mentions
