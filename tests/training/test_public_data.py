"""Public data sets are read in the form they come in; what is missing or malformed is named, with the place."""

import json

import pytest

from mha_lib.bert import question_answering
from mha_lib.training import public_data as data
from mha_lib.translation import texts as translation


@pytest.fixture
def put(tmp_path):
    """Return a function that writes a file into a folder, bytes or text, and returns the folder."""

    def write(name, content):
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return tmp_path

    return write


def squad_file(start=4, version="1.1", text="cat", count=1):
    """Return the text of a SQuAD file with one question that has so many answers."""
    asked = {"id": "q7", "question": "Who sat?", "answers": [{"text": text, "answer_start": start}] * count}
    article = {"title": "Cats", "paragraphs": [{"context": "The cat sat.", "qas": [asked]}]}
    return json.dumps({"data": [article], "version": version})


def test_lines_of_two_files_are_pairs_and_empty_ones_are_left_out(put):
    put("news.en", "Good day.\n\nYes.\nNo.\n")
    folder = put("news.fr", "Bonjour.\nOui ?\n  \nNon.")
    assert list(data.parallel_text(folder, "news.en", "news.fr", "fr")) == [
        data.TextPair("Good day.", "Bonjour.", "fr"),
        data.TextPair("No.", "Non.", "fr"),
    ]


def test_rare_line_ends_within_a_line_do_not_shift_the_pairs(put):
    put("a", "one\u2028two\x0bthree\r\nfour\n")
    folder = put("b", "eins\u0085\nvier\n")
    assert [(p.source, p.target) for p in data.parallel_text(folder, "a", "b", "de")] == [
        ("one\u2028two\x0bthree", "eins"),
        ("four", "vier"),
    ]


@pytest.mark.parametrize(
    ("a", "b", "said"),
    [("x\ny\n", "x\n", "b has 1 lines and .*a has more"), ("x\n", "x\ny\nz\n", "b has 2 lines more")],
)
def test_files_of_different_lengths_do_not_pass_for_translations(put, a, b, said):
    put("a", a)
    folder = put("b", b)
    with pytest.raises(ValueError, match=said):
        list(data.parallel_text(folder, "a", "b", "de"))


def test_pairs_can_be_encoded_with_tokens_of_their_own(put):
    folder = put("fra.txt", "Go.\tVa !\tCC-BY 2.0\nHi.\tSalut !\n")
    pairs = list(data.tab_separated(folder, "fra.txt", "fr"))
    assert pairs[0] == data.TextPair("Go.", "Va !", "fr")
    tokens = translation.tokens_of(pairs)
    sources, labels = translation.encode_pairs(pairs, tokens)
    assert tokens[sources[1, 0]] == "[fr]"
    assert translation.decode(labels, tokens) == ["Va !", "Salut !"]


def test_a_line_without_a_tab_is_named(put):
    folder = put("fra.txt", "Go.\tVa !\nHi. Salut !\n")
    with pytest.raises(ValueError, match=r"fra\.txt, line 2: has 1 column, needs 2"):
        list(data.tab_separated(folder, "fra.txt", "fr"))


def test_bytes_that_are_no_text_are_named_by_line(put):
    folder = put("fra.txt", b"Go.\tVa !\nCaf\xe9\tcaf\xe9\n")
    with pytest.raises(ValueError, match=r"fra\.txt, line 2: is no UTF-8"):
        list(data.tab_separated(folder, "fra.txt", "fr"))


def test_a_byte_order_mark_and_a_carriage_return_are_no_part_of_the_words(put):
    folder = put("a", b"\xef\xbb\xbfGo.\tVa !\r\n")
    assert next(data.tab_separated(folder, "a", "fr")) == data.TextPair("Go.", "Va !", "fr")


def test_titles_part_the_articles_and_sections_stay_within(put):
    first = " \n = Robert <unk> = \n \n He acts . \n \n = = Career = = \n \n In 2000 @,@ he \n = x = \n"
    text = first + " \n = Second = \n \n Two . \n"
    found = list(data.wikitext(put("wiki.valid.raw", text), "valid"))
    assert [article.title for article in found] == ["Robert <unk>", "Second"]
    assert found[0].text == "He acts . \n \n = = Career = = \n \n In 2000 @,@ he \n = x ="
    assert found[1].text == "Two ."


def test_text_before_the_first_title_is_refused(put):
    with pytest.raises(ValueError, match=r"wiki\.test\.raw, line 2: text before the first title"):
        list(data.wikitext(put("wiki.test.raw", "\nHello .\n"), "test"))


def test_a_question_has_its_answers_where_they_stand(put):
    (question,) = data.squad(put("dev-v1.1.json", squad_file()), "dev")
    assert question == data.Question("q7", "The cat sat.", "Who sat?", ("cat",), (4,))
    assert question.context[question.start : question.stop] == question.answer == "cat"


