"""The house around the book: what its papers say of commands, versions, files and examples is true."""

import contextlib
import io
import json
import re
import subprocess
import sys
import tomllib

import matplotlib.pyplot as plt
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

import mha_lib as mha
from course import project
from tests.house.papers import blocks, code, text

ROOT = project.ROOT
PAPERS = ("README.md", "CONTRIBUTING.md", "DECISIONS.md", "CHANGELOG.md", "CODE_OF_CONDUCT.md", "INSTRUCTORS.md")
PAPERS += ("GRADING.md", "benchmarks/README.md")
SAY_THE_ADDRESS = ("README.md", "CONTRIBUTING.md", "INSTRUCTORS.md", "CITATION.cff")
SAY_THE_ADDRESS += ("book/_config.yml", "book/how_to_use.md")
WORKFLOWS = ("ci.yml", "pages.yml")
CHAPTERS = [chapter.name for chapter in project.chapters(ROOT)]
TARGETS = ("lab", "check", "book", "test", "notebooks", "lint")
SHOWS_AN_INDEX = ("Makefile", "README.md", ".github/workflows/ci.yml", ".github/workflows/pages.yml")
FORBIDDEN = {
    "unfinished work": r"\b(TO" + r"DO|FIX" + r"ME)\b",
    "a folder of one machine": "/wo" + r"rk/|\.\./sha" + "red",
    "a package index": "index" + "[-_]url",
}


def settings():
    return tomllib.loads(text("pyproject.toml"))["project"]


def workflow(name):
    return yaml.safe_load(text(f".github/workflows/{name}"))


def steps(name):
    """Return the `run` lines of a workflow."""
    jobs = workflow(name)["jobs"].values()
    return [step["run"] for job in jobs for step in job["steps"] if "run" in step]


def pins():
    lines = (line.partition("#")[0].strip() for line in text("constraints.txt").splitlines())
    return dict(line.split("==") for line in lines if line)


def requirements(*extras):
    """Return the direct dependencies of the library and of the extras, our own extras apart."""
    optional = settings()["optional-dependencies"]
    lines = [*settings()["dependencies"], *(line for extra in extras for line in optional[extra])]
    return [Requirement(line) for line in lines if not line.startswith("mha-lib")]


def environment():
    """Return what environment.yml installs: conda's lines, and pip's."""
    lines = yaml.safe_load(text("environment.yml"))["dependencies"]
    return [line for line in lines if isinstance(line, str)], next(line for line in lines if isinstance(line, dict))


def third_party(statement):
    """Return the packages that a statement loads in a fresh Python, Python's own apart."""
    script = f"import sys; before = set(sys.modules); {statement}; print(*set(sys.modules) - before)"
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in run.stdout.split()} - sys.stdlib_module_names


