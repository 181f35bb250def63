"""Chapter 21. Logs: made sessions of a file server, some with one step that cannot be right."""

from dataclasses import dataclass

import numpy as np

FILES = ("a", "b", "c", "d", "e", "f")
USES = ("read", "write")
STEPS = ("open", *USES, "close")
PAD, LOGIN, LOGOUT = "[pad]", "login", "logout"
VOCABULARY = (PAD, LOGIN, LOGOUT, *(f"{step} {name}" for step in STEPS for name in FILES))
KINDS = ("wrong file", "left open", "stray step")
MAX_OPEN = 3

_IDS = {event: i for i, event in enumerate(VOCABULARY)}


@dataclass(frozen=True)
class Session:
    """One session as a tuple of events, and its kind: "normal", or one of KINDS."""

    events: tuple[str, ...]
    kind: str = "normal"


def make_session(rng):
    """Return a normal session: files are opened, used while they are open, and all closed again before the logout.

    rng: numpy.random.Generator

    Up to MAX_OPEN files are open at once, and closed in any order.
    """
    events, is_open = [LOGIN], []
    for _ in range(rng.integers(8, 17)):
        step = STEPS[rng.integers(4)] if is_open else "open"
        if step == "open":
            closed = [name for name in FILES if name not in is_open]
            if len(is_open) == MAX_OPEN:
                continue
            is_open.append(closed[rng.integers(len(closed))])
            events.append(f"open {is_open[-1]}")
        else:
            name = is_open[rng.integers(len(is_open))]
            events.append(f"{step} {name}")
            if step == "close":
                is_open.remove(name)
    events += [f"close {is_open[i]}" for i in rng.permutation(len(is_open))]
    return Session((*events, LOGOUT))


def spoil(rng, session, kind):
    """Return a session with one thing wrong, or None where this one gives no occasion for it.

    wrong file    one use or closing is of a file that is not open at that moment
    left open     one closing is missing
    stray step    a second login stands somewhere in the middle
    """
    return _SPOILERS[kind](rng, list(session.events))


def make_sessions(rng, count):
    """Return a list of `count` normal sessions."""
    return [make_session(rng) for _ in range(count)]


def make_anomalies(rng, count, kind):
    """Return a list of `count` sessions that are normal but for one thing of a kind."""
    found = []
    while len(found) < count:
        events = spoil(rng, make_session(rng), kind)
        found += [] if events is None else [Session(tuple(events), kind)]
    return found


def open_files(events):
    """Return the set of files that are open after some events.

    >>> sorted(open_files(("login", "open a", "open b", "close a")))
    ['b']
    """
    is_open = set()
    for event in events:
        step, _, name = event.partition(" ")
        if step == "open":
            is_open.add(name)
        elif step == "close":
            is_open.discard(name)
    return is_open


def first_fault(events):
    """Return the place of the first event that breaks a rule, or None: what a program says that knows the rules.

    >>> first_fault(("login", "read a", "logout")), first_fault(("login", "open a", "logout"))
    (1, 2)
    """
    for place, event in enumerate(events):
        step, _, name = event.partition(" ")
        are_open = open_files(events[:place])
        if (step == "open" and name in are_open) or (step in (*USES, "close") and name not in are_open):
            return place
        if (event == LOGIN) != (place == 0) or (event == LOGOUT) != (place == len(events) - 1):
            return place
    return len(events) - 1 if open_files(events) else None


def is_sound(events):
    """Return whether a session keeps the rules.

    >>> is_sound(("login", "open a", "close a", "logout"))
    True
    """
    return first_fault(events) is None


def encode(sessions):
    """Return the events as integers, each session filled up with padding: (b, n).

    >>> encode([Session(("login", "logout")), Session(("login", "open a", "logout"))]).tolist()
    [[1, 2, 0], [1, 3, 2]]
    """
    ids = np.zeros((len(sessions), max(len(session.events) for session in sessions)), dtype=int)
    for row, session in zip(ids, sessions, strict=True):
        row[: len(session.events)] = [_IDS[event] for event in session.events]
    return ids


def mean_surprise(log_probs, real):
    """Return how surprising each sequence is: the mean of -ln p over its real tokens; 0 if it has none.

    log_probs: (b, n), the log-probability of each token after those before it   real: (b, n) booleans, False: padding
    ->  (b,)

    A mean, so that a long session is not suspicious for its length alone.

    >>> mean_surprise(np.log([[0.5, 0.125, 1e-9]]), np.array([[True, True, False]])).round(4).tolist()
    [1.3863]
    """
    total = np.where(real, -log_probs, 0.0).sum(axis=-1)
    return total / np.maximum(real.sum(axis=-1), 1)


def _wrong_file(rng, events):
    places = [i for i, event in enumerate(events) if event.split(" ")[0] in (*USES, "close")]
    place = places[rng.integers(len(places))]
    closed = sorted(set(FILES) - open_files(events[:place]))
    step = events[place].split(" ")[0]
    events[place] = f"{step} {closed[rng.integers(len(closed))]}"
    return events


def _left_open(rng, events):
    places = [i for i, event in enumerate(events) if event.startswith("close")]
    del events[places[rng.integers(len(places))]]
    return events


def _stray_step(rng, events):
    events.insert(rng.integers(2, len(events) - 1), LOGIN)
    return events


_SPOILERS = dict(zip(KINDS, (_wrong_file, _left_open, _stray_step), strict=True))
