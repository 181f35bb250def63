"""Exercise rouge_l: ROUGE-L."""

import numpy as np

from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.text_to_text import tasks as text_to_text

IN_COMMON = "Which of the words may you count, if they must stand in the same order in both texts?"


BOTH_SIDES = (
    "A text of one right word has a precision of 1. A text with every word there is has a recall of 1. And yours?"
)


def rouge_l(text, reference):
    """Return the F measure of the longest common subsequence of two texts' words."""
    words, wanted = text.split(), reference.split()
    table = np.zeros((len(words) + 1, len(wanted) + 1))
    for i, word in enumerate(words):
        for j, other in enumerate(wanted):
            longest = max(table[i, j + 1], table[i + 1, j])
            table[i + 1, j + 1] = table[i, j] + 1 if word == other else longest
    common = table[-1, -1]
    if common == 0:
        return 0.0
    precision, recall = common / len(words), common / len(wanted)
    return 2 * precision * recall / (precision + recall)


def rouge_by_recursion(text, reference):
    """Return the same: the first words agree, or one of them is left out."""
    words, wanted = text.split(), reference.split()
    known = {}

    def common(i, j):
        """Return the longest common subsequence of what follows word i and word j."""
        if i == len(words) or j == len(wanted):
            return 0
        if (i, j) not in known:
            same = words[i] == wanted[j]
            known[i, j] = 1 + common(i + 1, j + 1) if same else max(common(i + 1, j), common(i, j + 1))
        return known[i, j]

    return 2 * common(0, 0) / (len(words) + len(wanted))


def text_probes(rng):
    """Return texts: the worked example, Lin's, no word in common, an empty one, repetitions, random ones."""
    words = np.array(["a", "b", "c", "d", "e"])
    first, second = (" ".join(rng.choice(words, size)) for size in (7, 11))
    return [
        Probe("the worked example", ("the old cat sat", "the cat sat down here")),
        Probe("the same words in another order", ("the gunman kill police", "police kill the gunman")),
        Probe("no word in common", ("rain in oslo", "sun at noon")),
        Probe("an empty text", ("", "the cat sat")),
        Probe("a text longer than its reference", ("the old cat sat down on the mat", "the cat sat")),
        Probe("a word again and again", ("the the the the", "the cat and the dog")),
        Probe("words with letters in common", ("star rats art", "tars arts rat star")),
        Probe("random words", (first, second)),
        Probe("a text shorter than its reference", ("warmest rome", "the warmest place is rome , sunny")),
    ]


def within_one(score, text, reference):
    """Return whether a score lies between 0 and 1."""
    return bool(0 <= score <= 1)


F_MEASURE = "2 * precision * recall / (precision + recall)"


EXERCISE = Exercise(
    reference=text_to_text.rouge_l,
    worked=rouge_l,
    returns="a number from 0 to 1",
    probes=text_probes,
    mistakes=(
        edit(
            "a run without gaps instead of a subsequence",
            "May other words stand between those that agree?",
            ("else longest", "else 0 * longest"),
            ("table[-1, -1]", "table.max()"),
        ),
        edit(
            "words in any order",
            IN_COMMON,
            ("table[-1, -1]", "sum(min(words.count(word), wanted.count(word)) for word in set(words))"),
        ),
        edit("one word matched again and again", IN_COMMON, ("table[i, j] + 1 if", "longest + 1 if")),
        edit("precision alone", BOTH_SIDES, (F_MEASURE, "precision")),
        edit("recall alone", BOTH_SIDES, (F_MEASURE, "recall")),
        edit(
            "the plain mean of both",
            "Which mean is near 0 if one of the two is?",
            (F_MEASURE, "(precision + recall) / 2"),
        ),
        edit(
            "the geometric mean of both",
            "Which mean does the statement ask for?",
            (F_MEASURE, "(precision * recall) ** 0.5"),
        ),
        edit("the 2 forgotten", "Two equal texts: what must come out?", ("2 * precision", "precision")),
        edit(
            "divides by the longer text",
            BOTH_SIDES,
            (F_MEASURE, "common / max(len(words), len(wanted))"),
        ),
        edit(
            "characters instead of words",
            "What is one item of your sequences: a letter or a word?",
            ("text.split(), reference.split()", "list(text), list(reference)"),
        ),
        edit(
            "0 / 0 where nothing agrees",
            "Not one word agrees. What are precision and recall, and what is their mean?",
            ("    if common == 0:\n        return 0.0\n", ""),
        ),
    ),
    equivalents=(rouge_by_recursion,),
    hints=(
        "First the longest common subsequence. Compare prefixes: what if their last words agree, and what if not?",
        "table[i + 1, j + 1] is table[i, j] + 1 if the words agree, else the larger of the two neighbours.",
        "precision = common / len(words), recall = common / len(wanted); return 2 p r / (p + r), or 0 if common is 0.",
    ),
    properties=(Property("the score lies between 0 and 1", within_one),),
)
