"""Chapter 9. Translation: dates as people write them, from English into four languages.

The texts come from the Unicode Common Locale Data Repository (CLDR) through Babel: its "full" format, as in
"Wednesday, October 9, 2024". Babel carries the data, so nothing is downloaded. A hundred years, `FIRST` to `LAST`, have
36,525 days, which makes 146,100 pairs in four languages; 12 months and 7 weekdays have a name of their own in each.
"""

import functools
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from babel.dates import format_date

FIRST, LAST = date(1950, 1, 1), date(2049, 12, 31)
LANGUAGES = {"fr": "French", "de": "German", "ja": "Japanese", "hu": "Hungarian"}
PAD, START, END = "[pad]", "[start]", "[end]"
PAD_ID, START_ID, END_ID = range(3)
MAX_LEN = 40  # the longest text has 30 characters; a tag or an end, and some room


@dataclass(frozen=True)
class Pair:
    """A date, the code of the language to translate it into, the English text, and that language's text."""

    date: date
    language: str
    source: str
    target: str


def write(day, language):
    """Return a date as CLDR writes it in full. day: datetime.date   language: a code of LANGUAGES, or "en"

    >>> write(date(2024, 10, 9), "hu")
    '2024. október 9., szerda'
    """
    return format_date(day, "full", language)


def make_pairs(days, languages=tuple(LANGUAGES)):
    """Return a list of Pair, every day in every language, the languages of one day side by side.

    >>> make_pairs([date(2024, 10, 9)], ["ja"])[0].target
    '2024年10月9日水曜日'
    """
    return [Pair(day, code, write(day, "en"), write(day, code)) for day in days for code in languages]


def split_pairs(rng, num_train, num_test, languages=tuple(LANGUAGES)):
    """Return (train, test): lists of Pair of `num_train` and of `num_test` days, each in every language.

    rng: numpy.random.Generator

    The split is by day: a day of the test is in training in no language, so no answer can be remembered.
    Raises ValueError if there are not so many days.
    """
    num_days = (LAST - FIRST).days + 1
    if num_train + num_test > num_days:
        raise ValueError(f"{num_train} + {num_test} days are more than the {num_days} from {FIRST} to {LAST}")
    days = [FIRST + timedelta(int(i)) for i in rng.permutation(num_days)[: num_train + num_test]]
    return make_pairs(days[:num_train], languages), make_pairs(days[num_train:], languages)


@functools.cache
def vocabulary():
    """Return all tokens as a tuple: special ones first, then every character that a date of ours can have.

    >>> vocabulary()[:4], len(vocabulary())
    (('[pad]', '[start]', '[end]', '[fr]'), 72)
    """
    return tokens_of(make_pairs([FIRST + timedelta(i) for i in range(400)]))  # every month, weekday and digit


def tokens_of(pairs):
    """Return the tokens that pairs need as a tuple: padding, start, end, a tag a language, then every character.

    pairs: objects with `language`, `source` and `target`, as a list

    >>> tokens_of(make_pairs([date(2024, 10, 9)], ["ja"]))[:6]
    ('[pad]', '[start]', '[end]', '[ja]', ' ', ',')
    """
    tags = dict.fromkeys(f"[{pair.language}]" for pair in pairs)
    return (PAD, START, END, *tags, *sorted({letter for pair in pairs for letter in pair.source + pair.target}))


def encode(texts, tags=None, tokens=None):
    """Return token numbers of texts, each ended by [end] and filled up with [pad] to the longest: integers (b, n).

    tags: a language code for each text, put in front of it: what a source needs, and a target does not
    tokens: all tokens as a tuple, as `tokens_of` returns it; those of dates unless given

    Raises ValueError for a character, or a language, that is not among the tokens.

    >>> ids = encode(["9", "10"], tags=["fr", "ja"])
    >>> [[vocabulary()[i] for i in row] for row in ids]
    [['[fr]', '9', '[end]', '[pad]'], ['[ja]', '1', '0', '[end]']]
    """
    known = _ids(tokens or vocabulary())
    tagged = [[f"[{tag}]"] for tag in tags] if tags is not None else [[] for _ in texts]
    rows = [[_id(token, known) for token in (*tag, *text, END)] for tag, text in zip(tagged, texts, strict=True)]
    ids = np.full((len(rows), max(map(len, rows))), PAD_ID)
    for row, numbers in zip(ids, rows, strict=True):
        row[: len(numbers)] = numbers
    return ids


