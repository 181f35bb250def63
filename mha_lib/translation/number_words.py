"""Chapter 9. Number words: 0 to 999,999 spelled out in English and in the chapter's four languages.

Each language builds its numbers by a rule, and the rules differ. French counts by twenties from 60 to 99. German says
the unit before the ten and writes one long word. Japanese groups by ten thousands, not by thousands. Hungarian changes
the shape of a word that others follow. So a model that translates numbers which it has never seen must have learned the
rules; nobody can look them up.

The spellings: British English with "and"; French of France before the reform of 1990; German in one word; Hungarian
with a hyphen after the thousands above two thousand, and "ezeregyszáz" where "ezerszáz" is in use too; Japanese in its
own numerals.
"""

from dataclasses import dataclass

from mha_lib.translation.texts import LANGUAGES

LIMIT = 1_000_000
ENGLISH = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
ENGLISH_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
FRENCH = (
    *("zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"),
    *("dix", "onze", "douze", "treize", "quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf"),
)
FRENCH_TENS = ("vingt", "trente", "quarante", "cinquante", "soixante", "soixante", "quatre-vingt", "quatre-vingt")
GERMAN = (
    *("null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"),
    *("zehn", "elf", "zwölf", "dreizehn", "vierzehn", "fünfzehn", "sechzehn", "siebzehn", "achtzehn", "neunzehn"),
)
GERMAN_TENS = ("zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig")
HUNGARIAN = ("nulla", "egy", "kettő", "három", "négy", "öt", "hat", "hét", "nyolc", "kilenc")
HUNGARIAN_TENS = ("tíz", "húsz", "harminc", "negyven", "ötven", "hatvan", "hetven", "nyolcvan", "kilencven")
HUNGARIAN_STEMS = {1: "tizen", 2: "huszon"}  # what "tíz" and "húsz" become before a unit
JAPANESE = ("〇", "一", "二", "三", "四", "五", "六", "七", "八", "九")
JAPANESE_PLACES = ((1000, "千"), (100, "百"), (10, "十"), (1, ""))


@dataclass(frozen=True)
class NumberPair:
    """A number, the code of the language to translate it into, its English words, and that language's words."""

    number: int
    language: str
    source: str
    target: str


def spell(number, language):
    """Return a number in words. number: an integer, 0 to 999,999   language: a code of LANGUAGES, or "en"

    Raises ValueError for a number that is too large or negative, or a language that is not known.

    >>> [spell(71, code) for code in ("en", "fr", "de", "hu", "ja")]
    ['seventy-one', 'soixante et onze', 'einundsiebzig', 'hetvenegy', '七十一']
    """
    if language not in WRITERS:
        raise ValueError(f"no words are known for language {language!r}; there are {', '.join(WRITERS)}")
    if not 0 <= number < LIMIT:
        raise ValueError(f"the number {number} must be at least 0 and below {LIMIT}")
    return WRITERS[language](number)


def make_pairs(numbers, languages=tuple(LANGUAGES)):
    """Return a list of NumberPair, every number in every language, the languages of one number side by side.

    >>> make_pairs([80], ["fr"])[0].target
    'quatre-vingts'
    """
    return [NumberPair(int(n), code, spell(n, "en"), spell(n, code)) for n in numbers for code in languages]