def test_a_question_can_be_given_to_the_chapters_functions(put):
    question = next(data.squad(put("train-v1.1.json", squad_file()), "train"))
    for name in ("text", "context", "start", "stop", "answer"):
        assert hasattr(question, name)
        assert hasattr(question_answering.Question, name)


@pytest.mark.parametrize("start", [2, 3, 5, 6])
def test_a_place_that_is_off_by_two_at_most_is_mended(put, start):
    assert next(data.squad(put("dev-v1.1.json", squad_file(start)), "dev")).starts == (4,)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (squad_file(start=9), "question q7: the answer 'cat' does not stand at character 9"),
        (squad_file(start=0, text="Cat"), "question q7: the answer 'Cat' does not stand"),
        (squad_file(start=1, text="."), "question q7: the answer '.' does not stand at character 1"),
        (squad_file(count=0), "question q7: has no answer"),
        (squad_file(version="v2.0"), "says version 'v2.0'; only 1.1"),
        ("{", "is no JSON"),
        ("[1]", "is no JSON object"),
        ('{"version": "1.1", "data": [{"title": "Cats"}]}', "'paragraphs' is missing"),
    ],
)
def test_a_malformed_squad_is_refused(put, content, said):
    with pytest.raises(ValueError, match=rf"dev-v1\.1\.json.*{said}"):
        list(data.squad(put("dev-v1.1.json", content), "dev"))


def test_sentences_have_their_labels(put):
    folder = put("dev.tsv", 'sentence\tlabel\nan unquoted " mark \t1\ndull \t0\n')
    assert list(data.sst2(folder, "dev")) == [data.LabelledText('an unquoted " mark', 1), data.LabelledText("dull", 0)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("index\tsentence\n0\tgood\n", "line 1: must be 'sentence'.*no labels"),
        ("", "line 1: must be"),
        ("sentence\tlabel\ngood\t1\nbad\t2\n", "line 3: must be a sentence, a tab, and 0 or 1; got 'bad.t2'"),
        ("sentence\tlabel\ngood 1\n", "line 2: must be"),
        ("sentence\tlabel\ngood\tor bad\t1\n", "line 2: must be"),
        ("sentence\tlabel\n\t1\n", "line 2: must be"),
    ],
)
def test_a_malformed_sst2_is_refused(put, content, said):
    with pytest.raises(ValueError, match=rf"train\.tsv, {said}"):
        list(data.sst2(put("train.tsv", content), "train"))


def test_a_summary_is_what_the_highlights_say(put):
    folder = put("test.jsonl", '{"article": "Long text .", "highlights": "Short .", "id": "a1"}\n')
    assert list(data.summaries(folder, "test")) == [data.Summary("Long text .", "Short .", "a1", "summarise")]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"article": "x", "id": "1"}', "has no text under highlights; there is .'article', 'id'"),
        ('{"article": 3, "highlights": "x", "id": "1"}', "has no text under article"),
        ("article", "is no JSON"),
        ("", "is no JSON"),
        ("[]", "is no JSON object"),
    ],
)
def test_a_malformed_story_is_named_by_line(put, line, said):
    good = '{"article": "x", "highlights": "y", "id": "1"}\n'
    with pytest.raises(ValueError, match=rf"train\.jsonl, line 2: {said}"):
        list(data.summaries(put("train.jsonl", good + line + "\n"), "train"))


READERS = {
    "parallel text": lambda folder: data.parallel_text(folder, "news.en", "news.de", "de"),
    "Tatoeba": lambda folder: data.tab_separated(folder, "fra.txt", "fr"),
    "WikiText-103": lambda folder: data.wikitext(folder, "train"),
    "SQuAD 1.1": lambda folder: data.squad(folder, "train"),
    "SST-2": lambda folder: data.sst2(folder, "train"),
    "CNN/DailyMail": lambda folder: data.summaries(folder, "train"),
}


@pytest.mark.parametrize("name", data.WHERE)
def test_what_is_missing_is_said_at_once_with_the_place_to_get_it(tmp_path, name):
    with pytest.raises(
        ValueError, match=f"{tmp_path} has no file .*{name} is looked for as .*It can be had from .*folder"
    ):
        READERS[name](tmp_path)
    with pytest.raises(ValueError, match="nowhere does not exist"):
        READERS[name](tmp_path / "nowhere")


def test_size_counts_examples_and_characters_of_every_kind():
    kinds = [
        data.TextPair("ab", "c", "fr"),
        data.Article("title", "abcd"),
        data.Question("id", "abc", "de", ("a",), (0,)),
        data.LabelledText("abcdef", 1),
        data.Summary("abc", "d", "id"),
    ]
    assert [data.size([kind]) for kind in kinds] == [(1, 3), (1, 4), (1, 5), (1, 6), (1, 4)]
    assert data.size(iter(kinds)) == (5, 22)
