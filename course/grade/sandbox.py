"""The sandbox: bubblewrap, started as an ordinary user. What can be seen inside, and what cannot.

Inside there is Python, the packages NumPy and PyTorch live in, and `course/grade/inside`; everything read-only. There
is no network, no /proc, no home, no place to write, and no variable of the environment but those set here.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path

from course.grade import seccomp
from course.project import ROOT

INSIDE = Path(__file__).parent / "inside"
SEEN_AS = Path("/grader/inside")
NOBODY = 65534
OURS = ("mha_lib", "course", "tests", "benchmarks")
ENVIRONMENT = {
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    "PYTHONHASHSEED": "0",
    "LANG": "C.UTF-8",
    "HOME": "/tmp",
}
NAMESPACES = ("--unshare-all", "--die-with-parent", "--new-session", "--clearenv", "--cap-drop", "ALL")


def is_root():
    """Return whether this process is root, which has to be dropped before bubblewrap is started."""
    return hasattr(os, "getuid") and os.getuid() == 0


def describe():
    """Return in words which sandbox is used, for every report."""
    version = subprocess.run(["bwrap", "--version"], capture_output=True, text=True, check=True).stdout.split()[-1]
    calls = "calls filtered" if seccomp.is_known() else "calls not filtered"
    return f"bubblewrap {version}, {calls}" + (f", root dropped to uid {NOBODY}" if is_root() else "")


def missing():
    """Return which programs the sandbox needs and this machine has not."""
    needed = ("bwrap", "setpriv") if is_root() else ("bwrap",)
    return [program for program in needed if shutil.which(program) is None]


def command(calls=None):
    """Return the command line that starts the child in the sandbox. `calls` is a descriptor of the filter of calls."""
    rest = [*environment(), "--remount-ro", "/", "--", *child(SEEN_AS.parent)]
    start = ["bwrap", *NAMESPACES, *no_more_namespaces(), *([] if calls is None else ["--seccomp", str(calls)])]
    if is_root():
        return [*without_root(), *start, *visible(SEEN_AS), *rest]
    return [*start, *visible(INSIDE), *rest]


def without_root():
    """Return the start of a command line that drops root.

    Bubblewrap as root would leave root's rights in reach. So root first makes what is needed readable for an ordinary
    user (an interpreter in root's home is not), becomes that user, and only then starts the sandbox. All of that is
    in a space of processes that ends with the grader: root without its rights could not kill what became nobody's.
    """
    see = [
        "bwrap",
        "--die-with-parent",
        "--unshare-pid",
        *visible(INSIDE),
        "--ro-bind",
        "/usr",
        "/usr",
        "--bind",
        "/proc",
        "/proc",
        "--",
    ]
    return [*see, "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--no-new-privs"]


def child(folder):
    """Return how Python is started on the child, which stands in `folder`."""
    paths = [str(folder), *map(str, packages())]
    start = f"import sys; sys.path[:0] = [{paths[0]!r}]; sys.path += {paths[1:]!r}; "
    start += "from inside.child import main; main()"
    return [os.path.realpath(sys.executable), "-s", "-S", "-P", "-B", "-c", start]


def packages():
    """Return the folders that NumPy and PyTorch are imported from."""
    specs = [spec for spec in map(find_spec, ("numpy", "torch")) if spec]
    return sorted({Path(spec.origin).parent.parent for spec in specs})


def no_more_namespaces():
    """Return the options that forbid namespaces inside the sandbox, where this bubblewrap has them."""
    known = subprocess.run(["bwrap", "--help"], capture_output=True, text=True, check=False)
    return ["--unshare-user", "--disable-userns"] if "--disable-userns" in known.stdout + known.stderr else []


def visible(inside):
    """Return the options that put the interpreter, the packages and the child's folder into an empty root."""
    options = [*folder("/tmp"), *folder("/dev"), *system()]
    for path in interpreter():
        options += read_only(path)
    options += hidden(ROOT)
    for path in packages():
        options += read_only(path)
        options += [option for name in OURS for option in hidden(path / name)]
    for device in ("/dev/null", "/dev/urandom"):
        options += ["--dev-bind", device, device]
    return [*options, *folder("/grader"), "--ro-bind", str(inside), str(SEEN_AS)]


def system():
    """Return the options for the system's shared libraries; a merged /usr has links where others have folders."""
    wanted = map(Path, ("/etc/ld.so.cache", "/etc/alternatives", "/usr/lib", "/usr/lib64"))
    options = [option for path in wanted if path.exists() for option in read_only(path)]
    for path in map(Path, ("/lib", "/lib64")):
        if path.is_symlink():
            options += ["--symlink", os.readlink(path), str(path)]
        elif path.is_dir():
            options += read_only(path)
    return options


def interpreter():
    """Return what Python itself needs: the folder that it was installed into; of /usr only its own parts."""
    base = Path(sys.base_prefix)
    if base != Path("/usr"):
        return [base]
    return [Path(os.path.realpath(sys.executable)), Path(sysconfig.get_path("stdlib", vars={"installed_base": "/usr"}))]


def read_only(path):
    """Return the options that show a path, its parents open to an ordinary user."""
    parents = [option for parent in reversed(path.parents) if parent != Path("/") for option in folder(parent)]
    return [*parents, "--ro-bind", str(path), str(path)]


def folder(path):
    """Return the options that make an empty folder which anybody may enter."""
    return ["--perms", "0755", "--dir", str(path)]


def hidden(path):
    """Return the options that put an empty, read-only folder over a path, if there is one to hide in what is shown."""
    shown = [*map(str, interpreter()), *map(str, packages()), "/usr/lib"]
    inside = path.is_dir() and any(str(path).startswith(f"{top}/") for top in shown)
    return ["--tmpfs", str(path), "--remount-ro", str(path)] if inside else []


def environment():
    """Return the options that set the few variables of the environment."""
    return [part for name, value in ENVIRONMENT.items() for part in ("--setenv", name, value)]
