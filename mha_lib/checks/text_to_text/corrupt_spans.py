"""Exercise corrupt_spans: spans and sentinels."""

import numpy as np

from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.diagnosis.parts import parts_call
from mha_lib.text_to_text import tasks as text_to_text

WHICH_SENTINEL = "Two spans are missing. How does the target say which of its words belong to which of them?"


STOP = "A span is written (start, stop). Does the token at stop belong to it, as in Python's slices?"


NOTHING_LOST = "Put every token of the text on one of two heaps, shown or hidden. Is each on exactly one of yours?"
LAST_ONE = "How does the reader of the target know that the last span is over, and that no other is missing?"


BOTH_TEXTS = parts_call("source", "target")


def corrupt_spans(tokens, spans, sentinels):
    """Return (source, target): a sentinel for each span, and each span after its sentinel."""
    source, target, end = [], [], 0
    for (start, stop), sentinel in zip(spans, sentinels, strict=False):
        source += [*tokens[end:start], sentinel]
        target += [sentinel, *tokens[start:stop]]
        end = stop
    source += [*tokens[end:]]
    target += [sentinels[len(spans)]]
    return np.array(source), np.array(target)


def corrupt_by_cutting(tokens, spans, sentinels):
    """Return the same: the text cut at every edge, shown and hidden pieces in turns."""
    pieces = np.split(tokens, np.ravel(spans))
    shown, hidden = pieces[0::2], pieces[1::2]
    marks = [sentinels[i : i + 1] for i in range(len(spans) + 1)]
    source = [part for pair in zip(shown, marks[:-1], strict=False) for part in pair]
    target = [part for pair in zip(marks, hidden, strict=False) for part in pair]
    return np.concatenate([*source, shown[-1]]), np.concatenate([*target, marks[-1]])


def corrupt_from_the_end(tokens, spans, sentinels):
    """Return the same, spans put in place from right to left, so that earlier places keep their numbers."""
    source, target = list(tokens), [sentinels[len(spans)]]
    for i in range(len(spans) - 1, -1, -1):
        start, stop = spans[i]
        target = [sentinels[i], *tokens[start:stop], *target]
        source[start:stop] = [sentinels[i]]
    return np.array(source), np.array(target)


def corrupt_as_one(tokens, spans, sentinels):
    """Return the mistake of giving spans that touch one sentinel together."""
    joined = []
    for start, stop in np.asarray(spans).tolist():
        if joined and joined[-1][1] == start:
            joined[-1][1] = stop
        else:
            joined.append([start, stop])
    return corrupt_spans(tokens, joined, sentinels)


def span_probes(rng):
    """Return texts and spans: the worked example, one at either edge, touching, nothing hidden, everything, random."""
    marks = np.array([99, 98, 97, 96, 95])
    return [
        Probe("the worked example", (np.arange(10, 16), np.array([[1, 2], [4, 5]]), marks[:3])),
        Probe("a span at either end", (np.arange(21, 28), np.array([[0, 2], [5, 7]]), marks)),
        Probe("nothing hidden", (np.array([7, 7, 4]), np.zeros((0, 2), dtype=int), marks)),
        Probe("everything hidden", (np.array([5, 6, 8]), np.array([[0, 3]]), marks)),
        Probe(
            "three spans of 1, 3 and 2 tokens", (rng.integers(10, 90, 12), np.array([[1, 2], [4, 7], [9, 11]]), marks)
        ),
        Probe("two spans that touch", (rng.integers(10, 90, 9), np.array([[2, 4], [4, 5], [7, 8]]), marks)),
    ]


def keeps_tokens(texts, tokens, spans, sentinels):
    """Return whether shown and hidden tokens together are the text."""
    found = np.concatenate([np.ravel(text) for text in texts.values()])
    return sorted(found[~np.isin(found, sentinels)].tolist()) == sorted(tokens.tolist())


EXERCISE = Exercise(
    reference=text_to_text.corrupt_spans,
    worked=corrupt_spans,
    returns="(source, target), two arrays of integers",
    probes=span_probes,
    mistakes=(
        edit("no sentinel at the end of the target", LAST_ONE, ("    target += [sentinels[len(spans)]]\n", "")),
        edit("the first sentinel again at the end", LAST_ONE, ("sentinels[len(spans)]", "sentinels[0]")),
        edit("the last of all sentinels at the end", LAST_ONE, ("sentinels[len(spans)]", "sentinels[-1]")),
        edit(
            "a final sentinel in the source too",
            "What does the source show where nothing is missing?",
            ("[*tokens[end:]]", "[*tokens[end:], sentinels[len(spans)]]"),
        ),
        edit("the rest of the text is lost", NOTHING_LOST, ("    source += [*tokens[end:]]\n", "")),
        edit(
            "one sentinel for all spans",
            WHICH_SENTINEL,
            ("zip(spans, sentinels, strict=False)", "zip(spans, [sentinels[0]] * len(spans), strict=False)"),
        ),
        edit(
            "a sentinel for every hidden token",
            "Three tokens in a row are hidden. By how much does the source get shorter?",
            ("[*tokens[end:start], sentinel]", "[*tokens[end:start], *[sentinel] * (stop - start)]"),
        ),
        edit("one token too many in the target", STOP, ("tokens[start:stop]", "tokens[start : stop + 1]")),
        edit(
            "the stop belongs to the span",
            STOP,
            ("tokens[start:stop]", "tokens[start : stop + 1]"),
            ("end = stop", "end = stop + 1"),
        ),
        edit(
            "sentinels behind their spans",
            "The target is read from left to right. What must the reader know before the hidden words come?",
            ("[sentinel, *tokens[start:stop]]", "[*tokens[start:stop], sentinel]"),
        ),
        edit("the hidden tokens stay in the source", NOTHING_LOST, ("end = stop", "end = start")),
        edit(
            "sentinels sorted by number",
            "Their numbers are only names. In which order were they given?",
            ("source, target, end = [], [], 0", "source, target, end, sentinels = [], [], 0, np.sort(sentinels)"),
        ),
        edit(
            "source and target exchanged",
            "Which of the two does the encoder read?",
            ("np.array(source), np.array(target)", "np.array(target), np.array(source)"),
        ),
        rewrite(
            "touching spans share a sentinel",
            "Two spans, one right after the other. How many sentinels were asked for?",
            corrupt_as_one,
        ),
    ),
    equivalents=(corrupt_by_cutting, corrupt_from_the_end),
    hints=(
        "Walk over the spans from left to right, and remember where the last one ended.",
        "For each span: the source gets what lies before it and a sentinel, the target the sentinel and the span.",
        "After the loop two things are left: tokens[end:] for the source and one more sentinel for the target.",
    ),
    properties=(Property("every token is in one of the two texts, once", keeps_tokens),),
    call=BOTH_TEXTS,
)