def decode(ids, tokens=None):
    """Return the texts of token numbers: up to the first [end], special tokens left out. ids: (b, n) -> b texts

    >>> decode(encode(["9 octobre"], tags=["fr"]))
    ['9 octobre']
    """
    tokens = tokens or vocabulary()
    texts = []
    for row in np.asarray(ids).tolist():
        row = row[: row.index(END_ID)] if END_ID in row else row
        texts.append("".join(tokens[i] for i in row if len(tokens[i]) == 1))  # special tokens have more letters
    return texts


def encode_pairs(pairs, tokens=None):
    """Return (sources, labels) of pairs: (b, n) with the language's tag in front, and (b, m); both end in [end]."""
    sources = encode([pair.source for pair in pairs], [pair.language for pair in pairs], tokens)
    return sources, encode([pair.target for pair in pairs], tokens=tokens)


def exact_match(texts, references):
    """Return the share of texts that are their reference to the letter.

    >>> exact_match(["9. Mai", "9. Juni"], ["9. Mai", "9. Juli"])
    0.5
    """
    return sum(text == wanted for text, wanted in zip(texts, references, strict=True)) / len(references)


def bleu(texts, references):
    """Return BLEU over characters, 0 to 100, of a whole list of texts against one reference each, by sacrebleu.

    BLEU is over words as a rule; Japanese has no spaces, so characters serve all four languages alike. Scores of
    different units cannot be compared: state them.
    Source: Papineni et al., 2002, section 2.3; Post, 2018, for what must be stated.

    >>> bleu(["2024年5月9日"], ["2024年5月9日"])
    100.0
    """
    from sacrebleu import corpus_bleu  # takes a second to load, and only scoring needs it

    return round(corpus_bleu(texts, [references], tokenize="char").score, 6)


def locate(text, day, language):
    """Return where the parts of a date stand in its text: a dict of part -> slice, in the text's own order.

    The parts are year, weekday, month and day, as CLDR writes each of them by itself.

    >>> where = locate("2024. október 9., szerda", date(2024, 10, 9), "hu")
    >>> {part: "2024. október 9., szerda"[place] for part, place in where.items()}
    {'year': '2024', 'month': 'október', 'day': '9', 'weekday': 'szerda'}
    """
    found = {}
    for part, pattern in (("year", "y"), ("weekday", "EEEE"), ("month", "MMMM"), ("day", "d")):
        word = format_date(day, pattern, language)
        start = text.index(word)
        found[part] = slice(start, start + len(word))
        text = text[:start] + "#" * len(word) + text[start + len(word) :]  # the day 20 must not be found in 2024
    return dict(sorted(found.items(), key=lambda item: item[1].start))


def attention_by_part(weights, pair):
    """Return how much the parts of a translation attend to the parts of its source, and the names of both, in order.

    weights: (m, n), a row for each token of the target with its end, a column for each of the source with its tag
    ->  (4, 4), the parts' names in the target, the parts' names in the source

    An entry sums over the source's part and is the mean over the target's. Rows need not sum to 1: some weight goes to
    spaces, commas, the tag and the end.
    """
    rows = locate(pair.target, pair.date, pair.language)
    columns = locate(pair.source, pair.date, "en")
    table = [[weights[r, c.start + 1 : c.stop + 1].sum(-1).mean() for c in columns.values()] for r in rows.values()]
    return np.array(table), tuple(rows), tuple(columns)


@functools.cache
def _ids(tokens):
    return {token: i for i, token in enumerate(tokens)}


def _id(token, known):
    if token not in known:
        raise ValueError(
            f"{token!r} is none of the {len(known)} tokens; mha_lib.translation.texts.tokens_of makes them from pairs"
        )
    return known[token]
