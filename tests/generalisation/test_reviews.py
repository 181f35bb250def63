"""generalisation.reviews: few reviews, apart from those that are scored, and nouns that decide nothing."""

import numpy as np
import pytest
import torch

from mha_lib.encoder import sentiment
from mha_lib.generalisation import reviews as generalisation
from mha_lib.training import loop as training


@pytest.fixture(scope="module")
def parts():
    return generalisation.few_reviews(np.random.default_rng(0), 40, num_validation=30, num_test=20)


def test_the_parts_have_their_sizes_and_no_review_is_on_both_sides(parts):
    assert [len(ids) for ids, _ in parts] == [40, 30, 20]
    train = {tuple(row) for row in parts[0][0].tolist()}
    assert not train & {tuple(row) for ids, _ in parts[1:] for row in ids.tolist()}


def test_nouns_are_replaced_by_nouns_and_nothing_else_is(parts):
    ids = parts[0][0]
    before = ids.clone()
    swapped = generalisation.swap_nouns(np.random.default_rng(1), ids)
    is_noun = torch.tensor([[sentiment.VOCABULARY[i] in sentiment.NOUNS for i in row] for row in ids.tolist()])
    assert torch.equal(swapped[~is_noun], ids[~is_noun])
    assert {sentiment.VOCABULARY[i] for i in swapped[is_noun].tolist()} <= set(sentiment.NOUNS)
    assert (swapped[is_noun] != ids[is_noun]).float().mean() > 0.8
    assert torch.equal(ids, before)


def test_padding_changes_no_score(parts):
    model = generalisation.new_classifier(0).eval()
    ids = parts[0][0]
    shorter = ids[(ids != 0).sum(1) < 8]
    torch.testing.assert_close(generalisation.scores(model, shorter[:, :8]), generalisation.scores(model, shorter))


def test_smoothing_mixes_the_label_with_all_labels(parts):
    model = generalisation.new_classifier(0).eval()
    chances = torch.log_softmax(generalisation.scores(model, parts[0][0]), -1)
    own = chances.gather(1, parts[0][1][:, None])[:, 0]
    wanted = -(0.8 * own + 0.2 * chances.mean(-1)).mean()
    torch.testing.assert_close(generalisation.review_loss(model, *parts[0], smoothing=0.2), wanted)


def test_right_and_wrong_are_counted(parts):
    model, (ids, labels) = generalisation.new_classifier(0), parts[1]
    with torch.no_grad():
        said = generalisation.scores(model.eval(), ids).argmax(-1)
    share = sum(int(a == b) for a, b in zip(said, labels, strict=True)) / len(labels)
    assert generalisation.right_share(model.train(), ids, labels) == pytest.approx(share)
    assert generalisation.error_share(model, ids, labels).item() == pytest.approx(1 - share)
    assert model.training


def test_the_same_seed_trains_the_same_model_and_leaves_torchs_dice_alone(parts):
    torch.manual_seed(5)
    wanted = torch.rand(3)
    torch.manual_seed(5)
    first, again = (generalisation.fitted(3, parts[0], steps=3, dropout=0.2, swapped=True, num_layers=1) for _ in "ab")
    assert torch.equal(torch.rand(3), wanted)
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), again.parameters(), strict=True))


def test_settings_reach_the_model_and_the_training(parts):
    seen = []

    def stop(run):
        seen.append((run.settings["lr"], run.settings["weight_decay"], len(run.made)))
        return True

    model = generalisation.fitted(0, parts[0], steps=7, lr=0.5, weight_decay=0.25, d_model=8, num_layers=1, stop=stop)
    assert seen == [(0.5, 0.25, 7)]
    assert (model.token_embedding.embedding_dim, len(model.encoder.blocks)) == (8, 1)


def test_a_few_reviews_are_learned_by_heart(parts):
    model = generalisation.fitted(0, parts[0], steps=100, num_layers=1)
    assert generalisation.right_share(model, *parts[0]) > 0.95
    assert training.held_out_loss(model, generalisation.review_loss, [parts[2]]) > 0.6
