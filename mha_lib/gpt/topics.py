"""Chapter 12. Topics: the language reference as Python's own `help("assert")` shows it, as text and as numbers.

It lies in the standard library as the module `pydoc_data.topics`, so nothing is downloaded. How much it is depends on
the version of Python: some 79 topics with 465,000 characters, of which a fifth stands in more than one topic.
"""

from pydoc_data.topics import topics as PYDOC_TOPICS

import numpy as np

from mha_lib.bert.corpus import held_modules, unseen

UNKNOWN = "\ufffd"


def topics():
    """Return the topics as a dictionary of name -> text, in order of name, no paragraph twice.

    The topic "compound" repeats "if", "while" and six others word by word. Whoever held "if" out without dropping the
    repetitions would test on what was trained on.

    >>> topics()["assert"].splitlines()[0]
    'The "assert" statement'
    """
    seen = set()
    texts = {name: unseen(PYDOC_TOPICS[name], seen) for name in sorted(PYDOC_TOPICS)}
    return {name: text for name, text in texts.items() if text}


def split_topics(texts, share=0.1, salt=""):
    """Return (train, held_out), two strings: whole topics go one way or the other.

    texts: name -> text   share: how much of all characters is held out at most   salt: another one, another split

    Which topics are held out is decided by a hash of salt and name, see `mha_lib.bert.corpus.held_modules`.
    """
    held = set(held_modules({salt + name: len(text) for name, text in texts.items()}, share))
    sides = [[text for name, text in texts.items() if (salt + name in held) is side] for side in (False, True)]
    return tuple("\n\n\n".join(side) + "\n" for side in sides)


def alphabet(text):
    """Return the symbols that a model of this text knows: one for everything unknown, then its characters in order.

    >>> alphabet("abba")[1:]
    ('a', 'b')
    """
    return (UNKNOWN, *sorted(set(text) - {UNKNOWN}))


def encode(text, symbols):
    """Return the number of each character, an array (n,); a character that is no symbol becomes number 0.

    >>> encode("abc", alphabet("abba")).tolist()
    [1, 2, 0]
    """
    numbers = {symbol: number for number, symbol in enumerate(symbols)}
    return np.array([numbers.get(character, 0) for character in text], dtype=np.int64)


def decode(ids, symbols):
    """Return the text that numbers stand for.

    >>> decode([1, 2, 0], alphabet("abba"))
    'ab\ufffd'
    """
    return "".join(symbols[number] for number in ids)
