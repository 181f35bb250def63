"""Questions on parameters: found where writers state types, answered from tokens, scored as SQuAD does."""

import numpy as np
import pytest

from mha_lib.bert import question_answering as qa
from mha_lib.bert.checkpoints import load_book_encoder
from mha_lib.bert.corpus import Docstring

TEXT = """Sum of array elements over a given axis.

Parameters
a, b : array_like
    Elements to sum. The type : is not here.
axis : None or int or tuple of ints, optional
    Axis along which to sum.

    Negative ones count from the end.
**kwargs : dict

Returns
out : ndarray
    The sum.
"""


@pytest.fixture(scope="module")
def asked():
    return qa.questions([Docstring("numpy", "numpy.x", TEXT)])


@pytest.fixture(scope="module")
def tokenizer():
    return load_book_encoder()[1]


def test_every_parameter_is_asked_about_and_nothing_else(asked):
    assert [(question.text, question.answer) for question in asked] == [
        ("what type is a?", "array_like"),
        ("what type is b?", "array_like"),
        ("what type is axis?", "None or int or tuple of ints, optional"),
        ("what type is kwargs?", "dict"),
    ]


def test_a_context_is_a_run_of_entries_within_its_limit():
    entry = "name : int\n    " + "word " * 30
    runs = qa.contexts("Parameters\n" + "\n".join([entry.rstrip()] * 5))
    assert [run.count("name : int") for run in runs] == [1] * 5
    assert all(
        len(run) <= qa.MAX_CHARACTERS for run in qa.contexts("Parameters\n" + ("x : int\n    " + "y" * 90 + "\n") * 9)
    )


def test_the_rule_finds_what_stands_after_the_name(asked):
    assert qa.by_rule(asked[2]) == "None or int or tuple of ints, optional"
    assert qa.by_rule(asked[0]) == ""


def test_encoding_and_cutting_out_gives_every_answer_back(asked, tokenizer):
    encoded = qa.encode(tokenizer, asked)
    assert qa.texts_of(encoded.spans, encoded, asked) == [question.answer for question in asked]


def test_only_tokens_of_the_context_are_allowed(asked, tokenizer):
    encoded = qa.encode(tokenizer, asked)
    for row, question in enumerate(asked):
        places = np.flatnonzero(encoded.allowed[row].numpy())
        assert encoded.ids[row, places[0] - 1] == encoded.ids[row, places[-1] + 1] == tokenizer.token_to_id("[SEP]")
        pieces = tokenizer.decode(encoded.ids[row, places].tolist())
        assert "what type" not in pieces
        assert question.name in pieces


def test_an_answer_beyond_the_last_token_is_no_answer(tokenizer):
    context = "x : int\n    " + "word " * 200 + "\ny : float"
    start = context.rindex("float")
    question = qa.Question("what type is y?", context, start, start + 5, "y")
    encoded = qa.encode(tokenizer, [question])
    assert encoded.ids.shape == (1, qa.MAX_TOKENS)
    assert encoded.spans.tolist() == [[0, 0]]
    assert len(qa.with_answers(encoded)[0]) == 0
    assert qa.answer_scores(qa.texts_of(encoded.spans, encoded, [question]), ["float"]) == {"exact": 0.0, "f1": 0.0}


def test_a_span_holds_every_token_that_shares_a_character():
    offsets = np.array([(0, 0), (0, 4), (0, 0), (0, 4), (5, 6), (6, 9), (9, 10), (0, 0)])
    allowed = np.array([False] * 3 + [True] * 4 + [False])
    assert qa.token_span(offsets, allowed, 6, 9).tolist() == [5, 5]
    assert qa.token_span(offsets, allowed, 2, 6).tolist() == [3, 4]
    assert qa.token_span(offsets, allowed, 6, 12).tolist() == [0, 0]


def test_answers_are_compared_without_case_punctuation_and_articles():
    assert qa.words("The  Array_like, an (int)!") == ["arraylike", "int"]
    assert qa.answer_scores(["An int."], ["int"]) == {"exact": 1.0, "f1": 1.0}


def test_f1_counts_a_repeated_word_as_often_as_both_have_it():
    assert qa.token_f1(["int", "int"], ["int", "float", "str"]) == pytest.approx(2 / 5)
    assert qa.token_f1(["b", "a"], ["a", "b"]) == 1
    assert qa.token_f1([], []) == 1
    assert qa.token_f1([], ["a"]) == qa.token_f1(["a"], []) == qa.token_f1(["a"], ["b"]) == 0