def split_numbers(rng, num_train, num_test, missing=range(70, 80), below=LIMIT):
    """Return (train, seen, unseen): lists of different numbers, at least 1,000 and below `below`.

    rng: numpy.random.Generator   missing: the endings of thousands that training never has: 71 in 471,302

    Training has none of them among its thousands, though it has them below a thousand. `seen` are numbers of the same
    kind that are not in training, `unseen` are numbers with those thousands: their parts were seen, never in this
    place.
    Raises ValueError if there are not so many numbers.
    """
    numbers = rng.permutation(below - 1000) + 1000
    is_missing = [n // 1000 % 100 in missing for n in numbers.tolist()]
    common = [n for n, out in zip(numbers.tolist(), is_missing, strict=True) if not out]
    others = [n for n, out in zip(numbers.tolist(), is_missing, strict=True) if out]
    if num_train + num_test > len(common) or num_test > len(others):
        raise ValueError(
            f"{num_train} + {num_test} and {num_test} numbers are more than {len(common)} and {len(others)}"
        )
    return common[:num_train], common[num_train : num_train + num_test], others[:num_test]


def nearest(number, numbers):
    """Return the one of `numbers` that is nearest to a number; of two, the first.

    >>> nearest(500, [700, 300, 499_000])
    700
    """
    return min(numbers, key=lambda other: abs(other - number))


def english(n):
    """Return English words.

    >>> english(1021), english(300_100)
    ('one thousand and twenty-one', 'three hundred thousand one hundred')
    """
    if n < 20:
        return ENGLISH[n]
    if n < 100:
        return ENGLISH_TENS[n // 10 - 2] + ("-" + ENGLISH[n % 10] if n % 10 else "")
    if n < 1000:
        return f"{ENGLISH[n // 100]} hundred" + (f" and {english(n % 100)}" if n % 100 else "")
    joint = " and " if n % 1000 < 100 else " "
    return f"{english(n // 1000)} thousand" + (joint + english(n % 1000) if n % 1000 else "")


def french(n):
    """Return French words.

    >>> french(200), french(280), french(80_000)
    ('deux cents', 'deux cent quatre-vingts', 'quatre-vingt mille')
    """
    if n >= 1000:
        thousands = (
            "" if n < 2000 else french(n // 1000).removesuffix("s" if _is_french_plural(n // 1000) else "") + " "
        )
        return f"{thousands}mille" + (f" {french(n % 1000)}" if n % 1000 else "")
    if n >= 100:
        hundreds = "" if n < 200 else FRENCH[n // 100] + " "
        return hundreds + "cent" + (f" {french(n % 100)}" if n % 100 else "s" if n >= 200 else "")
    return _french_below_100(n)


def _french_below_100(n):
    if n < 20:
        return FRENCH[n]
    ten, rest = n // 10 - 2, n % 10 + (10 if n // 10 in (7, 9) else 0)
    if rest in (1, 11) and n < 80:
        return f"{FRENCH_TENS[ten]} et {FRENCH[rest]}"
    return FRENCH_TENS[ten] + (f"-{FRENCH[rest]}" if rest else "s" if n == 80 else "")


def _is_french_plural(n):
    return n % 100 == 80 or (n % 100 == 0 and n >= 200)  # quatre-vingts and deux cents, which lose it before mille


def german(n):
    """Return German words.

    >>> german(21), german(1101), german(201_000)
    ('einundzwanzig', 'eintausendeinhunderteins', 'zweihunderteintausend')
    """
    if n >= 1000:
        return _before_another(german(n // 1000)) + "tausend" + (german(n % 1000) if n % 1000 else "")
    if n >= 100:
        return _before_another(GERMAN[n // 100]) + "hundert" + (german(n % 100) if n % 100 else "")
    if n < 20:
        return GERMAN[n]
    unit = _before_another(GERMAN[n % 10]) + "und" if n % 10 else ""
    return unit + GERMAN_TENS[n // 10 - 2]


def _before_another(word):
    return word.removesuffix("s") if word.endswith("eins") else word


def hungarian(n):
    """Return Hungarian words.

    >>> hungarian(22), hungarian(2000), hungarian(2022)
    ('huszonkettő', 'kétezer', 'kétezer-huszonkettő')
    """
    if n >= 1000:
        thousands = "" if n < 2000 else _two_before_another(hungarian(n // 1000))
        return thousands + "ezer" + ("-" if n > 2000 and n % 1000 else "") + (_after_thousands(n % 1000))
    if n >= 100:
        hundreds = "" if n < 200 else _two_before_another(HUNGARIAN[n // 100])
        return hundreds + "száz" + (hungarian(n % 100) if n % 100 else "")
    if n < 10 or n % 10 == 0:
        return HUNGARIAN[n] if n < 10 else HUNGARIAN_TENS[n // 10 - 1]
    return HUNGARIAN_STEMS.get(n // 10, HUNGARIAN_TENS[n // 10 - 1]) + HUNGARIAN[n % 10]


def _two_before_another(word):
    return word.removesuffix("kettő") + "két" if word.endswith("kettő") else word


def _after_thousands(n):
    return ("egy" if 100 <= n < 200 else "") + hungarian(n) if n else ""


def japanese(n):
    """Return Japanese numerals: 一 stands before 万, and not before 千, 百 and 十.

    >>> japanese(1100), japanese(110_021)
    ('千百', '十一万二十一')
    """
    if n >= 10_000:
        return japanese(n // 10_000) + "万" + (japanese(n % 10_000) if n % 10_000 else "")
    if n < 10:
        return JAPANESE[n]
    digits = [(n // place % 10, place, sign) for place, sign in JAPANESE_PLACES]
    return "".join(
        ("" if digit == 1 and place > 1 else JAPANESE[digit]) + sign for digit, place, sign in digits if digit
    )


WRITERS = {"en": english, "fr": french, "de": german, "ja": japanese, "hu": hungarian}
