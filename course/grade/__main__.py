"""Grade a folder of notebooks: `python -m course.grade IN OUT`. GRADING.md says what it promises."""

import argparse
import sys
from pathlib import Path

from course.errors import CourseError
from course.grade import probe, sandbox
from course.grade.order import Order, grade
from course.grade.places import Bubblewrap, Container, Nowhere

NO_SANDBOX = """\
There is no working sandbox, so nothing was graded.
  {reason}
On Debian or Ubuntu: apt-get install bubblewrap. Where unprivileged user namespaces are switched off (Ubuntu 24.04
by AppArmor, Docker by its seccomp profile), allow them for bwrap, or use --container IMAGE.
--unsafe-no-sandbox runs strangers' code with your rights, and says so in every output."""


def main(argv=None):
    """Grade what the command line names; return 0 if all was graded, 2 if it could not begin, 130 if interrupted."""
    options = parse_arguments(argv)
    try:
        place = choose_place(options.container, options.container_program, options.unsafe_no_sandbox)
        print(told(grade(order_for(options, place)), options.out))
    except CourseError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nInterrupted. What is graded is kept; the same command goes on from here.", file=sys.stderr)
        return 130
    return 0


def order_for(options, place):
    """Return what the command line asks for."""
    names = ("folder", "out", "chapters", "private", "seed", "deadline", "workers")
    return Order(**{name: getattr(options, name) for name in names}, place=place)


def told(rows, out):
    """Return a line on what was done."""
    num_exercises = len(rows[0].result["marks"])
    return f"{len(rows)} submissions graded on {num_exercises} exercises. Begin with {out / 'points.csv'}."


def parse_arguments(argv):
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m course.grade", description="Grade a folder of notebooks.")
    parser.add_argument("folder", type=Path, metavar="IN", help="folder of submitted notebooks")
    parser.add_argument("out", type=Path, metavar="OUT", help="folder for the results; an interrupted run goes on")
    parser.add_argument("--chapters", nargs="+", metavar="NN", help="grade these chapters; else those handed in")
    parser.add_argument("--private", type=Path, metavar="FILE", help="Python file with exercises of your own")
    parser.add_argument("--seed", type=int, help="secret seed of the inputs; else a fresh one, which is written down")
    parser.add_argument("--deadline", metavar="STAMP", help="such as 2026-10-03T2359; later stamps are late")
    parser.add_argument("--workers", type=int, default=2, help="how many submissions at a time (default 2)")
    parser.add_argument("--container", metavar="IMAGE", help="run answers in this container image, not in bubblewrap")
    parser.add_argument("--container-program", default="docker", metavar="PROGRAM", help="docker, podman, ...")
    parser.add_argument("--unsafe-no-sandbox", action="store_true", help="run strangers' code unprotected")
    return parser.parse_args(argv)


def choose_place(container, program, unsafe):
    """Return where answers are run, after it has shown that it is closed. Raises CourseError if it is not."""
    if unsafe:
        print("WITHOUT A SANDBOX: strangers' code runs with your rights.", file=sys.stderr)
        return Nowhere()
    place = Container(container, program) if container else Bubblewrap()
    lacking = [] if container else sandbox.missing()
    reason = f"These programs are missing: {', '.join(lacking)}." if lacking else probe.why_not(place)
    if reason:
        raise CourseError(NO_SANDBOX.format(reason=reason))
    print(f"Sandbox: {place.name}; its self-test found every door closed.", file=sys.stderr)
    return place


if __name__ == "__main__":
    sys.exit(main())
