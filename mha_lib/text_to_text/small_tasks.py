"""Chapter 13. Three tasks over one small vocabulary: weather reports to summarise, reviews to translate and classify.

All of it is generated, so nothing is downloaded and there is as much as one asks for. Words are separated by spaces; a
number is written digit by digit. There are 6,912 reviews; each can be translated into French, and classified, so that
only the prefix says which is wanted.
"""

import functools
import itertools
from typing import NamedTuple

import numpy as np

PAD, START, END = "[pad]", "[start]", "[end]"
SENTINELS = tuple(f"<{i}>" for i in range(8))
SPECIAL = (PAD, START, END, *SENTINELS)
PAD_ID, START_ID, END_ID = range(3)
SENTINEL_IDS = np.arange(3, 3 + len(SENTINELS))

TASKS = ("summarise", "translate", "classify")
LABELS = ("negative", "positive")
CITIES = ("oslo", "rome", "paris", "cairo", "lima", "delhi", "tokyo", "quito", "perth", "dakar")
SKIES = ("sunny", "cloudy", "rainy", "windy", "foggy", "stormy")
COLDEST, WARMEST = 10, 99

NOUNS = {  # English: French, and whether it is feminine
    "film": ("le film", False),
    "book": ("le livre", False),
    "game": ("le jeu", False),
    "meal": ("le repas", False),
    "play": ("la pièce", True),
    "song": ("la chanson", True),
    "soup": ("la soupe", True),
    "series": ("la série", True),
}
ADVERBS = {"very": "très", "rather": "plutôt", "really": "vraiment", "quite": "assez"}
GOOD = {  # English: French, masculine and feminine
    "good": ("bon", "bonne"),
    "nice": ("joli", "jolie"),
    "excellent": ("excellent", "excellente"),
    "superb": ("superbe", "superbe"),
    "charming": ("charmant", "charmante"),
    "brilliant": ("brillant", "brillante"),
    "perfect": ("parfait", "parfaite"),
    "original": ("original", "originale"),
    "touching": ("touchant", "touchante"),
    "funny": ("drôle", "drôle"),
    "lovely": ("adorable", "adorable"),
    "fresh": ("frais", "fraîche"),
}
BAD = {
    "bad": ("mauvais", "mauvaise"),
    "boring": ("ennuyeux", "ennuyeuse"),
    "long": ("long", "longue"),
    "weak": ("faible", "faible"),
    "awful": ("affreux", "affreuse"),
    "slow": ("lent", "lente"),
    "dull": ("terne", "terne"),
    "stupid": ("stupide", "stupide"),
    "heavy": ("lourd", "lourde"),
    "ugly": ("laid", "laide"),
    "flat": ("plat", "plate"),
    "terrible": ("terrible", "terrible"),
}
ADJECTIVES = GOOD | BAD
PEOPLE = {"we": "nous l' avons", "you": "vous l' avez", "they": "ils l' ont"}
LIKED = {"liked": "aimé", "loved": "adoré", "admired": "admiré"}
HATED = {"hated": "détesté", "left": "quitté", "criticised": "critiqué"}
VERBS = LIKED | HATED


class Example(NamedTuple):
    """A task, a text to read and the text to write. The prefix is not part of the text: see `prompt`."""

    task: str
    source: str
    target: str


class Fact(NamedTuple):
    """What a report says of one city."""

    city: str
    sky: str
    degrees: int


class Review(NamedTuple):
    """The five words that a review is made of; adjective and verb agree about what they think."""

    noun: str
    adverb: str
    adjective: str
    person: str
    verb: str


def prompt(example):
    """Return what a text-to-text model is given: the task's name and a colon, then the text.

    Source: Raffel et al., 2020, section 2.4.

    >>> prompt(Example("classify", "the film was very good and we liked it .", "positive"))
    'classify : the film was very good and we liked it .'
    """
    return f"{example.task} : {example.source}"


