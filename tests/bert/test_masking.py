"""BERT: rows of text, tokens hidden in them by their shares, the loss, the guesses, and the stored scores."""

import json
import math
import platform
from importlib.metadata import version

import numpy as np
import pytest
import torch

from course.pretrain import data as pretrain_data
from course.pretrain import scores as pretrain_scores
from mha_lib.bert import checkpoints, corpus, guessing, wordpiece
from mha_lib.bert import masking as bert
from mha_lib.bert.text_encoder import TextEncoder

TASKS = {"questions", "search"}


@pytest.fixture(scope="module")
def book():
    return checkpoints.load_book_encoder()


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(7)


@pytest.fixture
def many(generator):
    """Return tokens, those chosen, and what is shown of them, 400,000 in all."""
    ids = torch.randint(3, 900, (800, 500), generator=generator)
    chosen = bert.choose_tokens(ids, 0.15, generator)
    return ids, chosen, bert.corrupt_tokens(ids, chosen, 900, generator)


def test_of_ten_chosen_tokens_eight_are_hidden_one_is_replaced_and_one_kept(many):
    ids, chosen, shown = many
    count = chosen.sum().item()
    hidden = (shown == wordpiece.HIDDEN) & chosen
    replaced = (shown != ids) & ~hidden & chosen
    assert hidden.sum().item() / count == pytest.approx(0.8, abs=0.006)
    assert replaced.sum().item() / count == pytest.approx(0.1, abs=0.005)
    assert count / (ids >= 5).sum().item() == pytest.approx(0.15, abs=0.003)


def test_nothing_changes_where_nothing_was_chosen_and_no_special_token_is_chosen_or_drawn(many):
    ids, chosen, shown = many
    assert torch.equal(shown[~chosen], ids[~chosen])
    assert (ids[chosen] >= 5).all()
    drawn = shown[chosen & (shown != ids)]
    assert set(drawn[drawn < 5].tolist()) == {wordpiece.HIDDEN}


def test_the_labels_are_the_true_tokens_of_all_that_were_chosen_the_kept_ones_too(many):
    ids, chosen, shown = many
    labels = bert.hidden_labels(ids, chosen)
    assert torch.equal(labels != bert.IGNORED, chosen)
    assert torch.equal(labels[chosen], ids[chosen])
    assert ((labels != bert.IGNORED) & (shown == ids)).any()


def test_the_loss_is_the_mean_over_the_asked_tokens_of_all_rows():
    scores = torch.tensor([[[0.0, 0.0], [0.0, math.log(3)], [5.0, 1.0]], [[0.0, 0.0]] * 3])
    labels = torch.tensor([[0, 1, -100], [-100, 1, -100]])
    expected = (math.log(2) + math.log(4 / 3) + math.log(2)) / 3
    assert bert.masked_lm_loss(scores, labels).item() == pytest.approx(expected, abs=1e-6)


def test_a_loss_of_nothing_is_refused():
    with pytest.raises(ValueError, match="all 2 labels are IGNORED"):
        bert.masked_lm_loss(torch.zeros(1, 2, 3), torch.full((1, 2), -100))


def test_the_loss_of_rows_is_that_of_all_scores_and_labels():
    encoder = TextEncoder(60, d_model=12, num_heads=2, d_ff=20, num_layers=1)
    rows = torch.randint(5, 60, (6, 9), generator=torch.Generator().manual_seed(1))
    found = bert.hidden_token_loss(encoder, rows, 0.4, torch.Generator().manual_seed(2))
    dice = torch.Generator().manual_seed(2)
    chosen = bert.choose_tokens(rows, 0.4, dice)
    scores = encoder.token_scores(encoder(bert.corrupt_tokens(rows, chosen, 60, dice)))
    torch.testing.assert_close(found, bert.masked_lm_loss(scores, bert.hidden_labels(rows, chosen)))


def test_the_course_trains_its_encoder_with_these_very_functions():
    for name in ("choose_tokens", "corrupt_tokens", "random_rows", "all_rows", "stream"):
        assert getattr(pretrain_data, name) is getattr(bert, name)
    assert pretrain_data.train_tokenizer is wordpiece.train_tokenizer
    assert pretrain_scores.encoder_score is guessing.encoder_score


def test_the_dice_of_pretraining_fall_as_they_always_did():
    dice = torch.Generator().manual_seed(3)
    ids = torch.arange(5, 21)[None]
    chosen = pretrain_data.choose_tokens(ids, 0.5, dice)
    shown = pretrain_data.corrupt_tokens(ids, chosen, 100, dice)
    again = torch.Generator().manual_seed(3)
    lots, fate = torch.rand(1, 16, generator=again), torch.rand(1, 16, generator=again)
    others = torch.randint(5, 100, (1, 16), generator=again)
    assert torch.equal(chosen, lots < 0.5)
    assert torch.equal(shown[chosen], torch.where(fate < 0.8, 4, torch.where(fate < 0.9, others, ids))[chosen])


