"""Spans are hidden and restored, ROUGE-L is what its reference implementation says, and the small tasks are clean."""

import itertools
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from mha_lib import plots
from mha_lib.text_to_text import small_tasks
from mha_lib.text_to_text import tasks as text_to_text
from mha_lib.text_to_text.small_tasks import (
    END_ID,
    PAD_ID,
    SENTINEL_IDS,
    decode,
    encode,
    english,
    french,
    opinion,
    prompt,
    split,
)
from mha_lib.text_to_text.tasks import corrupt_spans, draw_spans, restore_spans, rouge_l, text_loss, visible, write
from mha_lib.translation.decoder import Seq2Seq
from tests.support import reference


@pytest.fixture(scope="module")
def parts():
    return split(np.random.default_rng(3), num_reports=300, num_reviews=200, num_test=50)


def test_the_paper_s_own_example_is_corrupted_as_in_its_figure():
    words = ["Thank", "you", "for", "inviting", "me", "to", "your", "party", "last", "week", "."]
    numbers = np.arange(len(words))
    source, target = corrupt_spans(numbers, [[2, 4], [8, 9]], sentinels=[100, 101, 102])

    def read(ids):
        return " ".join(f"<{i - 100}>" if i >= 100 else words[i] for i in ids)

    assert read(source) == "Thank you <0> me to your party <1> week ."
    assert read(target) == "<0> for inviting <1> last <2>"


@pytest.mark.parametrize("seed", range(20))
def test_restoring_undoes_corrupting(seed):
    rng = np.random.default_rng(seed)
    tokens = rng.integers(20, 90, 40)
    spans = draw_spans(rng, 40, rate=rng.uniform(0.05, 0.9), mean_length=rng.uniform(2, 4))
    source, target = corrupt_spans(tokens, spans, np.arange(-1, -40, -1))
    np.testing.assert_array_equal(restore_spans(source, target, np.arange(-1, -40, -1)), tokens)
    assert len(source) + len(target) == 40 + 2 * len(spans) + 1


def test_the_target_ends_with_the_next_sentinel_however_many_there_are():
    assert corrupt_spans(np.arange(4), [[1, 2]], [9, 8, 7, 6])[1].tolist() == [9, 1, 8]


def test_what_is_missing_in_a_target_is_restored_as_nothing():
    assert restore_spans([5, -1, 6, -2], [9, -2, 7], [-1, -2]).tolist() == [5, 6, 7]


def test_corrupting_leaves_its_arguments_alone():
    tokens, spans, marks = np.arange(6), np.array([[1, 3]]), np.array([9, 8])
    corrupt_spans(tokens, spans, marks)
    assert (tokens.tolist(), spans.tolist(), marks.tolist()) == ([0, 1, 2, 3, 4, 5], [[1, 3]], [9, 8])


@pytest.mark.parametrize("spans", [[[2, 2]], [[3, 2]], [[2, 4], [3, 5]], [[4, 5], [1, 2]], [[5, 7]], [[-1, 2]]])
def test_spans_that_make_no_sense_are_refused(spans):
    with pytest.raises(ValueError, match="left to right within 6 tokens"):
        corrupt_spans(np.arange(6), spans, [9, 8, 7])


def test_too_few_sentinels_are_refused_with_both_numbers():
    with pytest.raises(ValueError, match="2 spans need 3 sentinels, one to end with; got 2"):
        corrupt_spans(np.arange(6), [[0, 1], [2, 3]], [9, 8])


def test_drawn_spans_never_touch_and_stay_within_the_text():
    rng = np.random.default_rng(0)
    for num_tokens in (2, 3, 5, 12, 30, 100):
        for _ in range(50):
            spans = draw_spans(rng, num_tokens, rate=0.4, mean_length=2.0)
            edges = spans.ravel().tolist()
            assert all(a < b for a, b in itertools.pairwise(edges))
            assert 0 <= edges[0] < edges[-1] <= num_tokens
            assert (spans[:, 1] - spans[:, 0]).sum() < num_tokens


def test_drawn_spans_hide_the_share_and_have_the_length_that_was_asked_for():
    spans = draw_spans(np.random.default_rng(1), 200)
    lengths = spans[:, 1] - spans[:, 0]
    assert (lengths.sum(), len(spans)) == (30, 10)
    assert len(set(lengths.tolist())) > 1