def report(facts):
    """Return a weather report, a sentence a city.

    >>> report([Fact("oslo", "rainy", 12), Fact("rome", "sunny", 31)])
    'oslo is rainy with 1 2 degrees . rome is sunny with 3 1 degrees .'
    """
    return " ".join(f"{city} is {sky} with {_digits(degrees)} degrees ." for city, sky, degrees in facts)


def summary(facts):
    """Return the summary of a report: its warmest city, with sky and degrees.

    >>> summary([Fact("oslo", "rainy", 12), Fact("rome", "sunny", 31)])
    'the warmest place is rome , sunny , with 3 1 degrees .'
    """
    city, sky, degrees = max(facts, key=lambda fact: fact.degrees)
    return f"the warmest place is {city} , {sky} , with {_digits(degrees)} degrees ."


def facts_of(text):
    """Return what a report says, a list of Fact in its order.

    >>> facts_of("oslo is rainy with 1 2 degrees .")
    [Fact(city='oslo', sky='rainy', degrees=12)]
    """
    sentences = [sentence.split() for sentence in text.split(" .") if sentence]
    return [Fact(words[0], words[2], int(words[4] + words[5])) for words in sentences]


def english(review):
    """Return a review as a sentence.

    >>> english(Review("song", "very", "good", "we", "liked"))
    'the song was very good and we liked it .'
    """
    noun, adverb, adjective, person, verb = review
    return f"the {noun} was {adverb} {adjective} and {person} {verb} it ."


def french(review):
    """Return a review in French: what is liked stands before the verb, and adjective and participle agree with it.

    >>> french(Review("song", "very", "good", "we", "liked"))
    "la chanson était très bonne et nous l' avons aimée ."
    """
    noun, is_feminine = NOUNS[review.noun]
    adjective = ADJECTIVES[review.adjective][is_feminine]
    participle = VERBS[review.verb] + "e" * is_feminine
    return f"{noun} était {ADVERBS[review.adverb]} {adjective} et {PEOPLE[review.person]} {participle} ."


def opinion(review):
    """Return what a review thinks, one of LABELS.

    >>> opinion(Review("song", "very", "good", "we", "liked"))
    'positive'
    """
    return LABELS[review.adjective in GOOD]


@functools.cache
def reviews():
    """Return every review as a tuple, those of one opinion side by side.

    >>> len(reviews())
    6912
    """
    sides = ((GOOD, LIKED), (BAD, HATED))
    return tuple(
        Review(*words)
        for adjectives, verbs in sides
        for words in itertools.product(NOUNS, ADVERBS, adjectives, PEOPLE, verbs)
    )


def draw_facts(rng, num_cities=(2, 3)):
    """Return facts of two or three cities, all cities and all degrees different. num_cities: how many there may be"""
    count = int(rng.choice(num_cities))
    cities, skies = rng.permutation(CITIES)[:count], rng.choice(SKIES, count)
    degrees = rng.permutation(np.arange(COLDEST, WARMEST + 1))[:count]
    return [Fact(str(c), str(s), int(d)) for c, s, d in zip(cities, skies, degrees, strict=True)]


def draw_reports(rng, count, num_cities=(2, 3)):
    """Return `count` different examples of the task "summarise"; see `draw_facts`."""
    found = {}
    while len(found) < count:
        facts = draw_facts(rng, num_cities)
        found[report(facts)] = summary(facts)
    return [Example("summarise", text, short) for text, short in found.items()]


def split(rng, num_reports, num_reviews, num_test):
    """Return (train, test), lists of Example: `num_test` of each task in the test, and the rest in training.

    rng: numpy.random.Generator   num_reports, num_reviews: for training; each review is both translated and classified

    No report and no review of the test is in training, under any prefix. Raises ValueError if there are not so many
    reviews.
    """
    if num_reviews + num_test > len(reviews()):
        raise ValueError(f"{num_reviews} + {num_test} reviews are more than the {len(reviews())} that there are")
    reports = draw_reports(rng, num_reports + num_test)
    order = [reviews()[i] for i in rng.permutation(len(reviews()))[: num_reviews + num_test]]
    test = reports[:num_test] + of_reviews(order[:num_test])
    return reports[num_test:] + of_reviews(order[num_test:]), test


