"""seeing.bertviz_bridge: what BertViz takes, against what its documentation asks for, and BertViz where installed."""

import importlib.util
import json
import re

import pytest
import torch

from mha_lib.nn import Encoder, attention_maps, for_bertviz

TOKENS = ["[CLS]", "the", "mouse", "[SEP]"]


def maps(n=4, padded=0):
    """Return the maps of a small encoder for two sentences, the last `padded` places of each masked."""
    torch.manual_seed(0)
    mask = (torch.arange(n) < n - padded).expand(2, n)[:, None, None]
    return attention_maps(Encoder(12, 3, 8, num_layers=2), torch.randn(2, n, 12), mask)


@pytest.mark.parametrize("sentence", [0, 1])
def test_each_layer_has_a_batch_of_one_and_the_numbers_are_the_sentences(sentence):
    attention, tokens = for_bertviz(maps(), TOKENS, sentence)
    assert tokens == TOKENS
    assert [weights.shape for weights in attention] == [(1, 3, 4, 4)] * 2
    for ours, theirs in zip(maps(), attention, strict=True):
        assert torch.equal(ours[sentence : sentence + 1], theirs)


def test_arrays_and_weights_with_gradients_are_taken():
    plain = [weights.double().numpy() for weights in maps()]
    for given in (plain, [torch.from_numpy(weights).requires_grad_() for weights in plain]):
        attention, _ = for_bertviz(given, TOKENS)
        assert all(weights.dtype == torch.float32 and not weights.requires_grad for weights in attention)


def test_padding_is_cut_off():
    attention, _ = for_bertviz(maps(6, padded=2), TOKENS)
    for weights in attention:
        assert weights.shape == (1, 3, 4, 4)
        torch.testing.assert_close(weights.sum(-1), torch.ones(1, 3, 4))


def test_padding_that_was_not_masked_is_refused():
    with pytest.raises(ValueError, match="beyond the 4 tokens"):
        for_bertviz(maps(6), TOKENS)


@pytest.mark.parametrize("given", [maps(3), [weights[0] for weights in maps()]])
def test_maps_that_do_not_fit_the_tokens_are_refused_with_both_sizes(given):
    with pytest.raises(ValueError, match=r"4 tokens need maps \(b, h, n, n\) .* got \("):
        for_bertviz(given, TOKENS)


@pytest.mark.skipif(importlib.util.find_spec("bertviz") is None, reason="needs bertviz: install the extra `test`")
@pytest.mark.parametrize("view", ["head_view", "model_view"])
@pytest.mark.filterwarnings("ignore")
def test_bertviz_shows_the_very_weights(view):
    show = getattr(importlib.import_module("bertviz"), view)
    attention, tokens = for_bertviz(maps(), TOKENS, 1)
    page = show(attention, tokens, html_action="return").data
    shown = json.JSONDecoder().raw_decode(page, re.search(r"params = |PYTHON_PARAMS = ", page).end())[0]
    assert shown["attention"][0]["left_text"] == shown["attention"][0]["right_text"] == TOKENS
    torch.testing.assert_close(torch.tensor(shown["attention"][0]["attn"]), torch.stack([w[1] for w in maps()]))
