"""Search over docstrings: pairs, BM25 against its formula, ranks, vectors that padding leaves alone."""

import math

import numpy as np
import pytest
import torch

from mha_lib.bert import families, probing, search
from mha_lib.bert import masking as bert
from mha_lib.bert.corpus import Docstring
from mha_lib.bert.text_encoder import TextEncoder

DOCUMENTS = ["a cat and a dog", "a small mouse", "the cat chased the mouse and the mouse ran away"]


@pytest.fixture
def encoder():
    made = TextEncoder(30, d_model=12, num_heads=2, d_ff=20, num_layers=2)
    bert.initialise(made, torch.Generator().manual_seed(0))
    return made.eval()


def test_a_query_is_the_first_sentence_and_the_document_the_rest():
    rest = "More of it. " * 8
    found = search.pairs(
        [Docstring("p", "p.m", f"Return the sum\nof it all. {rest}"), Docstring("p", "p.m", "Too short.")]
    )
    assert found == [search.Pair("p.m", "Return the sum of it all.", rest.strip())]


def test_bm25_is_its_formula():
    mean = (5 + 3 + 10) / 3
    idf = math.log(1 + (3 - 2 + 0.5) / (2 + 0.5))
    wanted = [idf * f * 2.2 / (f + 1.2 * (0.25 + 0.75 * n / mean)) for f, n in ((0, 5), (1, 3), (2, 10))]
    assert search.bm25_scores(["mouse"], DOCUMENTS)[0] == pytest.approx(wanted)


def test_a_word_of_the_query_counts_as_often_as_it_stands_there_and_unknown_ones_not_at_all():
    once, twice, unknown = search.bm25_scores(["mouse", "mouse mouse", "zebra"], DOCUMENTS)
    assert twice == pytest.approx(2 * once)
    assert unknown.tolist() == [0, 0, 0]


def test_the_rank_of_a_document_counts_equals_against_it():
    scores = np.array([[3.0, 1, 2], [1, 1, 1], [0, 5, 4]])
    assert search.ranks(scores).tolist() == [1, 3, 2]
    found = search.search_scores(scores)
    assert found == pytest.approx(
        {"recall at 1": 1 / 3, "recall at 10": 1, "mean reciprocal rank": (1 + 1 / 3 + 1 / 2) / 3}
    )


def test_padding_does_not_move_a_text_s_vector(encoder):
    ids = torch.tensor([[2, 7, 8, 3]])
    padded = torch.cat([ids, torch.zeros(1, 5, dtype=torch.long)], dim=1)
    both = bert.pad_rows([[2, 7, 8, 3], [2, *range(5, 12), 3]])
    torch.testing.assert_close(search.text_vectors(encoder, padded), search.text_vectors(encoder, ids))
    torch.testing.assert_close(search.text_vectors(encoder, both)[:1], search.text_vectors(encoder, ids))


def test_the_contrastive_loss_is_small_where_each_query_is_nearest_to_its_own_document(encoder):
    texts = torch.tensor([[2, 7, 8, 3], [2, 20, 21, 3], [2, 11, 29, 3]])
    own = search.contrastive_loss(encoder, texts, texts)
    other = search.contrastive_loss(encoder, texts, texts.roll(1, 0))
    assert own < other
    scores = search.text_vectors(encoder, texts) @ search.text_vectors(encoder, texts.roll(1, 0)).T / 0.05
    surprises = [-axis.diagonal().mean() for axis in (scores.log_softmax(0), scores.log_softmax(1))]
    torch.testing.assert_close(other, sum(surprises) / 2)


def test_a_linear_map_names_classes_that_a_line_can_part_and_no_others():
    rng = torch.Generator().manual_seed(0)
    x = torch.randn(400, 2, generator=rng)
    by_line, by_product = (x[:, 0] + x[:, 1] > 0).long(), (x[:, 0] * x[:, 1] > 0).long()
    line, product = ((x[:200], y[:200]) for y in (by_line, by_product))
    assert probing.linear_accuracy(line, (x[200:], by_line[200:]), 2) > 0.95
    assert probing.linear_accuracy(product, (x[200:], by_product[200:]), 2) < 0.7


def test_the_layers_means_are_those_of_each_text_alone(encoder):
    ids = bert.pad_rows([[2, 7, 8, 3], [2, *range(5, 12), 3]])
    together = probing.layer_means(encoder, ids, size=2)
    assert together.shape == (3, 2, 12)
    alone = torch.stack([state[0].mean(0) for state in encoder.hidden_states(torch.tensor([[2, 7, 8, 3]]))])
    torch.testing.assert_close(together[:, 0], alone)


def test_a_bag_counts_tokens_and_not_padding():
    assert probing.bag_of_tokens(torch.tensor([[2, 4, 4, 4, 4, 0]]), 5).tolist() == [[0, 0, 1, 0, 2]]


def test_every_module_has_one_family_at_most_and_every_text_comes_once():
    starts = [start for group in families.FAMILIES.values() for start in group]
    assert len(set(starts)) == len(starts)
    found = families.texts(
        [Docstring("numpy", "numpy.a", "The same  text."), Docstring("numpy", "numpy.b", "The same text.")]
    )
    assert found == [families.Text("The same text.", 0)]


def test_few_labels_are_shared_out_among_the_families():
    labelled = [families.Text(f"{n} {i}", n) for n in range(3) for i in range(20 if n else 2)]
    some = families.few(np.random.default_rng(0), labelled, 12)
    counts = np.bincount([text.family for text in some], minlength=3).tolist()
    assert counts == [2, 5, 5]
    assert len(set(some)) == 12