def files():
    """Return the files of the repository, those to be added included."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [name for name in names if (ROOT / name).is_file()]


def plain(target):
    """Return the commands of a Makefile target as one types them in the active environment."""
    recipe = re.search(rf"(?m)^{target}:.*\n((?:\t.*\n)+)", text("Makefile"))[1]
    nbval = re.search(r"(?m)^NB_TESTS := (.*)$", text("Makefile"))[1]
    lines = [line.strip().removeprefix("@") for line in recipe.splitlines() if "$(BIN)/" in line]
    return [line.replace("$(BIN)/", "").replace("$(NB_TESTS)", nbval).replace("$(NB) $(FILE)", "03") for line in lines]


def links(path):
    """Return what a paper links to within the repository, as (file, heading); the heading may be empty."""
    found = re.findall(r"\]\(([^)#:]*)#?([^):]*)\)", re.sub(r"(?ms)^(```+).*?^\1$", "", text(path)))
    return [((ROOT / path).parent / file if file else ROOT / path, heading) for file, heading in found]


def headings(file):
    """Return the headings of a paper as links name them."""
    titles = re.findall("(?m)^#+ (.*)", file.read_text("utf-8"))
    return {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}


def test_conda_takes_the_pythons_that_pyproject_allows():
    python = next(line for line in environment()[0] if line.startswith("python>"))
    assert SpecifierSet(python.removeprefix("python")) == SpecifierSet(settings()["requires-python"])


def test_conda_takes_the_pytorch_that_pip_would():
    assert f"pytorch-cpu={pins()['torch']}" in environment()[0]


def test_conda_leaves_the_rest_to_pip_and_pyproject():
    conda, pip = environment()
    assert [re.split("[=<>]", line)[0] for line in conda] == ["python", "pip", "pytorch-cpu"]
    assert pip["pip"][0] == "-c constraints.txt"
    extras = re.fullmatch(r"-e \.\[(.*)\]", pip["pip"][1])[1].split(",")
    assert set(extras) <= set(settings()["optional-dependencies"])
    assert len(pip["pip"]) == 2


@pytest.mark.parametrize("path", PAPERS)
def test_every_make_target_that_a_paper_names_exists(path):
    targets = set(re.findall(r"(?m)^([a-z]+):", text("Makefile")))
    assert set(re.findall(r"\bmake ([a-z]+)", code(path))) <= targets


@pytest.mark.parametrize("target", TARGETS)
def test_the_readme_shows_the_command_behind_each_target(target):
    shown = code("README.md").splitlines()
    assert plain(target)
    assert [command for command in plain(target) if command not in shown] == []


@pytest.mark.parametrize("path", PAPERS)
def test_every_file_that_a_paper_links_to_exists(path):
    assert [file for file, _ in links(path) if not file.exists()] == []


@pytest.mark.parametrize("path", PAPERS)
def test_every_heading_that_a_paper_links_to_exists(path):
    linked = [(file, heading) for file, heading in links(path) if heading]
    assert [(file, heading) for file, heading in linked if heading not in headings(file)] == []


def test_importing_the_library_takes_numpy_alone():
    assert third_party("import mha_lib") <= {"mha_lib", "numpy"}


def test_the_first_chapters_load_no_pytorch():
    assert "torch" not in third_party("from mha_lib import checks, plots; from mha_lib.similarity import words")


def test_every_constraint_is_one_version():
    lines = [line for line in text("constraints.txt").splitlines() if not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.]+", line)] == []


def test_whatever_can_change_an_output_is_pinned():
    needed = {requirement.name for requirement in requirements("torch", "lab", "book")}
    assert needed - pins().keys() == set()


def test_every_pin_lies_in_the_range_of_pyproject():
    known = requirements(*settings()["optional-dependencies"])
    assert [str(r) for r in known if r.name in pins() and not r.specifier.contains(pins()[r.name])] == []


def test_ci_runs_on_each_python_that_pyproject_allows():
    tried = workflow("ci.yml")["jobs"]["linux"]["strategy"]["matrix"]["python"]
    allowed = SpecifierSet(settings()["requires-python"])
    assert tried == [f"3.{minor}" for minor in range(30) if allowed.contains(f"3.{minor}")]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_tests_before_it_builds(name):
    made = [step for step in steps(name) if step.startswith("make")]
    assert made == ["make test", "make book"]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_takes_actions_of_a_known_major(name):
    used = [step["uses"] for job in workflow(name)["jobs"].values() for step in job["steps"] if "uses" in step]
    assert used
    assert [action for action in used if not re.fullmatch(r"actions/[\w-]+@v\d+", action)] == []


def test_one_job_waits_for_all_the_others():
    jobs = workflow("ci.yml")["jobs"]
    last = jobs["required-checks-pass"]
    assert set(last["needs"]) == jobs.keys() - {"required-checks-pass"}
    assert last["if"] == "always()"
    assert last["steps"][0]["if"].count("success") == len(last["needs"])


def test_ci_types_the_readmes_commands_where_there_is_no_make():
    typed = workflow("ci.yml")["jobs"]["plain-python"]["steps"]
    typed = [step["run"] for step in typed if "run" in step and "shell" not in step]
    shown = code("README.md").splitlines()
    assert [line for line in typed if line not in shown] == []
    assert typed[2:] == plain("test") + plain("book")


def test_the_checkout_script_runs_the_readmes_two_commands():
    lines = [line for line in text(".ci/run").splitlines() if line.startswith("make")]
    assert lines == ["make test", "make book"]
    assert set(lines) < set(blocks("README.md", "bash")[0].splitlines())


def test_the_other_settings_can_be_read():
    container = json.loads(text(".devcontainer/devcontainer.json"))
    assert container["postCreateCommand"].startswith("make setup TORCH_INDEX=")
    assert container["postCreateCommand"] in code("README.md").splitlines()
    python = container["image"].rpartition(":")[2]
    assert SpecifierSet(settings()["requires-python"]).contains(python)
    assert yaml.safe_load(text(".github/dependabot.yml"))["version"] == 2
    assert yaml.safe_load(text(".pre-commit-config.yaml"))["repos"]


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="needs a git checkout: clone the repository")
@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what):
    searched = [path for path in files() if what != "a package index" or path not in SHOWS_AN_INDEX]
    found = [path for path in searched if re.search(FORBIDDEN[what].encode(), (ROOT / path).read_bytes())]
    assert found == []


def test_the_papers_know_the_version():
    version = settings()["version"]
    assert re.search(rf"(?m)^## {re.escape(version)}\b", text("CHANGELOG.md"))
    assert yaml.safe_load(text("CITATION.cff"))["version"] == version


@pytest.mark.parametrize("path", SAY_THE_ADDRESS)
def test_the_repository_has_one_address(path):
    said = re.findall(r"https://github\.com/[\w.-]+/[\w-]+", text(path))
    assert set(said) == {project.repository_url(ROOT)}


@pytest.mark.parametrize("name", CHAPTERS)
def test_one_word_names_a_chapter_in_six_places(name):
    word = name[3:]
    made = (f"solutions/{name}.ipynb", f"notebooks/{name}.ipynb")
    assert [path for path in (*made, f"mha_lib/checks/{word}/__init__.py") if not (ROOT / path).is_file()] == []
    assert is_room(f"mha_lib/{word}")
    assert is_room(f"tests/{word}") or is_room(f"tests/test_{word}")


def is_room(path):
    """Return whether a room holds code: a file, or a folder with more than its `__init__.py`."""
    return (ROOT / f"{path}.py").is_file() or len(list((ROOT / path).glob("*.py"))) > 1


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_is_listed_where_readers_look(name):
    assert f"(book/{name}.md)" in text("README.md")
    assert f"notebooks/{name}\n" in text("book/_toc.yml")


def test_the_readmes_figure_is_drawn_by_its_code_and_says_what_it_says():
    names = {}
    exec(blocks("README.md", "python")[0], names)
    assert tuple(label.get_text() for label in plt.gca().get_yticklabels()) == mha.SENTENCE
    plt.close("all")
    mouse = dict(zip(mha.SENTENCE, names["weights"][-1], strict=True))
    assert mouse["mouse"] == pytest.approx(mouse["cat"])
    assert mouse["mouse"] == max(mouse.values())


def test_the_checker_says_what_the_readme_shows():
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(blocks("README.md", "python")[1], {"__name__": "readme"})
    assert said.getvalue() == blocks("README.md", "text")[0]
