"""Running a learner's function on an input, whatever it does."""

import contextlib
import copy
import io
import signal
import threading
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

SECONDS = 10


@dataclass(frozen=True)
class Outcome:
    """What came of one call: a value, or the exception; and whether the caller's arrays were changed."""

    value: Any = None
    error: BaseException | None = None
    mutated: bool = False


class TooSlow(Exception):
    """The function did not return in time."""


def run(function, probe, call):
    """Return the outcome of calling `function` on copies of the probe's arguments, in the way of `call`.

    Prints and warnings are swallowed; an exception becomes part of the outcome. Only KeyboardInterrupt passes through.
    """
    args, kwargs = copy.deepcopy((probe.args, probe.kwargs))
    try:
        with quiet(), time_limit(SECONDS):
            value = call(function, *args, **kwargs)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # the learner's code may raise anything, SystemExit too
        return Outcome(error=error, mutated=changed(probe, args, kwargs))
    return Outcome(snapshot(value), mutated=changed(probe, args, kwargs))


@contextlib.contextmanager
def quiet():
    """Swallow what is printed or warned inside."""
    nowhere = io.StringIO()
    with (
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
    ):
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def time_limit(seconds):
    """Raise TooSlow inside after so many seconds, where the platform can (the main thread of Linux and macOS).

    Elsewhere nothing interrupts: stop the kernel by hand.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = signal.signal(signal.SIGALRM, _too_slow)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def _too_slow(signum, frame):
    raise TooSlow


def changed(probe, args, kwargs):
    """Return whether the arguments differ from the probe's after the call."""
    after = type(probe)(probe.label, args, kwargs).arrays()
    before = probe.arrays()
    return len(after) != len(before) or not all(map(same_bits, before, after))


def same_bits(a, b):
    """Return whether two arrays are the same in dtype, shape and every value, NaN equal to NaN."""
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def snapshot(value):
    """Return a copy of an array, so that nothing done later changes what was returned."""
    return value.copy() if isinstance(value, np.ndarray) else value
