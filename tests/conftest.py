"""Fixtures shared by tests: figures are closed after each; `course_...` is a tiny project with one chapter."""

import contextlib
import io
import shutil

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

from course.project import Chapter

mpl.use("Agg")

COURSE_CHAPTER = '''\
---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {display_name: Python 3, language: python, name: python3}
---
# 1. Tiny: what is a number?

A chapter for tests.

```{code-cell} ipython3
import matplotlib.pyplot as plt
def library(): import mha_lib.attention  # never called: it takes longer than all the rest
word = "two"
```

```{code-cell} ipython3
def check(function):
    try:
        value = function(3)
    except NotImplementedError:
        print(f"Not attempted: {function.__name__}.")
    else:
        right = value == {"double": 6, "negate": -3}[function.__name__]
        print(f"Right: {function.__name__}." if right else f"Not yet: {function.__name__}(3) gave {value}.")
```

```{code-cell} ipython3
:alt: A line that rises.
:caption: Rising.
plt.plot([1, 2])
plt.show()
```

+++ {"tags": ["exercise"], "exercise": "double", "minutes": 1, "points": 2, "level": 1}

### Exercise: twice as much

Write `double`.

```{code-cell} ipython3
:tags: [answer]
:exercise: double
def double(x):
    """Return twice x."""
    ### BEGIN SOLUTION
    two_times_x = x + x
    return two_times_x
    ### END SOLUTION
```

```{code-cell} ipython3
:tags: [check]
:exercise: double
check(double)
```

+++ {"tags": ["solution"], "exercise": "double"}

Adding a number to itself doubles it.

```{code-cell} ipython3
:tags: [predict]
:exercise: which-sign
### BEGIN SOLUTION
prediction = "the sign of doubt"
### END SOLUTION
print(prediction)
```

+++ {"tags": ["exercise"], "exercise": "negate", "minutes": 10, "points": 1, "level": 2}

### Exercise: the other way

Write `negate`.

```{code-cell} ipython3
:tags: [answer]
:exercise: negate
def negate(x):
    ### BEGIN SOLUTION
    return -x  # below zero
    ### END SOLUTION
```

```{code-cell} ipython3
:tags: [check]
:exercise: negate
check(negate)
```

```{code-cell} ipython3
:tags: [reveal]
:exercise: which-sign
print("minus, not", prediction)
```

```{code-cell} ipython3
:tags: [raises-exception]
raise ValueError("on purpose")
```

```{code-cell} ipython3
print("one", flush=True)
print(word)
2 + 2
```
'''


COURSE_YOURS = """\

+++ {"tags": ["exercise"], "exercise": "softmax", "minutes": 5, "points": 1, "level": 1}

### Exercise: softmax

Write `softmax`.

```{code-cell} ipython3
:tags: [answer]
:exercise: softmax
def softmax(scores):
    ### BEGIN SOLUTION
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)
    ### END SOLUTION
```

```{code-cell} ipython3
:tags: [check]
:exercise: softmax
checks.check(softmax)
```

```{code-cell} ipython3
softmax = checks.yours(softmax)
```

```{code-cell} ipython3
print(softmax(np.arange(5) / 3).tolist())
```

+++ {"tags": ["exercise"], "exercise": "softmax_with_temperature", "minutes": 5, "points": 1, "level": 1}

### Exercise: bolder or more timid

Write `softmax_with_temperature` on your `softmax`.

```{code-cell} ipython3
:tags: [answer]
:exercise: softmax_with_temperature
def softmax_with_temperature(scores, temperature):
    ### BEGIN SOLUTION
    return softmax(scores / temperature)
    ### END SOLUTION
```

```{code-cell} ipython3
:tags: [check]
:exercise: softmax_with_temperature
checks.check(softmax_with_temperature)
```
"""

COURSE_MODULE = """\
from pathlib import Path

WORDS = Path(__file__).parent / "data" / "words.txt"
"""


def course_folder(root):
    """Return a folder made into a project with one chapter that has not been built."""
    (root / "book").mkdir(parents=True)
    (root / "mha_lib" / "data").mkdir(parents=True)
    (root / "book" / "01_tiny.md").write_text(COURSE_CHAPTER, "utf-8")
    (root / "mha_lib" / "attention.py").write_text(COURSE_MODULE)
    (root / "mha_lib" / "data" / "words.txt").write_text("cat\n")
    (root / "constraints.txt").write_text("numpy==2.4.6\n")
    (root / "pyproject.toml").write_text('[project]\n[project.urls]\nRepository = "https://example.org/book"\n')
    return root


@pytest.fixture(autouse=True)
def _closed_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="session")
def course_built(tmp_path_factory):
    """Return the chapter of a project that has been built; tests must not change it."""
    from course.build import __main__ as build  # here, so that other tests need not wait for it

    root = course_folder(tmp_path_factory.mktemp("course") / "project")
    with contextlib.redirect_stdout(io.StringIO()):
        assert build.main([], root) == 0
    return Chapter(root, "01_tiny")


@pytest.fixture(scope="session")
def course_with_yours(course_built, tmp_path_factory):
    """Return the tiny chapter in which a later cell, which prints all digits, and a later answer build on an answer."""
    from course.build import __main__ as build

    root = tmp_path_factory.mktemp("yours") / "project"
    shutil.copytree(course_built.root, root)
    chapter = Chapter(root, "01_tiny")
    brought = 'word = "two"\nimport numpy as np\nfrom mha_lib import checks'
    chapter.source.write_text(COURSE_CHAPTER.replace('word = "two"', brought) + COURSE_YOURS, "utf-8")
    with contextlib.redirect_stdout(io.StringIO()):
        assert build.main([], root) == 0
    return chapter


@pytest.fixture
def course_copy(course_built, tmp_path):
    """Return the chapter of a built project that a test may change."""
    shutil.copytree(course_built.root, tmp_path / "project")
    return Chapter(tmp_path / "project", "01_tiny")


@pytest.fixture
def course_unbuilt(tmp_path):
    """Return the chapter of a project that has not been built."""
    return Chapter(course_folder(tmp_path / "project"), "01_tiny")
