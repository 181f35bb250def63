"""Chapter 10. Extractive questions on real documentation: "what type is axis?", answered by a span of the docstring.

NumPy's style of docstring has a section "Parameters" with entries such as

    axis : int, optional
        The axis along which to sum.

Whoever wrote it has stated the type of each parameter after the colon. That makes thousands of questions with answers.
The text comes from `mha_lib.bert.corpus`, so from installed packages; nothing is downloaded.
"""

import re
from collections import Counter
from typing import NamedTuple

import numpy as np
import torch

from mha_lib.bert.fine_tuning import best_span, predictions
from mha_lib.bert.masking import pad_rows

ENTRY = re.compile(r"(\*{0,2}\w+(?:, \*{0,2}\w+)*) : (\S.*)")
OPENS = {"Parameters", "Other Parameters"}
MAX_CHARACTERS = 300  # of the text that is asked: some entries that follow one another
MAX_TOKENS = 128  # of question and text together; longer ones are cut at the end
NO_SPAN = (0, 0)  # both ends at [CLS]: there is no answer here


class Question(NamedTuple):
    """A question in words, the text that is asked, where in it the answer stands, and the parameter that it is about.

    start, stop: characters of the context, the stop exclusive
    """

    text: str
    context: str
    start: int
    stop: int
    name: str = ""

    @property
    def answer(self):
        """Return the right answer, a piece of the context."""
        return self.context[self.start : self.stop]


def questions(docstrings):
    """Return a list of Question on all parameters whose type the docstrings state, in their order.

    docstrings: a list of corpus.Docstring

    The context is a run of entries with at most MAX_CHARACTERS, an entry that is longer being cut at its end. An entry
    of several names, "a, b : float", is a question for each.
    """
    return [question for docstring in docstrings for run in contexts(docstring.text) for question in asked_of(run)]


def contexts(text):
    """Return the runs of entries in a docstring's sections on parameters, each a text.

    >>> contexts("Add.\\n\\nParameters\\nx : float\\n    One.\\ny : int\\n\\nReturns\\nz : float")
    ['x : float\\n    One.\\ny : int']
    """
    runs = []
    for entry in entries(text):
        if runs and len(runs[-1]) + 1 + len(entry) <= MAX_CHARACTERS:
            runs[-1] += "\n" + entry
        else:
            runs.append(entry[:MAX_CHARACTERS])
    return runs


def entries(text):
    """Return the entries of a docstring's sections on parameters: each its line "name : type" and what is indented."""
    found, is_open = [], False
    for line in text.splitlines():
        if line in OPENS:
            is_open = True
        elif is_open and ENTRY.fullmatch(line):
            found.append(line)
        elif is_open and found and line.startswith(" "):
            found[-1] += "\n" + line
        elif line.strip():
            is_open = False
    return found


def asked_of(context):
    """Return a Question on each parameter of a context whose whole line of type is in it."""
    found = []
    for entry in re.finditer(rf"(?m)^{ENTRY.pattern}$", context):
        names = entry[1].replace("*", "").split(", ")
        found += [Question(f"what type is {name}?", context, *entry.span(2), name) for name in names]
    return found


def by_rule(question):
    """Return the answer of a rule that needs no learning: what stands after "NAME :" on its line; "" if nothing does.

    >>> by_rule(Question("what type is axis?", "a : array\\naxis : int", 17, 20, "axis"))
    'int'
    """
    found = re.search(rf"(?m)^{re.escape(question.name)} : (.*)$", question.context)
    return found[1] if found else ""


def token_span(offsets, allowed, start, stop):
    """Return the first and the last token, both inclusive, that hold any of the characters start to stop (exclusive).

    offsets: (n, 2) integers, where each token starts and stops in its text   allowed: (n,) booleans, True for tokens of
    the context: those of the question have offsets too, and mean another text  ->  integers (2,)

    If the context was cut so that characters of the answer are gone, the span is (0, 0), the place of [CLS].
    Source: Devlin et al., 2019, section 4.3, for [CLS] as "no answer".

    >>> offsets = [(0, 0), (0, 4), (0, 0), (0, 1), (2, 3), (4, 7), (0, 0)]
    >>> token_span(offsets, [False] * 3 + [True] * 3 + [False], 4, 7).tolist()
    [5, 5]
    """
    offsets, allowed = np.asarray(offsets), np.asarray(allowed, dtype=bool)
    inside = np.flatnonzero(allowed & (offsets[:, 0] < stop) & (offsets[:, 1] > start))
    if not len(inside) or offsets[inside[-1], 1] < stop:
        return np.array(NO_SPAN)
    return inside[[0, -1]]


