"""`python -m course.renumber` on a small project: it moves, inserts, removes, or refuses and touches nothing."""

import pytest

from course.project import ROOT
from course.renumber import __main__ as renumber
from course.renumber import book_map, numbers, seams, texts
from course.renumber import order as orders
from course.renumber import plan as plans
from course.renumber.newcomer import Newcomer
from tests.course.renumber.conftest import TEXTS, commit, git

NEW = ("insert", "2", "mixing", "Mixing: what comes out?")


def told(capsys, project, *arguments):
    """Renumber a project; return what is said."""
    assert renumber.main(list(arguments), project) == 0
    return capsys.readouterr().out


def read(project, path):
    return (project / path).read_text("utf-8")


def tree(project):
    """Return what is in a project, as git names it."""
    git(project, "add", "-A")
    return git(project, "write-tree")


def test_a_chapter_that_moves_takes_its_three_files_along(project, capsys):
    told(capsys, project, "move", "2", "4")
    for folder, ending in (("book", "md"), ("solutions", "ipynb"), ("notebooks", "ipynb")):
        names = {path.stem for path in (project / folder).glob(f"0*.{ending}")}
        assert names == {"01_dots", "02_views", "03_stacks", "04_heads"}
    assert "\n# 4. Heads: why several?" in read(project, "book/04_heads.md")


def test_parts_keep_their_numbers_and_chapters_move_through_them(project, capsys):
    told(capsys, project, "move", "2", "4")
    assert read(project, "book/_toc.yml").split("caption: ")[1:3] == [
        "Part I. By hand\n    chapters:\n      - file: notebooks/01_dots\n      - file: notebooks/02_views\n  - ",
        "Part II. By machine\n    chapters:\n      - file: notebooks/03_stacks\n      - file: notebooks/04_heads\n  - ",
    ]
    assert read(project, "book/index.md").splitlines()[3] == "2. [Views](notebooks/02_views.ipynb): what is seen?"
    assert "| 4 | [Heads](book/04_heads.md) | Why several? |\n" in read(project, "README.md")
    assert read(project, "mha_lib/checks/__init__.py").split('"')[1::2] == ["dots", "views", "stacks", "heads"]


def test_the_map_follows_and_says_what_it_needs_from_later_chapters(project, capsys):
    said = told(capsys, project, "move", "2", "4")
    assert read(project, "mha_lib/robustness/book_map.py").splitlines()[1:-1] == [
        '    1: Chapter("Dots", 0, "products"),',
        '    2: Chapter("Views", 0, "maps", (1, 4)),',
        '    3: Chapter("Stacks", 1, "blocks", (2, 4)),',
        '    4: Chapter("Heads", 1, "split, merge", (1,)),',
    ]
    assert f"{book_map.LATER}\n    {book_map.PATH}:3: 2: Chapter" in said


def test_sentences_commands_and_code_follow(project, capsys):
    told(capsys, project, "move", "2", "4")
    assert "Chapter 2 shows more. Next: [heads](04_heads.ipynb)." in read(project, "book/01_dots.md")
    assert "Chapter\n4 had heads; see exercise 4.1 and (ex-3-2)." in read(project, "book/02_views.md")
    assert "NB=02" in read(project, "README.md")
    assert read(project, "mha_lib/heads.py") == '"""Chapter 4. Heads, which chapter 3 stacks."""\n'
    assert 'find(ROOT, "4")\nTRIED = ("2",)' in read(project, "tests/test_all.py")


def test_a_released_version_stays_as_it_was(project, capsys):
    said = told(capsys, project, "move", "2", "4")
    assert read(project, "CHANGELOG.md").split("\n\n")[2::2] == ["Chapter 2.", "Chapter 3 was new.\n"]
    assert f"{texts.PAST}\n    CHANGELOG.md:9: Chapter 3 was new." in said


