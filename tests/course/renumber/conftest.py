"""A small project to renumber: four chapters in two parts, in a git repository of its own."""

import subprocess

import pytest

FRONT = "---\nkernelspec: {name: python3}\n---\n"
WORDS = ("dots", "heads", "views", "stacks")
FOLDERS = ("solutions", "notebooks")
NOBODY = ("-c", "user.name=Nobody", "-c", "user.email=nobody@example.org", "-c", "core.autocrlf=false")
TEXTS = {
    "book/01_dots.md": f"{FRONT}\n# 1. Dots: how alike?\n\nChapter 3 shows more. Next: [heads](02_heads.ipynb).\n",
    "book/02_heads.md": f"{FRONT}\n# 2. Heads: why several?\n\n[Chapter 1](01_dots.ipynb) had dots.\n",
    "book/03_views.md": f"{FRONT}\n# 3. Views: what is seen?\n\nChapter\n2 had heads; see exercise 2.1 and (ex-4-2).\n",
    "book/04_stacks.md": f"{FRONT}\n# 4. Stacks: how deep?\n\nThis is the last chapter. Chapters 1 to 3 came first.\n",
    "book/index.md": (
        "**Part I, By hand**\n\n"
        "1. [Dots](notebooks/01_dots.ipynb): how alike?\n"
        "2. [Heads](notebooks/02_heads.ipynb): why several?\n\n"
        "**Part II, By machine**\n\n"
        "3. [Views](notebooks/03_views.ipynb): what is seen?\n"
        "4. [Stacks](notebooks/04_stacks.ipynb): how deep?\n"
    ),
    "book/_toc.yml": (
        "root: index\nparts:\n"
        "  - caption: Part I. By hand\n    chapters:\n"
        "      - file: notebooks/01_dots\n      - file: notebooks/02_heads\n"
        "  - caption: Part II. By machine\n    chapters:\n"
        "      - file: notebooks/03_views\n      - file: notebooks/04_stacks\n"
        "  - caption: At the back\n    chapters:\n      - file: glossary\n"
    ),
    "book/glossary.md": "head\n: One of several. [Chapter 2](notebooks/02_heads.ipynb).\n",
    "README.md": (
        "Try `make check NB=03`. Of 4 chapters, Part II is short.\n\n| | chapter | it answers |\n| --- | --- | --- |\n"
        "| | **Part I. By hand** | |\n"
        "| 1 | [Dots](book/01_dots.md) | How alike? |\n| 2 | [Heads](book/02_heads.md) | Why several? |\n"
        "| | **Part II. By machine** | |\n"
        "| 3 | [Views](book/03_views.md) | What is seen? |\n| 4 | [Stacks](book/04_stacks.md) | How deep? |\n"
    ),
    "CHANGELOG.md": "# Changelog\n\n## 0.2.0 (not yet released)\n\nChapter 3.\n\n## 0.1.0\n\nChapter 3 was new.\n",
    "mha_lib/heads.py": '"""Chapter 2. Heads, which chapter 4 stacks."""\n',
    "mha_lib/checks/heads/__init__.py": '"""The exercises of chapter 2."""\n\nEXERCISES = ("split",)\n',
    "mha_lib/checks/__init__.py": '_BOOK = (\n    "dots",\n    "heads",\n    "views",\n    "stacks",\n)\n',
    "mha_lib/robustness/book_map.py": (
        "CHAPTERS = {\n"
        '    1: Chapter("Dots", 0, "products"),\n'
        '    2: Chapter("Heads", 0, "split, merge", (1,)),\n'
        '    3: Chapter("Views", 1, "maps", (1, 2)),\n'
        '    4: Chapter("Stacks", 1, "blocks", (2, 3)),\n'
        "}\n"
    ),
    "tests/test_all.py": 'from course.project import find\n\nSECOND = find(ROOT, "2")\nTRIED = ("2",)\n',
}


@pytest.fixture
def project(tmp_path):
    """Return the folder of the small project, everything committed."""
    notebooks = {f"{folder}/0{n}_{word}.ipynb": "{}" for n, word in enumerate(WORDS, 1) for folder in FOLDERS}
    for path, content in (TEXTS | notebooks).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content, "utf-8")
    git(tmp_path, "init", "-q")
    commit(tmp_path)
    return tmp_path


def git(root, *arguments):
    """Return what a git command prints."""
    run = subprocess.run(["git", *NOBODY, *arguments], cwd=root, capture_output=True, text=True, check=True)
    return run.stdout


def commit(root):
    """Commit all that there is."""
    git(root, "add", "-A")
    git(root, "commit", "-q", "--allow-empty", "-m", "all")
