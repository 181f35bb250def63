"""Exercise cut_word: cut a word."""

import numpy as np

from mha_lib.bert import wordpiece
from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.exercise import Exercise, Probe

PIECE = "Inside of a word a piece is written with ## in front. When is a piece inside?"
NOTHING_FITS = "No piece fits what is left. What becomes of the whole word, by the statement?"


def cut_word(word, vocabulary):
    """Return the numbers of the longest pieces, one after the other; [UNK] alone if a rest has none."""
    numbers, start = [], 0
    while start < len(word):
        mark = "##" if start > 0 else ""
        stop = len(word)
        while stop > start and mark + word[start:stop] not in vocabulary:
            stop = stop - 1
        if stop == start:
            return np.array([vocabulary.index("[UNK]")])
        numbers.append(vocabulary.index(mark + word[start:stop]))
        start = stop
    return np.array(numbers)


def cut_word_by_recursion(word, vocabulary, mark=""):
    """Return the same: the longest piece, then what is left of the word."""
    for stop in range(len(word), 0, -1):
        if mark + word[:stop] in vocabulary:
            rest = cut_word_by_recursion(word[stop:], vocabulary, "##") if stop < len(word) else np.array([], dtype=int)
            unknown = vocabulary.index("[UNK]")
            return rest if unknown in rest else np.array([vocabulary.index(mark + word[:stop]), *rest])
    return np.array([vocabulary.index("[UNK]")])


def cut_from_the_end(word, vocabulary):
    """Return the mistake of taking the longest piece at the end of the word, and going on to the left."""
    numbers, stop = [], len(word)
    while stop > 0:
        start = next((i for i in range(stop) if ("##" if i else "") + word[i:stop] in vocabulary), None)
        if start is None:
            return np.array([vocabulary.index("[UNK]")])
        numbers.insert(0, vocabulary.index(("##" if start else "") + word[start:stop]))
        stop = start
    return np.array(numbers)


def cut_probes(rng):
    """Return words and vocabularies: the worked example, whole words, unknown letters, greed that does not pay."""
    small = ["un", "##mask", "##ed", "mask", "##m", "##e", "ed", "[UNK]"]
    letters = ["a", "[UNK]", "##a", "b", "##b", "ab", "##ab", "ba", "##ba", "aba", "##bab"]
    words = ["".join(rng.choice(["a", "b"], length)) for length in (5, 7, 8)]
    return [
        Probe("the worked example", ("unmasked", small)),
        Probe("a word of the vocabulary", ("mask", small)),
        Probe("a single letter", ("a", letters)),
        *[Probe(f"a word of {len(word)} letters", (word, letters)) for word in words],
        Probe("an unknown letter at the end", ("unmaskz", small)),
        Probe("an unknown letter at the beginning", ("zunmask", small)),
        Probe("an unknown letter inside", ("abcab", letters)),
        Probe("greed that ends in [UNK]", ("abcd", ["[PAD]", "[UNK]", "ab", "abc", "##cd", "a", "##b", "##c"])),
        Probe("a word that ends like another", ("ababab", letters)),
    ]


EXERCISE = Exercise(
    reference=wordpiece.cut_word,
    worked=cut_word,
    returns="the numbers of the pieces: integers (n,)",
    probes=cut_probes,
    mistakes=(
        edit(
            "the shortest piece first",
            "Of all pieces that fit, which one is taken?",
            ("stop = len(word)\n", "stop = start + 1\n"),
            ("while stop > start and", "while stop <= len(word) and"),
            ("stop = stop - 1", "stop = stop + 1"),
            ("if stop == start", "if stop > len(word)"),
        ),
        edit("no ## inside of a word", PIECE, ('"##" if start > 0 else ""', '""')),
        edit("## before the first piece too", PIECE, ('"##" if start > 0 else ""', '"##"')),
        edit(
            "what was cut before the unknown rest is kept",
            NOTHING_FITS,
            ('np.array([vocabulary.index("[UNK]")])', 'np.array([*numbers, vocabulary.index("[UNK]")])'),
        ),
        edit(
            "an [UNK] for each letter that is unknown",
            NOTHING_FITS,
            (
                'return np.array([vocabulary.index("[UNK]")])',
                'numbers.append(vocabulary.index("[UNK]"))\n            start = start + 1\n            continue',
            ),
        ),
        edit(
            "unknown letters are dropped",
            NOTHING_FITS,
            (
                'return np.array([vocabulary.index("[UNK]")])',
                "start = start + 1\n            continue",
            ),
        ),
        edit(
            "the end is dropped if it is unknown",
            NOTHING_FITS,
            ('return np.array([vocabulary.index("[UNK]")])', "break"),
        ),
        edit(
            "number 0 for [UNK]",
            "Where does [UNK] stand in this vocabulary?",
            ('np.array([vocabulary.index("[UNK]")])', "np.array([0])"),
        ),
        edit(
            "never a whole word",
            "A word that the vocabulary has: how many pieces should it be?",
            ("stop = len(word)\n", "stop = len(word) - (start == 0)\n"),
        ),
        rewrite("cut from the end", "From which end of the word is the longest piece taken?", cut_from_the_end),
    ),
    equivalents=(cut_word_by_recursion,),
    hints=(
        "Begin at the front. Try the whole rest of the word, then one letter less, until the vocabulary has it.",
        "Pieces after the first are looked up with ## in front. If not even one letter fits, the word is [UNK].",
        'mark = "##" if start > 0 else ""; lower stop until mark + word[start:stop] in vocabulary; go on at stop.',
    ),
)
