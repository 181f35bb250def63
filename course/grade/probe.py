"""Before anything is graded: is the sandbox closed? A learner's function that tries every door says so from inside."""

from course.errors import CourseError
from course.grade.inside import wire
from course.grade.sandbox import ENVIRONMENT, OURS
from course.grade.session import Job, Session
from course.project import ROOT

HARMLESS = {*ENVIRONMENT, "PATH", "PWD", "HOSTNAME", "LC_CTYPE", "GPG_KEY", "PYTHON_VERSION", "PYTHON_SHA256", "_"}
DOORS = """
import ctypes, importlib, os, socket, threading


def closed(attempt, *arguments):
    try:
        attempt(*arguments)
    except BaseException:
        return True
    return False


def devices():
    try:
        return [name for _, name in socket.if_nameindex()]
    except OSError:
        return []


def rights():
    header, sets = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    if ctypes.CDLL(None).capget(header, sets) or any(sets[i] for i in (0, 1, 3, 4)):
        return
    raise PermissionError


def probe(modules, paths):
    result = {f"import of {name}": closed(importlib.import_module, name) for name in modules}
    result |= {f"file {path}": not os.path.exists(path) for path in paths}
    result |= {f"writing to {folder}": closed(open, f"{folder}/x", "w") for folder in ("", "/tmp", "/dev", "/grader")}
    result["network"] = closed(socket.create_connection, ("192.0.2.1", 80), 0.5)
    result["network devices"] = devices() in ([], ["lo"])
    result["a second process"] = closed(os.fork)
    result["a second thread"] = closed(threading.Thread(target=int).start)
    result["root"] = os.getuid() != 0
    result["rights"] = closed(rights)
    return {"doors": result, "variables": list(os.environ)}
"""


def check(place):
    """Return nothing if the sandbox is closed. Raises CourseError that names the doors that are open."""
    opened = open_doors(tried(place))
    if opened:
        raise CourseError(
            f"The sandbox ({place.name}) is not closed, so nothing was graded. Open: {', '.join(opened)}."
        )


def tried(place):
    """Return what the probe found, as a dict; raises CourseError if it did not come back."""
    modules = [*OURS, *(f"mha_lib.{name}" for name in ("checks", "attention", "diagnosis"))]
    paths = [str(ROOT / name) for name in ("mha_lib", "solutions", "book", "course/grade/marking.py", ".git")]
    job = Job("probe", [[1, DOORS]], {}, "plain", (), [((modules, paths), {})])
    with Session(place, False) as session:
        answer = session.ask(job)
    told = answer.outcomes[0].get("value") if answer.end == "done" and answer.outcomes else None
    if not isinstance(told, dict):
        raise CourseError(f"The sandbox ({place.name}) did not finish its self-test: {answer}.")
    return told


def open_doors(told):
    """Return the names of the doors that are open."""
    opened = [name for name, is_closed in told["doors"].items() if is_closed is not True]
    return opened + [f"the variable {name}" for name in told["variables"] if name not in HARMLESS]


def why_not(place):
    """Return why a place cannot be used here, or None: for tests that are skipped with a reason."""
    try:
        check(place)
    except (CourseError, OSError, wire.WireError) as error:
        return str(error)
    return None
