"""The dates say the same in every language, held-out days stay out of all, and the scores are what they claim."""

import re
from datetime import date

import numpy as np
import pytest

from mha_lib import plots
from mha_lib.training import stored_scores
from mha_lib.translation import texts as translation
from mha_lib.translation.texts import (
    LANGUAGES,
    decode,
    encode,
    encode_pairs,
    make_pairs,
    split_pairs,
    vocabulary,
    write,
)


@pytest.fixture(scope="module")
def split():
    return split_pairs(np.random.default_rng(3), 300, 40)


def test_a_known_day_is_written_as_cldr_writes_it():
    assert {code: write(date(2024, 10, 9), code) for code in ("en", *LANGUAGES)} == {
        "en": "Wednesday, October 9, 2024",
        "fr": "mercredi 9 octobre 2024",
        "de": "Mittwoch, 9. Oktober 2024",
        "ja": "2024年10月9日水曜日",
        "hu": "2024. október 9., szerda",
    }


def test_there_is_as_much_as_the_page_says():
    days = (translation.LAST - translation.FIRST).days + 1
    assert f"{days:,} days" in translation.__doc__
    assert f"{days * len(LANGUAGES):,} pairs" in translation.__doc__


def test_every_pair_names_the_same_day_month_and_year(split):
    for pair in split[0]:
        assert str(pair.date.year) in pair.source
        assert str(pair.date.year) in pair.target
        numbers = [int(number) for number in re.findall(r"\d+", pair.target)]
        wanted = [pair.date.day, pair.date.year] + ([pair.date.month] if pair.language == "ja" else [])
        assert sorted(numbers) == sorted(wanted)


def test_no_day_of_the_test_is_in_training_in_any_language(split):
    train, test = split
    assert {pair.date for pair in train}.isdisjoint(pair.date for pair in test)
    assert {pair.source for pair in train}.isdisjoint(pair.source for pair in test)


def test_every_day_comes_in_every_language_once(split):
    train, test = split
    assert (len(train), len(test)) == (1200, 160)
    for pairs in split:
        assert len({(pair.date, pair.language) for pair in pairs}) == len(pairs)
        assert {pair.language for pair in pairs} == set(LANGUAGES)


def test_the_same_generator_state_gives_the_same_split(split):
    assert split_pairs(np.random.default_rng(3), 300, 40) == split
    assert split_pairs(np.random.default_rng(4), 300, 40) != split


def test_more_days_than_there_are_are_refused():
    with pytest.raises(ValueError, match=r"36500 \+ 26 days are more than the 36525"):
        split_pairs(np.random.default_rng(0), 36500, 26)


def test_all_days_of_a_hundred_years_can_be_encoded_and_fit():
    days = [date(year, month, day) for year in range(1950, 2050) for month in range(1, 13) for day in (1, 28)]
    sources, labels = encode_pairs(make_pairs(days))
    assert max(sources.shape[1], labels.shape[1]) < translation.MAX_LEN
    assert len(vocabulary()) == len(set(vocabulary()))


def test_a_source_has_its_tag_in_front_and_both_sides_an_end(split):
    pairs = split[1]
    sources, labels = encode_pairs(pairs)
    for pair, source, label in zip(pairs, sources, labels, strict=True):
        source, label = ([vocabulary()[i] for i in row if i != translation.PAD_ID] for row in (source, label))
        assert source == [f"[{pair.language}]", *pair.source, "[end]"]
        assert label == [*pair.target, "[end]"]


def test_decoding_undoes_encoding_and_stops_at_the_first_end(split):
    sources, labels = encode_pairs(split[1])
    assert decode(labels) == [pair.target for pair in split[1]]
    assert decode(sources) == [pair.source for pair in split[1]]
    assert decode(np.concatenate([labels, labels], axis=1)) == [pair.target for pair in split[1]]
    assert decode([[translation.START_ID, translation.END_ID, 20]]) == [""]


def test_an_unknown_character_is_refused():
    with pytest.raises(ValueError, match="'!' is none of the 72 tokens"):
        encode(["9 octobre!"])


def test_exact_match_counts_whole_texts():
    assert translation.exact_match(["a", "b", "c "], ["a", "b", "c"]) == pytest.approx(2 / 3)
    with pytest.raises(ValueError, match="zip"):
        translation.exact_match(["a"], ["a", "b"])


def test_bleu_is_over_characters_and_falls_with_each_error():
    wanted = ["2024年10月9日水曜日", "9. Oktober 2024"]
    one_off = ["2024年10月8日水曜日", "9. Oktober 2024"]
    nothing = ["xxxxxxxxxxxxxx", "yyyyyyyyyyyyyyy"]
    scores = [translation.bleu(texts, wanted) for texts in (wanted, one_off, nothing)]
    assert scores[0] == 100.0
    assert 80 < scores[1] < 95
    assert scores[2] < 10


