"""Many submissions, side by side: each is graded once, its marks are kept at once, and a second start goes on."""

import functools
import json
import os
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from tqdm import tqdm

from course.errors import CourseError
from course.grade import catalog, grading
from course.grade.inside import limits
from course.grade.submission import Unreadable, read_bytes

KEPT = ".graded"
STUMBLED = "This file made the grader stumble ({}). Look at it by hand."


def grade_all(found, out, order, workers):
    """Return the marks of all submissions, by id. `order` is (place, exercise ids, private file, seed)."""
    done = {each.id: kept for each in found if (kept := look_up(out, each))}
    waiting = [each for each in found if each.id not in done]
    with tqdm(total=len(found), initial=len(done), desc="Grading", file=sys.stderr, disable=None) as bar:
        for each, result in results(waiting, order, workers):
            keep(out, each, result)
            done[each.id] = result
            bar.update()
    return done


def results(waiting, order, workers):
    """Yield (submission, marks) as they come. If a worker is brought down, the rest are tried each on its own."""
    left = {each.id: each for each in waiting}
    try:
        for each, result in in_pool(waiting, order, workers):
            yield left.pop(each.id), result
    except BrokenProcessPool:
        for each in left.values():
            yield each, alone(each, order)


def in_pool(waiting, order, workers):
    """Yield (submission, marks) from workers side by side; they, and so their sandboxes, end with the grader."""
    with ProcessPoolExecutor(workers, get_context("spawn"), limits.end_with_parent) as pool:
        jobs = {pool.submit(work, *order, each.path): each for each in waiting}
        try:
            for job in as_completed(jobs):
                yield jobs.pop(job), job.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def alone(each, order):
    """Return the marks of one submission, graded in a worker of its own; no points if that is brought down too."""
    try:
        return next(result for _, result in in_pool([each], order, 1))
    except BrokenProcessPool:
        return grading.ungraded(ready(*order[1:3]), STUMBLED.format("it was brought down"))


def work(place, ids, private, seed, path):
    """Return the marks of one file; called in a worker. Whatever trips the grader costs this file alone."""
    try:
        return grading.grade(place, ready(ids, private), seed, path)
    except CourseError:
        raise
    except Exception as error:
        return grading.ungraded(ready(ids, private), STUMBLED.format(type(error).__name__))


@functools.cache
def ready(ids, private):
    """Return the exercises to grade, loaded once in each worker."""
    return catalog.items(ids, private)


def look_up(out, each):
    """Return the marks that were kept for this very file, or None."""
    try:
        path = place_of(out, each, grading.digest(read_bytes(each.path)))
        return json.loads(path.read_text("utf-8"))
    except (Unreadable, OSError, ValueError):
        return None


def keep(out, each, result):
    """Keep marks, whole or not at all."""
    if result["hash"]:
        path = place_of(out, each, result["hash"])
        write(path, json.dumps(result, sort_keys=True))


def place_of(out, each, digest):
    """Return where the marks of a file are kept."""
    return out / KEPT / f"{each.id}-{digest[:24]}.json"


def write(path, text):
    """Write a text file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(path.name + ".half")
    half.write_text(text, "utf-8", newline="\n")
    os.replace(half, path)
