"""Number words are spelled as grammars spell them, and the parts that a test is about stay out of training."""

import numpy as np
import pytest

from mha_lib.translation import number_words
from mha_lib.translation import texts as translation
from mha_lib.translation.number_words import LIMIT, make_pairs, spell, split_numbers
from mha_lib.translation.texts import LANGUAGES

# By the rules of each language: the Imprimerie nationale's, Duden's, those of the Hungarian Academy.
PUBLISHED = {
    "en": {
        0: "zero",
        13: "thirteen",
        21: "twenty-one",
        40: "forty",
        80: "eighty",
        99: "ninety-nine",
        100: "one hundred",
        101: "one hundred and one",
        200: "two hundred",
        1000: "one thousand",
        1001: "one thousand and one",
        1100: "one thousand one hundred",
        12_345: "twelve thousand three hundred and forty-five",
        100_000: "one hundred thousand",
    },
    "fr": {
        0: "zéro",
        16: "seize",
        17: "dix-sept",
        21: "vingt et un",
        22: "vingt-deux",
        61: "soixante et un",
        70: "soixante-dix",
        71: "soixante et onze",
        77: "soixante-dix-sept",
        80: "quatre-vingts",
        81: "quatre-vingt-un",
        91: "quatre-vingt-onze",
        99: "quatre-vingt-dix-neuf",
        100: "cent",
        101: "cent un",
        200: "deux cents",
        201: "deux cent un",
        280: "deux cent quatre-vingts",
        1000: "mille",
        1100: "mille cent",
        2000: "deux mille",
        80_000: "quatre-vingt mille",
        200_000: "deux cent mille",
        300_200: "trois cent mille deux cents",
    },
    "de": {
        1: "eins",
        16: "sechzehn",
        17: "siebzehn",
        21: "einundzwanzig",
        30: "dreißig",
        60: "sechzig",
        71: "einundsiebzig",
        81: "einundachtzig",
        99: "neunundneunzig",
        100: "einhundert",
        101: "einhunderteins",
        200: "zweihundert",
        1000: "eintausend",
        1100: "eintausendeinhundert",
        21_000: "einundzwanzigtausend",
        101_000: "einhunderteintausend",
    },
    "hu": {
        2: "kettő",
        11: "tizenegy",
        12: "tizenkettő",
        20: "húsz",
        21: "huszonegy",
        30: "harminc",
        71: "hetvenegy",
        99: "kilencvenkilenc",
        100: "száz",
        200: "kétszáz",
        222: "kétszázhuszonkettő",
        1000: "ezer",
        1100: "ezeregyszáz",
        1999: "ezerkilencszázkilencvenkilenc",
        2000: "kétezer",
        2001: "kétezer-egy",
        12_345: "tizenkétezer-háromszáznegyvenöt",
    },
    "ja": {
        0: "〇",
        10: "十",
        21: "二十一",
        71: "七十一",
        100: "百",
        200: "二百",
        1000: "千",
        1100: "千百",
        10_000: "一万",
        12_345: "一万二千三百四十五",
        100_000: "十万",
        999_999: "九十九万九千九百九十九",
    },
}
EVERY_13TH = range(0, LIMIT, 13)


@pytest.mark.parametrize("language", PUBLISHED)
def test_numbers_are_spelled_as_published(language):
    wanted = PUBLISHED[language]
    assert {number: spell(number, language) for number in wanted} == wanted


@pytest.mark.parametrize("language", PUBLISHED)
def test_no_two_numbers_share_their_words(language):
    words = {spell(number, language) for number in EVERY_13TH}
    assert len(words) == len(EVERY_13TH)


def test_there_are_words_for_the_languages_of_the_chapter_and_no_other():
    assert set(number_words.WRITERS) == {"en", *LANGUAGES} == set(PUBLISHED)
    with pytest.raises(ValueError, match="language 'es'; there are en, fr, de, ja, hu"):
        spell(1, "es")


@pytest.mark.parametrize("number", [-1, LIMIT])
def test_a_number_outside_of_the_range_is_refused(number):
    with pytest.raises(ValueError, match=rf"the number {number} must be at least 0 and below 1000000"):
        spell(number, "fr")


@pytest.fixture(scope="module")
def split():
    return split_numbers(np.random.default_rng(0), 500, 40)


def test_the_three_parts_have_no_number_in_common(split):
    train, seen, unseen = map(set, split)
    assert (len(train), len(seen), len(unseen)) == (500, 40, 40)
    assert not train & seen
    assert not train & unseen
    assert not seen & unseen


def test_seventy_thousand_and_its_like_are_unseen_in_training_and_always_in_the_third_part(split):
    train, seen, unseen = split
    assert not any(70 <= n // 1000 % 100 < 80 for n in train + seen)
    assert all(70 <= n // 1000 % 100 < 80 for n in unseen)
    assert any(70 <= n % 100 < 80 for n in train)
    assert not any("seventy" in spell(n, "en").partition(" thousand")[0] for n in train)
    assert all("seventy" in spell(n, "en").partition(" thousand")[0] for n in unseen)


def test_every_word_of_the_third_part_is_in_training(split):
    train, _, unseen = ({word for n in part for word in spell(n, "en").split()} for part in split)
    assert unseen <= train


def test_more_numbers_than_there_are_are_refused():
    with pytest.raises(ValueError, match="899000 and 100000"):
        split_numbers(np.random.default_rng(0), 0, 100_001)


def test_the_nearest_number_is_near_and_the_first_of_two():
    assert number_words.nearest(10, [100, 7, 13]) == 7


def test_pairs_say_the_same_number_twice_and_can_be_encoded():
    pairs = make_pairs([71, 80])
    assert [(pair.number, pair.language) for pair in pairs[:4]] == [(71, code) for code in LANGUAGES]
    assert all((p.source, p.target) == (spell(p.number, "en"), spell(p.number, p.language)) for p in pairs)
    tokens = translation.tokens_of(pairs)
    _, labels = translation.encode_pairs(pairs, tokens)
    assert translation.decode(labels, tokens) == [pair.target for pair in pairs]