def test_what_could_not_be_decided_is_listed(project, capsys):
    said = told(capsys, project, "move", "2", "4")
    for why, where in (
        (numbers.TORN, "book/03_stacks.md:7: "),
        (seams.SPOKEN, "book/01_dots.md:7: "),
        (seams.BARE, 'tests/test_all.py:4: TRIED = ("2",)'),
        (seams.PART, "README.md:1: "),
        (seams.LAST, None),
    ):
        assert (f"  {why}\n" in said) == bool(where)
        assert f"\n    {where}" in said or not where
    assert "02_heads -> 04_heads\n" in said
    assert "make notebooks" in said


def test_there_and_back_is_the_same_project(project, capsys):
    before = tree(project)
    told(capsys, project, "move", "2", "4")
    assert tree(project) != before
    commit(project)
    told(capsys, project, "move", "4", "2")
    assert tree(project) == before


def test_a_new_chapter_has_a_text_a_room_and_its_lines(project, capsys):
    said = told(capsys, project, *NEW)
    assert read(project, "book/02_mixing.md").startswith(
        "---\nkernelspec: {name: python3}\n---\n\n# 2. Mixing: what comes"
    )
    assert read(project, "mha_lib/checks/mixing/__init__.py").endswith("\nEXERCISES = ()\n")
    assert read(project, "mha_lib/checks/__init__.py").split('"')[1::2] == [
        "dots",
        "mixing",
        "heads",
        "views",
        "stacks",
    ]
    assert "| 2 | [Mixing](book/02_mixing.md) | What comes out? |\n| 3 | [Heads]" in read(project, "README.md")
    assert "2. [Mixing](notebooks/02_mixing.ipynb): what comes out?\n3. [Heads]" in read(project, "book/index.md")
    assert "notebooks/02_mixing\n      - file: notebooks/03_heads\n  - caption: Part II" in read(
        project, "book/_toc.yml"
    )
    assert '    2: Chapter("Mixing", 0, "to be said"),\n    3: Chapter("Heads", 0,' in read(project, book_map.PATH)
    assert f"{numbers.WIDER}\n    book/05_stacks.md:7: This is the last chapter. Chapters 1 to 4 came first." in said
    assert f"{seams.COUNT}\n    README.md:1: " in said


def test_a_new_last_chapter_is_in_the_last_part(project, capsys):
    said = told(capsys, project, "insert", "5", *NEW[2:])
    assert "notebooks/05_mixing\n  - caption: At the back" in read(project, "book/_toc.yml")
    assert '    5: Chapter("Mixing", 1, "to be said"),\n}\n' in read(project, book_map.PATH)
    assert f"{seams.SPOKEN}\n    book/04_stacks.md:7: This is the last chapter." in said


def test_a_chapter_that_goes_takes_its_lines_and_leaves_what_was_built(project, capsys):
    said = told(capsys, project, "remove", "2")
    assert not [path for folder in ("book", "solutions", "notebooks") for path in (project / folder).glob("*heads*")]
    assert "[Heads]" not in read(project, "README.md") + read(project, "book/index.md")
    assert '    2: Chapter("Views", 1, "maps", (1,)),\n' in read(project, book_map.PATH)
    assert read(project, "mha_lib/checks/__init__.py").split('"')[1::2] == ["dots", "views", "stacks"]
    assert read(project, "book/glossary.md") == TEXTS["book/glossary.md"]
    assert f"{numbers.GONE}\n    book/01_dots.md:7: " in said
    assert "book/glossary.md:2: " in said
    assert f"{book_map.LOST}\n    {book_map.PATH}:3: " in said
    assert "to another chapter: mha_lib/heads.py, mha_lib/checks/heads\n" in said


def test_a_chapter_that_comes_and_goes_leaves_its_room_alone(project, capsys):
    told(capsys, project, *NEW)
    commit(project)
    told(capsys, project, "remove", "2")
    assert git(project, "diff", "--cached", "--name-only", "HEAD~1").split() == ["mha_lib/checks/mixing/__init__.py"]


