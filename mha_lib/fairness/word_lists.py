"""Chapter 22. Word lists: those of a published association test, and what a vocabulary has of them.

A list is somebody's choice. These are in English, of one country and one time, and those of gender know two kinds only.
"""

import re

PUBLISHED = {
    "flowers": (
        *("aster", "clover", "hyacinth", "marigold", "poppy", "azalea", "crocus", "iris", "orchid", "rose"),
        *("bluebell", "daffodil", "lilac", "pansy", "tulip", "buttercup", "daisy", "lily", "peony", "violet"),
        *("carnation", "gladiola", "magnolia", "petunia", "zinnia"),
    ),
    "insects": (
        *("ant", "caterpillar", "flea", "locust", "spider", "bedbug", "centipede", "fly", "maggot", "tarantula"),
        *("bee", "cockroach", "gnat", "mosquito", "termite", "beetle", "cricket", "hornet", "moth", "wasp"),
        *("blackfly", "dragonfly", "horsefly", "roach", "weevil"),
    ),
    "pleasant": (
        *("caress", "freedom", "health", "love", "peace", "cheer", "friend", "heaven", "loyal", "pleasure"),
        *("diamond", "gentle", "honest", "lucky", "rainbow", "diploma", "gift", "honor", "miracle", "sunrise"),
        *("family", "happy", "laughter", "paradise", "vacation"),
    ),
    "unpleasant": (
        *("abuse", "crash", "filth", "murder", "sickness", "accident", "death", "grief", "poison", "stink"),
        *("assault", "disaster", "hatred", "pollute", "tragedy", "divorce", "jail", "poverty", "ugly", "cancer"),
        *("kill", "rotten", "vomit", "agony", "prison"),
    ),
    "career": ("executive", "management", "professional", "corporation", "salary", "office", "business", "career"),
    "family": ("home", "parents", "children", "family", "cousins", "marriage", "wedding", "relatives"),
    "mathematics": ("math", "algebra", "geometry", "calculus", "equations", "computation", "numbers", "addition"),
    "arts": ("poetry", "art", "dance", "literature", "novel", "symphony", "drama", "sculpture"),
    "male terms": ("male", "man", "boy", "brother", "he", "him", "his", "son"),
    "female terms": ("female", "woman", "girl", "sister", "she", "her", "hers", "daughter"),
}
"""Lists of the tests 1, 6 and 7 of Caliskan et al., 2017, supplementary materials."""


def found_in(words, vocabulary):
    """Return the words that a vocabulary has, in the order of the list.

    >>> found_in(("rose", "iris", "lily"), {"iris", "matrix"})
    ('iris',)
    """
    known = set(vocabulary)
    return tuple(word for word in words if word in known)


def in_context(word, texts, width=4):
    """Return the places where a word stands in some texts, with `width` words on either side, as lines.

    texts: strings, in which case and all but the letters a to z are lost

    >>> in_context("fly", ["It is made on the fly, when asked."], width=2)
    ['on the [fly] when asked']
    """
    lines = []
    for text in texts:
        tokens = re.findall("[a-z]+", text.lower())
        for i in (i for i, token in enumerate(tokens) if token == word):
            lines.append(" ".join([*tokens[max(i - width, 0) : i], f"[{word}]", *tokens[i + 1 : i + 1 + width]]))
    return lines
