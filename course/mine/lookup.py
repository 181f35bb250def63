"""One answer out of a notebook, for `checks.yours("name")` in a later one."""

from course.grade.catalog import worths
from course.mine.answers import answers_in
from course.mine.judging import defined
from course.mine.part import NotAlone, part
from course.project import ROOT, find


def look_up(exercise_id, folders, root=ROOT):
    """Return (function, file, why not): what the notebook in the first folder that has it defines, not yet judged.

    Function or why not is None. What the answer calls of others is the book's.
    """
    known = worths(root)
    chapter = find(root, known[exercise_id].chapter[:2])
    folder = next((each for each in folders if (each / chapter.notebook.name).exists()), None)
    if folder is None:
        return None, None, f"there is no {chapter.notebook.name} beside this notebook"
    found, fault = answers_in(chapter, folder)
    answer = next(each for each in found if each.id == exercise_id)
    if fault or answer.fault or not answer.source:
        return None, answer.file.name, fault or answer.fault or f"yours in {answer.file.name} has not been written yet"
    try:
        code = part(answer, list(known), {}).code
        return defined(exercise_id, code, f"<{exercise_id} of {answer.file.name}>"), answer.file.name, None
    except NotAlone as fault:
        return None, answer.file.name, f"yours in {answer.file.name} cannot be used: {fault}"
    except Exception as error:  # the reader's code may raise anything
        return None, answer.file.name, f"yours in {answer.file.name} stops with {type(error).__name__}: {error}"