def test_everything_is_staged(project, capsys):
    told(capsys, project, *NEW)
    git(project, "reset", "-q", "--hard")
    assert git(project, "status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["move", "2", "5"], "There is no chapter 5. Give the number of one of these: 01 dots, 02 heads, 03 views"),
        (["move", "2", "2"], "Chapter 2 has that number already."),
        (["insert", "7", "mixing", "A: b"], "Give a number from 1 to 5."),
        (["insert", "2", "heads", "A: b"], "The word heads is taken (mha_lib/heads.py, mha_lib/checks/heads)."),
        (["insert", "2", "robustness", "A: b"], "The word robustness is taken (mha_lib/robustness)."),
        (["insert", "2", "9lives", "A: b"], "'9lives' cannot name a folder of Python."),
        (["insert", "2", "mixing", "Mixing"], "The title 'Mixing' needs a name and a question"),
        (["remove", "9"], "There is no chapter 9."),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_touched(project, capsys, arguments, message):
    assert renumber.main(arguments, project) == 2
    assert message in capsys.readouterr().err
    assert git(project, "status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("path", "old", "new", "message"),
    [
        ("README.md", "| 2 | [Heads]", "| two | [Heads]", "every chapter once, in order. Look at: 02_heads."),
        (book_map.PATH, '2: Chapter("Heads", 0,', '2: Chapter("Heads",\n0,', "a line for every chapter, in order"),
        ("mha_lib/checks/__init__.py", "_BOOK", "BOOK", "the words of the chapters in `_BOOK`"),
        ("book/02_heads.md", "", "", "numbered 01, 02, 03 and so on; there are: 01, 03, 04."),
    ],
)
def test_a_project_out_of_order_is_refused_and_nothing_is_touched(project, capsys, path, old, new, message):
    (project / path).write_text(read(project, path).replace(old, new), "utf-8")
    if not old:
        (project / path).unlink()
    commit(project)
    assert renumber.main(["move", "1", "2"], project) == 2
    assert message in capsys.readouterr().err
    assert git(project, "status", "--porcelain") == ""


@pytest.mark.parametrize("path", ["README.md", "a_new_file.txt"])
def test_a_tree_that_is_not_clean_is_refused(project, capsys, path):
    with (project / path).open("a") as file:
        file.write("more\n")
    assert renumber.main(["move", "1", "2"], project) == 2
    said = capsys.readouterr().err
    assert path in said
    assert "git stash -u" in said
    assert (project / "book" / "01_dots.md").exists()


def after(paths, found, plan):
    """Return the paths and texts of a project after a plan was carried out, in memory."""
    kept = {plan.renames.get(path, path): text for path, text in found.items() if path not in plan.gone}
    return [plan.renames.get(path, path) for path in paths if path not in plan.gone], kept | plan.writes


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="needs a git checkout: clone the repository")
@pytest.mark.parametrize("place", [3, 12])
def test_the_book_itself_can_be_renumbered_there_and_back(place):
    words, paths = orders.words(ROOT), texts.tracked(ROOT)
    paths = [path for path in paths if (ROOT / path).exists()]
    found = texts.read(ROOT, paths)
    there = orders.moved(words, 8, place)
    first = plans.make(paths, found, there)
    moved = after(paths, found, first)
    second = plans.make(*moved, orders.moved(there.after, place, 8))
    torn = {doubt.path for doubt in (*first.doubts, *second.doubts) if doubt.why == numbers.TORN}
    again = after(*moved, second)
    assert {path for path in found if again[1][path] != found[path]} <= torn
    assert sorted(again[0]) == sorted(paths)


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="needs a git checkout: clone the repository")
def test_the_book_itself_takes_a_new_chapter():
    paths = [path for path in texts.tracked(ROOT) if (ROOT / path).exists()]
    order = orders.inserted(orders.words(ROOT), 2, "mixing_of_a_test")
    plan = plans.make(paths, texts.read(ROOT, paths), order, Newcomer(2, "mixing_of_a_test", "Mixing: what comes out?"))
    assert plan.gone == []
    assert len(plan.renames) == 3 * (len(order.before) - 1)