def test_every_way_to_cut_the_spans_is_drawn():
    rng = np.random.default_rng(2)
    found = {tuple(draw_spans(rng, 6, rate=0.5, mean_length=1.5).ravel().tolist()) for _ in range(300)}
    assert len(found) == 12  # 3 hidden tokens in 2 pieces, and 2 of the 4 gaps around 3 that stay


def test_a_text_of_one_token_has_nothing_to_hide():
    with pytest.raises(ValueError, match="2 tokens are needed, got 1"):
        draw_spans(np.random.default_rng(0), 1)


@pytest.mark.parametrize("seed", range(10))
def test_the_longest_common_subsequence_is_the_longest_of_all(seed):
    rng = np.random.default_rng(seed)
    first, second = (rng.integers(0, 3, size).tolist() for size in (7, 9))
    assert text_to_text.longest_common_subsequence(first, second) == reference.longest_common_subsequence(first, second)


@pytest.mark.parametrize("seed", range(10))
def test_rouge_l_agrees_with_the_package_of_its_authors_language(seed):
    scorer = pytest.importorskip("rouge_score.rouge_scorer").RougeScorer(["rougeL"])
    rng = np.random.default_rng(seed)
    texts = [" ".join(rng.choice(["the", "cat", "sat", "on", "a", "mat"], size)) for size in rng.integers(1, 12, 2)]
    assert rouge_l(*texts) == pytest.approx(scorer.score(texts[1], texts[0])["rougeL"].fmeasure)


def test_rouge_l_of_lin_s_example_sees_the_order_of_words():
    wanted = "police killed the gunman"
    assert rouge_l("police kill the gunman", wanted) == pytest.approx(0.75)
    assert rouge_l("the gunman kill police", wanted) == pytest.approx(0.5)


def test_rouge_l_is_0_where_nothing_agrees_or_nothing_is_written():
    assert rouge_l("a b", "c d") == rouge_l("", "c d") == rouge_l("", "") == 0
    assert rouge_l("c d", "c d") == 1


def test_the_mean_rouge_l_is_over_texts():
    assert text_to_text.mean_rouge_l(["a b", "c"], ["a b", "d"]) == 0.5
    with pytest.raises(ValueError, match="zip"):
        text_to_text.mean_rouge_l(["a"], ["a", "b"])


def test_nothing_of_the_test_is_in_training_under_any_prefix(parts):
    train, test = parts
    assert {example.source for example in train}.isdisjoint(example.source for example in test)
    assert len({prompt(example) for example in train}) == len(train) == 300 + 2 * 200
    assert {task: sum(example.task == task for example in test) for task in small_tasks.TASKS} == dict.fromkeys(
        small_tasks.TASKS, 50
    )


def test_a_review_can_be_translated_and_classified_so_only_the_prefix_decides(parts):
    for examples in parts:
        sources = {task: {e.source for e in examples if e.task == task} for task in ("translate", "classify")}
        assert sources["translate"] == sources["classify"]


def test_there_are_as_many_reviews_as_the_page_says():
    assert f"{len(small_tasks.reviews()):,} reviews" in small_tasks.__doc__
    assert len({english(review) for review in small_tasks.reviews()}) == len(small_tasks.reviews())
    with pytest.raises(ValueError, match="6900 \\+ 20 reviews are more than the 6912"):
        split(np.random.default_rng(0), 1, 6900, 20)


def test_adjective_and_verb_of_a_review_agree():
    for review in small_tasks.reviews():
        assert (
            (review.adjective in small_tasks.GOOD)
            == (review.verb in small_tasks.LIKED)
            == (opinion(review) == "positive")
        )


def test_french_agrees_with_the_noun_at_both_places():
    pairs = {("film", "bon", "aimé"), ("song", "bonne", "aimée")}
    for noun, adjective, participle in pairs:
        words = french(small_tasks.Review(noun, "very", "good", "they", "liked")).split()
        assert (words[4], words[-2]) == (adjective, participle)


def test_a_summary_names_the_warmest_city_and_a_report_can_be_read_back():
    rng = np.random.default_rng(5)
    for _ in range(400):
        facts = small_tasks.draw_facts(rng, (2, 3, 4))
        assert small_tasks.facts_of(small_tasks.report(facts)) == facts
        best = max(fact.degrees for fact in facts)
        words = small_tasks.summary(facts).split()
        assert int(words[-4] + words[-3]) == best
        assert words[4] == next(fact.city for fact in facts if fact.degrees == best)
        assert len({fact.city for fact in facts}) == len({fact.degrees for fact in facts}) == len(facts)