def test_bleu_punishes_what_is_too_short():
    assert translation.bleu(["9. Okto"], ["9. Oktober 2024"]) == pytest.approx(100 * np.exp(1 - 13 / 6), abs=1e-4)


def test_the_parts_of_a_date_are_found_where_they_stand():
    for pair in make_pairs([date(2024, 5, 20), date(2019, 10, 9), date(2001, 1, 1)]):
        found = translation.locate(pair.target, pair.date, pair.language)
        words = {part: pair.target[place] for part, place in found.items()}
        assert words["year"] == str(pair.date.year)
        assert words["day"] == str(pair.date.day)
        starts = [place.start for place in found.values()]
        assert starts == sorted(starts)
        assert len({i for place in found.values() for i in range(place.start, place.stop)}) == sum(
            map(len, words.values())
        )


def test_weights_are_summed_over_source_parts_and_averaged_over_target_parts():
    pair = make_pairs([date(2024, 10, 9)], ["hu"])[0]
    weights = np.zeros((len(pair.target) + 1, len(pair.source) + 2))
    weights[:4, 1 + pair.source.index("2024") : 1 + pair.source.index("2024") + 4] = 0.25
    weights[pair.target.index("szerda"), 1] = 0.6
    table, rows, columns = translation.attention_by_part(weights, pair)
    assert (rows, columns) == (("year", "month", "day", "weekday"), ("weekday", "month", "day", "year"))
    assert table[0].tolist() == [0, 0, 0, 1]
    assert table[3].tolist() == pytest.approx([0.1, 0, 0, 0])


def stored_matches(task, model):
    """Return the stored exact matches of a task and a model, by seed."""
    rows = stored_scores.newest("translation")["scores"]
    return {row["seed"]: row["exact"] for row in rows if task in row["task"] and row["model"].startswith(model)}


def test_the_stored_scores_are_of_three_seeds_each_and_without_its_source_a_model_never_hits():
    seen, blind = stored_matches("dates", "cross-attention"), stored_matches("dates", "blind")
    assert len(seen) >= 3
    assert seen.keys() == blind.keys()
    assert min(seen.values()) > 0.5 > max(blind.values())


def test_of_new_numbers_the_model_has_more_than_half_right_and_of_new_places_next_to_none():
    same, new = stored_matches("numbers not in", "cross-attention"), stored_matches("seventies", "cross-attention")
    assert len(same) >= 3
    assert same.keys() == new.keys()
    assert min(same.values()) > 0.5 > 0.05 > max(new.values())
    assert set(stored_matches("number words", "the nearest number").values()) == {0.0}


def test_tokens_of_pairs_are_special_ones_a_tag_a_language_and_all_characters():
    pairs = make_pairs([date(2024, 10, 9)], ["hu", "ja"])
    tokens = translation.tokens_of(pairs)
    assert tokens[:5] == ("[pad]", "[start]", "[end]", "[hu]", "[ja]")
    assert set(tokens[5:]) == {letter for pair in pairs for letter in pair.source + pair.target}
    assert len(set(tokens)) == len(tokens)
    sources, labels = encode_pairs(pairs, tokens)
    assert decode(labels, tokens) == [pair.target for pair in pairs]
    assert [tokens[i] for i in sources[:, 0]] == ["[hu]", "[ja]"]


def test_a_language_that_is_not_among_the_tokens_is_refused():
    with pytest.raises(ValueError, match=r"'\[de\]' is none of the \d+ tokens"):
        encode_pairs(
            make_pairs([date(2024, 10, 9)], ["de"]), translation.tokens_of(make_pairs([date(2024, 10, 9)], ["hu"]))
        )


def test_an_alignment_frames_the_parts_where_they_stand_and_names_them_within_the_map():
    frames = {"year": (slice(0, 2), slice(3, 5)), "day": (slice(2, 3), slice(0, 1))}
    ax = plots.show_alignment(np.eye(3, 5), "24.", "9, 24", frames)
    boxes = [(patch.get_x(), patch.get_y(), patch.get_width(), patch.get_height()) for patch in ax.patches]
    assert boxes == [(2.5, -0.5, 2, 2), (-0.5, 1.5, 1, 1)]
    assert [text.get_text() for text in ax.texts] == ["year", "day"]
    assert all(-0.5 < text.xy[0] < 4.5 for text in ax.texts)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("key: read", "query: writes this")
