"""What the checker says. Every sentence is here, so that they can be read, and bettered, together."""

import inspect
import traceback
from pathlib import Path

import numpy as np

from mha_lib.diagnosis.compare import kind, wrong_part
from mha_lib.diagnosis.run import SECONDS, TooSlow

SMALL = 24
MANY = 6  # a config or a module's inputs have fewer entries than this, its parameters may have more


def right(exercise, probes):
    """Return the one line that a right answer gets."""
    count = f"{len(probes)} checks" if len(probes) > 1 else "1 check"
    telling = " and ".join(probe.label for probe in probes[-2:])
    return f"Right. {exercise.id} passes {count}, among them {telling}."


def not_attempted(exercise):
    """Return what to say while the stub still raises NotImplementedError."""
    return f"Not attempted yet: {exercise.id}. Write your answer in the cell above and run both cells again."


def not_a_function(exercise_id, value):
    """Return what to say where the learner passed something that cannot be called."""
    return f"{exercise_id} must be a function, but this is {article(type(value).__name__)}. Pass it without calling it."


def wrong(exercise, probe, expected, outcome, fault, found):
    """Return the message for an answer that is not right: where, what came, what was expected, and why."""
    lines = [f"Not yet: {exercise.id}.", f"On {probe.label}:"]
    lines += map(indented, shown_input(exercise, probe) + complaint(exercise, expected, outcome, fault))
    return "\n".join(lines + explanation(exercise, probe, outcome, fault, found))


def shown_input(exercise, probe):
    """Return a line for each argument, small arrays in full and large ones by shape."""
    names = (
        ["config", "parameters", "inputs"] if inspect.isclass(exercise.reference) else parameters(exercise.reference)
    )
    given = dict(zip(names, probe.args, strict=False))
    if len(probe.args) > len(given):
        given = {f"{names[0]}[{i}]": value for i, value in enumerate(probe.args)}
    return [hanging(f"{name} = ", show(value)) for name, value in {**given, **probe.kwargs}.items()]


def parameters(function):
    """Return the names of a function's parameters."""
    return list(inspect.signature(function).parameters)


def complaint(exercise, expected, outcome, fault):
    """Return the lines that say what is wrong with one outcome."""
    if fault == "error":
        return [raised(outcome.error)]
    if fault == "mutated":
        return ["the answer is right, but your function changed the array that it was given."]
    if isinstance(expected.value, dict):
        part = wrong_part(expected.value, outcome.value, exercise.rtol, exercise.atol)
        return [f"in the {part}:", *disagreement(exercise, expected.value[part], outcome.value[part], fault)]
    return disagreement(exercise, expected.value, outcome.value, fault)


def disagreement(exercise, expected, value, fault):
    """Return the lines that say how a value is not the expected one."""
    if fault == "type":
        return [wrong_type(exercise, expected, value)]
    if fault == "dtype":
        return [f"you return {kind(value)}; needed are {kind(expected)}: {exercise.returns}."]
    if fault == "shape":
        got, needed = np.shape(value), np.shape(expected)
        return [f"you return shape {got}; here the answer has shape {needed}: {exercise.returns}."]
    return side_by_side(expected, value)


def raised(error):
    """Return one line on an exception: what it says, and the learner's line that it came from."""
    if isinstance(error, TooSlow):
        return f"your function did not return within {SECONDS} seconds. Which loop never ends?"
    if isinstance(error, RecursionError):
        return "your function calls itself without end. When should it stop?"
    told = f"your function stops with {type(error).__name__}: {error}"
    return told + at_line(error)


def at_line(error):
    """Return where in the learner's function an exception came from, if that is known."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not is_ours_or_installed(Path(f.filename))]
    if not frames or not frames[0].line:
        return ""
    return f"\nin your line {frames[0].lineno}: {frames[0].line}"


def is_ours_or_installed(path):
    """Return whether a file belongs to the checker or to an installed package: no learner wrote it."""
    return path.parent == Path(__file__).parent or "site-packages" in path.parts


def wrong_type(exercise, expected, value):
    """Return one line on an answer that is no array or number."""
    if value is None:
        return "your function returns None. Does it end in a return?"
    if isinstance(value, np.ndarray):
        return f"you return an array of dtype {value.dtype}, shape {value.shape}; needed: {exercise.returns}."
    needed = "one number" if np.ndim(expected) == 0 else "a NumPy array"
    return f"you return {article(type(value).__name__)}; needed is {needed}: {exercise.returns}."


def side_by_side(expected, value):
    """Return the learner's answer and the right one, in full where small, else where they first differ."""
    if np.size(expected) <= SMALL:
        return [hanging("you return ", show(value)), hanging("right is   ", show(expected))]
    with np.errstate(all="ignore"):
        differs = ~np.isclose(value, expected, rtol=1e-6, atol=1e-9, equal_nan=True)
    where = tuple(int(i) for i in np.argwhere(differs)[0])
    got, needed = show(np.asarray(value)[where]), show(np.asarray(expected)[where])
    return [f"{differs.sum()} of {differs.size} numbers differ, the first at {list(where)}: you {got}, right {needed}."]


def explanation(exercise, probe, outcome, fault, found):
    """Return the lines that name the mistake, or what holds and what does not where no known one explains it."""
    if len(found) == 1:
        name, hint = found[0]
        return [f"The mistake: {name}.", f"Ask yourself: {hint}"]
    if found:
        lines = ["These explain it:"]
        return lines + [f"  - {name}. Ask yourself: {hint}" for name, hint in found]
    if fault in ("value", "nan"):
        return properties(exercise, probe, outcome)
    return []


def properties(exercise, probe, outcome):
    """Return what is true of the learner's answer and what should be but is not."""
    with np.errstate(all="ignore"):
        holds = [bool(p.holds(outcome.value, *probe.args, **probe.kwargs)) for p in exercise.properties]
    true = [p.claim for p, held in zip(exercise.properties, holds, strict=True) if held]
    false = [p.claim for p, held in zip(exercise.properties, holds, strict=True) if not held]
    lines = ["This is none of the mistakes I know."]
    lines += [f"What holds: {'; '.join(true)}."] if true else []
    return lines + ([f"What should hold and does not: {'; '.join(false)}."] if false else [])


def show(value):
    """Return a value as a learner would write it: four digits, large arrays by their shape."""
    if isinstance(value, dict):
        return show_parts(value)
    if callable(value):
        return f"the function {value.__name__}"
    if isinstance(value, np.ndarray) and value.size > SMALL:
        return f"an array of shape {value.shape}"
    if isinstance(value, np.ndarray) and value.ndim:
        return np.array2string(value, precision=4, suppress_small=np.abs(value).max(initial=0) < 1e4, separator=", ")
    if isinstance(value, (float, np.ndarray, np.floating)):
        return f"{float(value):.6g}"
    return str(value)


def show_parts(parts):
    """Return a dict of values in one line; where it has many, a module's parameters, say how many."""
    if len(parts) > MANY:
        return f"{len(parts)} arrays of random numbers, {sum(map(np.size, parts.values()))} in all"
    return "{" + ", ".join(f"{name}: {show(part)}" for name, part in parts.items()) + "}"


def hanging(head, text):
    """Return `text` after `head`, its later lines aligned below the first."""
    return head + text.replace("\n", "\n" + " " * len(head))


def indented(text):
    """Return the lines of `text`, each two columns to the right."""
    return "  " + text.replace("\n", "\n  ")


def article(noun):
    """Return the noun with "a" or "an" before it."""
    return f"{'an' if noun[0].lower() in 'aeiou' else 'a'} {noun}"