def test_the_baselines_read_the_first_city_alone():
    facts = [small_tasks.Fact("oslo", "rainy", 12), small_tasks.Fact("rome", "sunny", 31)]
    text = small_tasks.report(facts)
    assert small_tasks.first_city(text) == small_tasks.summary(facts[:1]) != small_tasks.summary(facts)
    assert small_tasks.lead_1(text) == small_tasks.report(facts[:1])


def test_the_template_flatters_itself_by_rouge(parts):
    test = [example for example in parts[1] if example.task == "summarise"]
    texts = [small_tasks.first_city(example.source) for example in test]
    wanted = [example.target for example in test]
    exact = sum(map(str.__eq__, texts, wanted)) / len(test)
    assert text_to_text.mean_rouge_l(texts, wanted) > exact + 0.2


def test_decoding_undoes_encoding(parts):
    for examples in parts:
        sources, labels = small_tasks.encode_examples(examples)
        assert decode(sources) == [prompt(example) for example in examples]
        assert decode(labels) == [example.target for example in examples]
        assert np.all((labels == END_ID).sum(axis=1) == 1)


def test_sentinels_are_words_of_the_vocabulary():
    assert [small_tasks.vocabulary()[i] for i in SENTINEL_IDS] == list(small_tasks.SENTINELS)
    assert decode([[*SENTINEL_IDS[:2], END_ID, 30]]) == ["<0> <1>"]
    assert len(set(small_tasks.vocabulary())) == len(small_tasks.vocabulary())


def test_an_unknown_word_is_refused():
    with pytest.raises(ValueError, match="the word 'blizzard' is in none of the texts"):
        encode(["blizzard"])


def test_padding_moves_neither_the_loss_nor_what_is_written():
    torch.manual_seed(0)
    model = Seq2Seq(len(small_tasks.vocabulary()), 12, 2, 24, 1, max_len=40).double().eval()
    short, long = "oslo is sunny", "oslo is sunny with 1 2 degrees . rome is rainy"
    sources, labels = (torch.from_numpy(encode([text])) for text in (short, "rome"))
    alone = text_loss(model, sources, labels)
    padded = [torch.nn.functional.pad(ids, (0, 3), value=PAD_ID) for ids in (sources, labels)]
    assert text_loss(model, *padded).item() == pytest.approx(alone.item())
    assert write(model, [short, long], 5)[0] == write(model, [short], 5)[0]


def test_the_loss_shows_the_labels_one_place_late():
    def model(sources, target, mask):
        assert target.tolist() == [[small_tasks.START_ID, 40, 50]]
        return torch.nn.functional.one_hot(torch.tensor([[40, 50, END_ID]]), 60) * 50.0

    assert text_loss(model, torch.tensor([[30]]), torch.tensor([[40, 50, END_ID]])).item() == pytest.approx(0.0)


def test_padding_is_what_is_not_visible():
    ids = torch.from_numpy(encode(["oslo is", "rome"]))
    assert visible(ids).tolist() == [[[[True, True, True]]], [[[True, True, False]]]]


def test_buckets_are_drawn_with_their_numbers():
    row = plots.show_buckets({"both": np.array([[0, 5], [1, 0]]), "back": np.array([[0, 0], [1, 0]])})
    assert [[text.get_text() for text in ax.texts] for ax in row] == [["0", "5", "1", "0"], ["0", "0", "1", "0"]]
    assert [ax.get_title() for ax in row] == ["both", "back"]


def test_a_published_model_is_asked_with_its_own_start_and_end():
    class Tokenizer:
        def token_to_id(self, token):
            return {"<pad>": 0, "</s>": 1}[token]

        def encode(self, text):
            return SimpleNamespace(ids=[int(word) for word in text.split()])

        def decode(self, ids):
            return ids

    class Echo:
        def encode(self, source, mask):
            assert mask.tolist() == [[[[True, True, True]]]]
            return source

        def decode(self, target, memory, mask):
            answers = torch.cat([memory, memory], dim=1)[:, : target.shape[1]]
            return torch.nn.functional.one_hot(answers, 9).double()

    assert text_to_text.write_with(Echo(), Tokenizer(), "7 4 1") == [0, 7, 4, 1]
