"""One submission, from its file to its marks. Runs in a worker; what it returns is plain data."""

import hashlib
import re
from dataclasses import asdict

from course.grade.inside import wire
from course.grade.marking import PUBLIC, REFUSED, TIME_LIMIT, explained, job_for, mark, refused, way
from course.grade.session import Session
from course.grade.submission import Unreadable, cells_of, read_bytes
from mha_lib.diagnosis.exercise import NOT_ATTEMPTED, RIGHT
from mha_lib.diagnosis.exposure import Exposure

TORCH = re.compile(r"^\s*(?:import|from)\s+torch\b", re.MULTILINE)
UNREADABLE, GRADED = "unreadable", "graded"
NOTHING_TO_EXPLAIN = (RIGHT, NOT_ATTEMPTED, TIME_LIMIT, REFUSED)


def grade(place, items, seed, path):
    """Return what a submission gets: status, note, hash of the file, and a mark for each exercise."""
    try:
        data = read_bytes(path)
        cells = cells_of(data)
        wire.dumps(cells)
    except (Unreadable, OSError) as error:
        return ungraded(items, str(error) if isinstance(error, Unreadable) else f"This file cannot be read: {error}.")
    marks = marks_for(place, items, seed, cells)
    return {"status": GRADED, "note": "", "hash": digest(data), "marks": list(map(asdict, marks))}


def ungraded(items, note):
    """Return what a file gets that cannot be graded: no points, and why."""
    marks = [asdict(refused(item, UNREADABLE, note)) for item in items]
    return {"status": UNREADABLE, "note": note, "hash": "", "marks": marks}


def digest(data):
    """Return the hash by which a file can be recognised."""
    return hashlib.sha256(data).hexdigest()


def marks_for(place, items, seed, cells):
    """Return the marks: by the secret seed; what is not right is asked again on public inputs, to be explained."""
    written = [item for item in items if any(item.id in source for _, source in cells)]
    with Session(place, wants_torch(cells, written)) as session:
        marks = {item.id: asked(session, item, cells, seed) for item in written}
    return [marks.get(item.id) or refused(item, *absent(item)) for item in items]


def wants_torch(cells, items):
    """Return whether PyTorch should be loaded before the answers are tried."""
    imported = any(TORCH.search(source) for _, source in cells)
    return imported or any(way(item.exercise)[0] != "plain" for item in items)


def absent(item):
    """Return the status and the words for a name that stands nowhere in a notebook."""
    return NOT_ATTEMPTED, f"There is no function {item.id} in your notebook."


def asked(session, item, cells, seed):
    """Return the mark of one exercise, with words that tell nothing of the graded inputs.

    An answer calls the book's functions where it calls earlier exercises. If it is not right with them, and the
    notebook has functions of its own under these names, it is tried with these: a helper may mean something else.
    """
    answer = session.ask(job_for(item, cells, seed))
    graded = careful(item, answer, seed)
    if answer.left_own and graded.status not in NOTHING_TO_EXPLAIN:
        again = careful(item, session.ask(job_for(item, cells, seed, keeps_own=True)), seed)
        graded = again if again.status == RIGHT else graded
    if graded.status in NOTHING_TO_EXPLAIN or isinstance(item.exercise, Exposure):
        return graded
    return explained(graded, careful(item, session.ask(job_for(item, cells, PUBLIC)), PUBLIC))


def careful(item, answer, seed):
    """Return a mark whatever comes: an answer that trips the judge itself gets nothing, and says so."""
    try:
        return mark(item, answer, seed)
    except Exception as error:  # one answer must never stop the run
        return refused(item, "error", f"This answer could not be judged ({type(error).__name__}). Tell your teacher.")
