"""Matching images and captions: the loss against loops and CLIP's own, zero-shot and recall against plain counting."""

import itertools
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from mha_lib.vision import contrastive
from mha_lib.vision.contrastive import TwoTowers, class_vectors, lowest_loss, matching_loss, recall_at, zero_shot
from tests.support.tolerance import assert_close


def vectors(*shape, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=shape))


def loss_by_loops(images, captions, scale):
    """Return the loss, one pair after the other, with Python's own functions."""
    cosines = [[float(a @ b / (a.norm() * b.norm())) for b in captions] for a in images]
    table = [[scale * cosine for cosine in row] for row in cosines]
    total, b = 0.0, len(table)
    for i in range(b):
        to_captions = math.log(sum(math.exp(table[i][j]) for j in range(b)))
        to_images = math.log(sum(math.exp(table[j][i]) for j in range(b)))
        total += (to_captions - table[i][i] + to_images - table[i][i]) / 2
    return total / b


@pytest.mark.parametrize("b", [1, 2, 5])
@pytest.mark.parametrize("scale", [0.5, 14.3])
def test_the_loss_is_what_loops_give(b, scale):
    images, captions = vectors(b, 4), vectors(b, 4, seed=1) * 3
    assert matching_loss(images, captions, scale).item() == pytest.approx(loss_by_loops(images, captions, scale))


def test_the_loss_is_hugging_face_s_clip_loss():
    clip = pytest.importorskip("transformers.models.clip.modeling_clip")
    loss = getattr(clip, "image_text_contrastive_loss", None) or clip.clip_loss
    images, captions = F.normalize(vectors(6, 4), dim=-1), F.normalize(vectors(6, 4, seed=1), dim=-1)
    assert_close(matching_loss(images, captions, 7.0), loss(7.0 * captions @ images.T))


def test_images_and_captions_may_change_roles():
    images, captions = vectors(5, 3), vectors(5, 3, seed=1)
    assert_close(matching_loss(images, captions, 4.0), matching_loss(captions, images, 4.0))


def test_lengths_of_vectors_do_not_count():
    images, captions = vectors(5, 3), vectors(5, 3, seed=1)
    stretched = images * torch.tensor([[0.1], [2.0], [5.0], [1.0], [30.0]])
    assert_close(matching_loss(stretched, captions, 4.0), matching_loss(images, captions, 4.0))


def test_images_without_their_captions_are_refused():
    with pytest.raises(ValueError, match=r"one caption an image, got \(4, 3\) and \(5, 3\)"):
        matching_loss(vectors(4, 3), vectors(5, 3), 1.0)


@pytest.mark.parametrize("kinds", [[0, 1, 2, 3], [0, 0, 1, 2], [5, 5, 5, 5], [1, 2, 1, 2, 2]])
def test_twins_set_a_lowest_loss_that_perfect_vectors_reach_and_no_others_pass(kinds):
    perfect = F.one_hot(torch.tensor(kinds), 6).double()
    assert matching_loss(perfect, perfect, 100.0).item() == pytest.approx(lowest_loss(kinds), abs=1e-6)
    for seed in range(20):
        table = vectors(6, 6, seed=seed)
        assert matching_loss(perfect + table[kinds] / 3, perfect, 30.0).item() >= lowest_loss(kinds) - 1e-9


def test_the_mean_loss_over_all_pairings_of_twins_is_the_loss_of_shared_targets():
    kinds = np.array([0, 0, 0, 1, 1])
    images, captions = vectors(5, 4), vectors(5, 4, seed=1)
    orders = [order for order in itertools.permutations(range(5)) if (kinds[list(order)] == kinds).all()]
    mean = torch.stack([matching_loss(images, captions[list(order)], 6.0) for order in orders]).mean()
    scores = 6.0 * F.normalize(images, dim=-1) @ F.normalize(captions, dim=-1).T
    shared = torch.from_numpy((kinds[:, None] == kinds) / (kinds[:, None] == kinds).sum(1))
    assert_close(mean, (F.cross_entropy(scores, shared) + F.cross_entropy(scores.T, shared)) / 2)


def test_the_towers_return_unit_vectors_and_a_scale_that_stays_below_100():
    towers = TwoTowers(nn.Linear(3, 5), nn.Embedding(4, 5))
    images, captions = towers((torch.randn(4, 3),), (torch.arange(4),))
    assert torch.allclose(images.norm(dim=-1), torch.ones(4))
    assert torch.allclose(captions.norm(dim=-1), torch.ones(4))
    assert towers.scale.item() == pytest.approx(1 / 0.07, rel=1e-5)
    nn.init.constant_(towers.log_scale, 9.0)
    assert towers.scale.item() == pytest.approx(100.0)


def test_the_towers_and_the_scale_learn():
    towers = TwoTowers(nn.Linear(3, 5), nn.Embedding(4, 5))
    loss = matching_loss(*towers((torch.randn(4, 3),), (torch.arange(4),)), towers.scale)
    loss.backward()
    assert all(parameter.grad.abs().max() > 0 for parameter in towers.parameters())


def test_a_class_is_the_mean_direction_of_its_captions():
    captions = vectors(4, 3, 5).numpy()
    for row, got in zip(captions, class_vectors(captions), strict=True):
        mean = sum(caption / np.sqrt(caption @ caption) for caption in row) / 3
        np.testing.assert_allclose(got, mean / np.sqrt(mean @ mean))


def test_zero_shot_takes_the_class_of_the_largest_cosine():
    images, captions = vectors(30, 5).numpy(), vectors(4, 3, 5, seed=2).numpy()
    classes = class_vectors(captions)
    for image, got in zip(images, zero_shot(images, captions), strict=True):
        cosines = [image @ row / (np.linalg.norm(image) * np.linalg.norm(row)) for row in classes]
        assert got == cosines.index(max(cosines))


@pytest.mark.parametrize("k", [1, 2, 7])
def test_recall_counts_the_queries_that_found_something(k):
    rng = np.random.default_rng(k)
    scores, right = rng.normal(size=(40, 7)), rng.random((40, 7)) < 0.2
    found = 0
    for row, good in zip(scores, right, strict=True):
        ranked = sorted(range(7), key=lambda j: -row[j])
        found += any(good[j] for j in ranked[:k])
    assert recall_at(scores, right, k) == pytest.approx(found / 40)


@pytest.mark.parametrize("k", [0, 4])
def test_a_k_that_asks_for_none_or_too_many_is_refused(k):
    with pytest.raises(ValueError, match=f"got {k}, "):
        recall_at(np.ones((2, 3)), np.ones((2, 3), dtype=bool), k)


def test_the_temperature_starts_where_clip_s_does():
    assert contrastive.FIRST_TEMPERATURE == 0.07
