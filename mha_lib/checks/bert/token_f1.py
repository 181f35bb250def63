"""Exercise token_f1: F1."""

from collections import Counter

from mha_lib.bert import question_answering
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.exercise import Exercise, Probe, Property

SHARED = "How often may one word of the right answer be counted as found?"


def token_f1(found, wanted):
    """Return the harmonic mean of precision and recall of the words that two answers share."""
    if not found or not wanted:
        return float(found == wanted)
    shared = sum((Counter(found) & Counter(wanted)).values())
    if shared == 0:
        return 0.0
    precision, recall = shared / len(found), shared / len(wanted)
    return 2 * precision * recall / (precision + recall)


def token_f1_by_crossing_out(found, wanted):
    """Return the same: each word that is found is crossed out in the right answer."""
    left = list(wanted)
    for word in found:
        if word in left:
            left.remove(word)
    lengths = len(found) + len(wanted)
    return 2 * (len(wanted) - len(left)) / lengths if lengths else 1.0


def f1_probes(rng):
    """Return lists of words: the worked example, equal, nothing shared, repeated words, another order, empty ones."""
    lists = [
        ("the worked example", "int optional", "int"),
        ("the same words", "array like", "array like"),
        ("nothing shared", "float", "int"),
        ("a word twice where once is right", "int int", "int float str"),
        ("a word twice in both", "str str list", "str str"),
        ("another order", "like array of ints", "array like"),
        ("too little", "array", "array like of ints"),
        ("too much", "array like of ints or float", "array like"),
        ("nothing found", "", "int"),
        ("nothing to find", "", ""),
        ("something where nothing is right", "int", ""),
    ]
    some = ["int", "float", "str", "list", "of"]
    random = [("random words", rng.choice(some, 7).tolist(), rng.choice(some, 4).tolist())]
    return [Probe(label, (found.split(), wanted.split())) for label, found, wanted in lists] + [
        Probe(label, (found, wanted)) for label, found, wanted in random
    ]


def is_share(value, *args):
    """Return whether the score lies between 0 and 1."""
    return bool(0 <= value <= 1)


SUM_SHARED = "sum((Counter(found) & Counter(wanted)).values())"


HARMONIC = "2 * precision * recall / (precision + recall)"


EXERCISE = Exercise(
    reference=question_answering.token_f1,
    worked=token_f1,
    returns="one number from 0 to 1",
    probes=f1_probes,
    mistakes=(
        edit(
            "each word counts once",
            SHARED,
            (SUM_SHARED, "len(set(found) & set(wanted))"),
            ("shared / len(found), shared / len(wanted)", "shared / len(set(found)), shared / len(set(wanted))"),
        ),
        edit("a word is found again and again", SHARED, (SUM_SHARED, "sum(word in wanted for word in found)")),
        edit(
            "words must stand at the same place",
            "Does the order of the words matter here?",
            (SUM_SHARED, "sum(one == other for one, other in zip(found, wanted))"),
        ),
        edit("precision alone", "What if the answer is one right word of ten?", (HARMONIC, "precision")),
        edit("recall alone", "What if somebody answers with the whole context?", (HARMONIC, "recall")),
        edit(
            "the arithmetic mean",
            "Which mean is small as soon as one of the two is small?",
            (HARMONIC, "(precision + recall) / 2"),
        ),
        edit(
            "the product",
            "Two perfect halves give 1. What do two halves of 0.5 give?",
            (HARMONIC, "precision * recall"),
        ),
        edit(
            "shared over all words",
            "What stands below the line in precision, and what in recall?",
            (HARMONIC, "shared / (len(found) + len(wanted) - shared)"),
        ),
        edit(
            "divides by 0 where nothing is shared",
            "Precision and recall are both 0. What is the harmonic mean of two zeros, as you write it?",
            ("    if shared == 0:\n        return 0.0\n", ""),
        ),
        edit(
            "0 for two empty answers",
            "Nothing was to be found and nothing was. Is that wrong?",
            ("float(found == wanted)", "0.0"),
        ),
    ),
    equivalents=(token_f1_by_crossing_out,),
    hints=(
        "Count the words that both have; a word that stands once in one of them can be shared once.",
        "Precision is shared / len(found), recall shared / len(wanted); three cases would divide by 0.",
        "shared = sum((Counter(found) & Counter(wanted)).values()); 2 * precision * recall / (precision + recall)",
    ),
    properties=(Property("it lies between 0 and 1", is_share),),
)
