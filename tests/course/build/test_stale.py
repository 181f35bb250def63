"""A chapter is stale when something has changed that it can reach, and stays as it is when something else has."""

import shutil

import pytest

from course.build import stale
from course.build.stale import fingerprint, is_stale
from course.project import ROOT, chapters


def write_more(path):
    """Add a line to a file, which is made if there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write("\n# more\n")


@pytest.mark.parametrize(
    "changed", ["book/01_tiny.md", "mha_lib/attention.py", "mha_lib/data/words.txt", "constraints.txt"]
)
def test_a_change_to_what_decides_the_outputs_makes_a_chapter_stale(course_copy, changed):
    assert not is_stale(course_copy)
    write_more(course_copy.root / changed)
    assert is_stale(course_copy)


@pytest.mark.parametrize(
    "changed", ["mha_lib/masks.py", "mha_lib/data/new.json", "mha_lib/view.js", "benchmarks/results/layer_1.json"]
)
def test_a_change_to_what_no_cell_reaches_does_not(course_copy, changed):
    write_more(course_copy.root / changed)
    assert not is_stale(course_copy)


def test_another_address_of_the_repository_makes_a_chapter_stale(course_copy):
    config = course_copy.root / "pyproject.toml"
    config.write_text(config.read_text().replace("example.org", "example.com"))
    assert is_stale(course_copy)


def test_line_ends_and_compiled_files_do_not(course_copy):
    course_copy.source.write_bytes(course_copy.source.read_bytes().replace(b"\n", b"\r\n"))
    (course_copy.root / "mha_lib" / "data" / "x.pyc").write_text("compiled")
    assert not is_stale(course_copy)


def test_a_solution_that_is_damaged_is_stale(course_copy):
    course_copy.solution.write_text("<<<<<<< ours")
    assert is_stale(course_copy)


def test_a_chapter_that_cannot_be_read_is_stale(course_copy):
    course_copy.source.write_text("---\n: [\n---\n```{code-cell} ipython3\n:alt: a: b\n1\n```\n", "utf-8")
    assert is_stale(course_copy)


def test_the_fingerprint_is_the_same_wherever_the_project_lies(course_copy, course_built):
    assert fingerprint(course_copy) == fingerprint(course_built)


class Book:
    """A copy of the book, of which each chapter's text is read once, so that asking it often is quick."""

    def __init__(self, root):
        for name in ("mha_lib", "book", "benchmarks/results"):
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__", "_build"))
        for name in ("constraints.txt", "pyproject.toml"):
            shutil.copy(ROOT / name, root)
        self.root, self.before = root, {}
        self.before = self.fingerprints()

    def fingerprints(self):
        """Return the chapters' fingerprints by the chapters' words: "heads" for 06_heads."""
        return {chapter.name[3:]: fingerprint(chapter) for chapter in chapters(self.root)}

    def stale_after(self, name, change=write_more):
        """Return the words of the chapters that a change to a file makes stale, and undo the change."""
        path = self.root / name
        content = path.read_bytes() if path.exists() else None
        change(path)
        found = {word for word, now in self.fingerprints().items() if now != self.before[word]}
        path.unlink() if content is None else path.write_bytes(content)
        return found


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """Return the Book."""
    read = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            stale,
            "parse",
            lambda chapter, parse=stale.parse: read.get(chapter) or read.setdefault(chapter, parse(chapter)),
        )
        yield Book(tmp_path_factory.mktemp("book"))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ("mha_lib/vision/patches.py", {"vision"}),
        ("mha_lib/vision/captions.py", {"vision"}),
        ("mha_lib/vision/__init__.py", {"vision"}),
        ("mha_lib/plots/vision.py", {"vision"}),
        ("mha_lib/checks/vision/patchify.py", {"vision"}),
        ("mha_lib/checks/vision/shared.py", {"vision"}),
        ("mha_lib/checks/cost/merge_partials.py", {"cost", "parallel"}),  # sharing keys merges partial results too
        ("mha_lib/live/view.js", {"seeing"}),
        ("mha_lib/live/page.js", set()),  # the book's pages load it, no chapter's cells
        ("benchmarks/results/bert_2999-01-01.json", {"bert"}),
        ("benchmarks/results/gpu_attention_2999-01-01.json", {"gpu"}),
    ],
)
def test_what_one_chapter_uses_makes_that_chapter_stale_alone(book, changed, words):
    assert book.stale_after(changed) == words


@pytest.mark.parametrize("changed", ["mha_lib/softmax.py", "mha_lib/training/loop.py", "mha_lib/plots/curves.py"])
def test_what_many_chapters_use_makes_many_stale(book, changed):
    assert len(book.stale_after(changed)) > len(book.before) / 2


@pytest.mark.parametrize("changed", ["mha_lib/diagnosis/judge.py", "mha_lib/checks/__init__.py"])
def test_what_all_chapters_use_makes_all_stale(book, changed):
    assert book.stale_after(changed) == set(book.before)


def add_name(path):
    """Let a door pass on one name more, before all others."""
    documentation, _, rest = path.read_text("utf-8").partition("\n\n")
    path.write_text(f"{documentation}\n\nfrom mha_lib.vision.digits import added\n{rest}", "utf-8")


@pytest.mark.parametrize("door", ["__init__", "nn", "plots/__init__", "live/__init__"])
def test_a_name_added_to_a_door_makes_no_chapter_stale(book, door):
    assert book.stale_after(f"mha_lib/{door}.py", add_name) == set()


def test_another_sentence_makes_those_chapters_stale_that_show_it(book):
    def change(path):
        path.write_text(path.read_text("utf-8").replace('"mouse")', '"rat")'), "utf-8")

    found = book.stale_after("mha_lib/__init__.py", change)
    assert found == {
        chapter.name[3:] for chapter in chapters(ROOT) if "mha.SENTENCE" in chapter.source.read_text("utf-8")
    }


def modules(chapter):
    """Return the modules that a chapter reaches, each as its file is called in the library."""
    library = ROOT / "mha_lib"
    return {path.relative_to(library).as_posix() for path in stale.reach(chapter).files if path.suffix == ".py"}


def test_no_chapter_uses_a_door_so_that_only_all_of_the_library_would_do():
    assert [chapter.name for chapter in chapters(ROOT) if "__init__.py" in modules(chapter)] == []


def test_every_chapter_reaches_its_room_and_its_exercises():
    for chapter in chapters(ROOT):
        word, found = chapter.name[3:], modules(chapter)
        exercises = {f"checks/{word}/{path.name}" for path in (ROOT / "mha_lib" / "checks" / word).glob("*.py")}
        assert {f"{word}.py", f"{word}/__init__.py"} & found, word
        assert len(exercises) > 1
        assert exercises <= found