def test_bert_is_the_text_encoder():
    assert bert.Bert is TextEncoder


def test_a_text_that_is_too_long_keeps_its_end(book):
    _, tokenizer = book
    ids = bert.encode_texts(tokenizer, ["a file", "if the file does not exist an error is raised"], 6)
    assert ids.shape == (2, 6)
    assert ids[:, 0].tolist() == [wordpiece.START] * 2
    assert ids[1, 5] == wordpiece.END
    assert ids[0].tolist()[-2:] == [wordpiece.PAD] * 2
    assert bert.key_mask(ids)[0, 0, 0].tolist() == [True] * 4 + [False] * 2


def test_rows_that_the_text_cannot_fill_are_refused():
    with pytest.raises(ValueError, match="rows of 9 need 8 tokens of text, got 5"):
        bert.rows_at(torch.arange(5), torch.tensor([0]), 9)


def test_the_encoder_fills_a_gap_from_both_sides(book):
    first, second = (
        [token for token, _ in guessing.fill_in(*book, text, top=5)[0]]
        for text in ("the number of rows and [MASK] of the matrix", "if the file does not [MASK], an error is raised.")
    )
    assert "columns" in first
    assert "exist" in second
    assert len(guessing.fill_in(*book, "the [MASK] of the [MASK]", top=2)) == 2


def test_a_text_without_a_gap_is_refused(book):
    with pytest.raises(ValueError, match=r"there is no \[MASK\] in 'a file'"):
        guessing.fill_in(*book, "a file")


def test_chances_are_sorted_and_sum_to_one_over_the_vocabulary(book):
    chances = [chance for _, chance in guessing.fill_in(*book, "a [MASK] file", top=4096)[0]]
    assert sum(chances) == pytest.approx(1, abs=1e-4)
    assert chances == sorted(chances, reverse=True)


def test_a_word_is_cut_as_the_library_cuts_it(book):
    _, tokenizer = book
    vocabulary = [tokenizer.id_to_token(i) for i in range(tokenizer.get_vocab_size())]
    for word in ("array", "unbroadcastable", "mouse", "chased", "xylophone", "zz", "a", "文"):
        expected = tokenizer.encode(word, add_special_tokens=False).ids
        assert wordpiece.cut_word(word, vocabulary).tolist() == expected, word


def test_greed_that_leads_nowhere_is_unknown_though_another_cut_would_do():
    vocabulary = ["[PAD]", "[UNK]", "ab", "abc", "##cd", "##d_"]
    assert wordpiece.cut_word("abcd", vocabulary).tolist() == [1]
    assert wordpiece.cut_word("abcd", [*vocabulary, "##d"]).tolist() == [3, 6]
    assert wordpiece.cut_word("", vocabulary).shape == (0,)


def test_what_the_chapter_holds_out_was_held_out_from_the_encoder_too():
    card = json.loads((checkpoints.BOOK_FOLDER / "scores.json").read_text("utf-8"))
    packages = (corpus.STANDARD_LIBRARY, "numpy", "matplotlib")
    here = {"python": platform.python_version()} | {name: version(name) for name in packages[1:]}
    if {name: card["versions"][name] for name in here} != here:
        pytest.skip("needs the packages whose text the encoder was trained on: install them with `-c constraints.txt`")
    sides = dict(zip(("train", "held out"), corpus.split(corpus.docstrings(packages)), strict=True))
    for side, docstrings in sides.items():
        assert corpus.tally(docstrings) == {name: card["text"][side][name] for name in packages}


def test_the_stored_scores_are_of_three_seeds_each_beside_a_baseline():
    found = sorted((checkpoints.BOOK_FOLDER.parents[2] / "benchmarks" / "results").glob("bert_*.json"))
    scores = json.loads(found[-1].read_text("utf-8"))["scores"]
    tasks = {row["task"] for row in scores}
    assert tasks >= TASKS
    assert sum(task.startswith("family") for task in tasks) >= 2
    for task in tasks:
        models = {row["model"] for row in scores if row["task"] == task}
        assert len(models) >= 3
        for model in models:
            assert len([row for row in scores if (row["task"], row["model"]) == (task, model)]) >= 3


def test_in_the_stored_scores_pretraining_beats_its_absence_and_the_rule_and_bm25_beat_both():
    found = sorted((checkpoints.BOOK_FOLDER.parents[2] / "benchmarks" / "results").glob("bert_*.json"))
    scores = json.loads(found[-1].read_text("utf-8"))["scores"]

    def mean(task, model, metric):
        return np.mean([row[metric] for row in scores if (row["task"], row["model"]) == (task, model)])

    assert mean("questions", "pretrained", "f1") > mean("questions", "from scratch", "f1") + 0.05
    assert mean("questions", 'the rule "NAME :"', "f1") > mean("questions", "pretrained", "f1")
    recalls = [
        mean("search", name, "recall at 10")
        for name in ("BM25", "pretrained, contrastive", "from scratch, contrastive")
    ]
    assert recalls == sorted(recalls, reverse=True)