def of_reviews(chosen):
    """Return two examples of each review: it is translated, and it is classified."""
    translated = [Example("translate", english(review), french(review)) for review in chosen]
    return translated + [Example("classify", english(review), opinion(review)) for review in chosen]


@functools.cache
def vocabulary():
    """Return all tokens as a tuple: those of SPECIAL, then every word of every text, in the alphabet's order.

    >>> vocabulary()[:5]
    ('[pad]', '[start]', '[end]', '<0>', '<1>')
    """
    facts = [Fact(city, sky, 10) for city, sky in itertools.product(CITIES, SKIES)]
    texts = [*map(report, [facts]), summary(facts), *TASKS, *LABELS, *"0123456789:"]
    texts += [text for review in reviews() for text in (english(review), french(review))]
    return SPECIAL + tuple(sorted({word for text in texts for word in text.split()}))


def encode(texts):
    """Return token numbers of texts, each ended by [end] and filled up with [pad] to the longest: integers (b, n).

    Raises ValueError for a word that is not in the vocabulary.

    >>> [[vocabulary()[i] for i in row] for row in encode(["oslo is", "<0>"])]
    [['oslo', 'is', '[end]'], ['<0>', '[end]', '[pad]']]
    """
    rows = [[_id(word) for word in text.split()] + [END_ID] for text in texts]
    ids = np.full((len(rows), max(map(len, rows))), PAD_ID)
    for row, numbers in zip(ids, rows, strict=True):
        row[: len(numbers)] = numbers
    return ids


def decode(ids):
    """Return the texts of token numbers up to their first [end]; [pad] and [start] are left out. (b, n) -> b texts

    >>> decode(encode(["oslo is <0> with 1 2 degrees ."]))
    ['oslo is <0> with 1 2 degrees .']
    """
    rows = [row[: row.index(END_ID)] if END_ID in row else row for row in np.asarray(ids).tolist()]
    return [" ".join(vocabulary()[i] for i in row if i > END_ID) for row in rows]


def encode_examples(examples):
    """Return (sources, labels) of examples, (b, n) with the prefix in front and (b, m); both end in [end]."""
    return encode([prompt(example) for example in examples]), encode([example.target for example in examples])


def lead_1(text):
    """Return the first sentence of a text: the summary of whoever reads no further.

    >>> lead_1("oslo is rainy with 1 2 degrees . rome is sunny with 3 1 degrees .")
    'oslo is rainy with 1 2 degrees .'
    """
    return text.partition(" .")[0] + " ."


def first_city(text):
    """Return a summary filled in from the report's first city, whether or not it is the warmest.

    >>> first_city("oslo is rainy with 1 2 degrees . rome is sunny with 3 1 degrees .")
    'the warmest place is oslo , rainy , with 1 2 degrees .'
    """
    return summary(facts_of(text)[:1])


def masculine(text):
    """Return a translation by the dictionary alone, in the masculine throughout: it never asks which noun it was.

    >>> masculine("the song was very good and we liked it .")
    "la chanson était très bon et nous l' avons aimé ."
    """
    _, noun, _, adverb, adjective, _, person, verb, *_ = text.split()
    words = (NOUNS[noun][0], ADVERBS[adverb], ADJECTIVES[adjective][False], PEOPLE[person], VERBS[verb])
    return "{} était {} {} et {} {} .".format(*words)


def short_review(noun, adverb, adjective):
    """Return a review that says what was thought, and not what the thinker did.

    >>> short_review("song", "very", "good")
    'the song was very good .'
    """
    return f"the {noun} was {adverb} {adjective} ."


def _digits(number):
    return " ".join(str(number))


@functools.cache
def _ids():
    return {word: i for i, word in enumerate(vocabulary())}


def _id(word):
    if word not in _ids():
        raise ValueError(f"the word {word!r} is in none of the texts; the vocabulary has {len(vocabulary())} tokens")
    return _ids()[word]