class Encoded(NamedTuple):
    """Questions as a model reads them: ids (b, n), allowed (b, n), spans (b, 2), offsets (b, n, 2)."""

    ids: torch.Tensor
    allowed: torch.Tensor
    spans: torch.Tensor
    offsets: np.ndarray


def encode(tokenizer, questions):
    """Return the Encoded of a list of Question: [CLS] question [SEP] context [SEP], cut at MAX_TOKENS and padded."""
    read = tokenizer.encode_batch([(question.text, question.context) for question in questions])
    ids = pad_rows([encoding.ids[:MAX_TOKENS] for encoding in read])
    offsets = np.zeros((*ids.shape, 2), dtype=int)
    allowed = np.zeros(ids.shape, dtype=bool)
    for row, encoding in enumerate(read):
        length = min(len(encoding.ids), MAX_TOKENS)
        offsets[row, :length] = encoding.offsets[:length]
        allowed[row, :length] = [part == 1 for part in encoding.sequence_ids[:length]]
    spans = [
        token_span(offsets[row], allowed[row], question.start, question.stop) for row, question in enumerate(questions)
    ]
    return Encoded(ids, torch.from_numpy(allowed), torch.from_numpy(np.array(spans)), offsets)


def with_answers(encoded):
    """Return (ids, allowed, spans) of those that have an answer within their tokens, for training on."""
    kept = encoded.spans[:, 1] > 0
    return encoded.ids[kept], encoded.allowed[kept], encoded.spans[kept]


def texts_of(spans, encoded, questions):
    """Return the answers as texts, cut from the contexts. spans: (b, 2), first and last token"""
    first, last = np.asarray(spans).T
    rows = range(len(questions))
    starts, stops = encoded.offsets[rows, first, 0], encoded.offsets[rows, last, 1]
    return [question.context[i:j] for question, i, j in zip(questions, starts, stops, strict=True)]


def answers(model, encoded, questions, max_len=24):
    """Return a SpanFinder's answers as texts: the best span of each context, at most `max_len` tokens long."""
    scores = predictions(model, encoded.ids, encoded.allowed).numpy()  # (b, 2, n)
    rows = zip(scores, encoded.allowed.numpy(), strict=True)
    return texts_of([best_span(*row, allowed, max_len) for row, allowed in rows], encoded, questions)


def words(text):
    """Return the words of an answer as SQuAD compares them: lower case, no punctuation, no articles.

    Source: Rajpurkar et al., 2016, section 6.1, and their evaluation script.

    >>> words("An array-like, optional")
    ['arraylike', 'optional']
    """
    plain = re.sub(r"[!-/:-@\[-`{-~]", "", text.lower())
    return re.sub(r"\b(a|an|the)\b", " ", plain).split()


def token_f1(found, wanted):
    """Return how far two lists of words agree, 0 to 1: the harmonic mean of precision and recall, words counted.

    A word that stands twice in one and once in the other is shared once. Two empty lists agree, 1; an empty one and
    another do not, 0.
    Source: Rajpurkar et al., 2016, section 6.1.

    >>> round(token_f1(["int", "optional"], ["int"]), 3)
    0.667
    """
    if not found or not wanted:
        return float(found == wanted)
    shared = (Counter(found) & Counter(wanted)).total()
    return 2 * shared / (len(found) + len(wanted))


def answer_scores(found, wanted):
    """Return the mean exact match and the mean F1 of answers, each a text, by their words."""
    pairs = [(words(one), words(other)) for one, other in zip(found, wanted, strict=True)]
    exact = float(np.mean([one == other for one, other in pairs]))
    return {"exact": exact, "f1": float(np.mean([token_f1(one, other) for one, other in pairs]))}
