"""gpt.cache: a cache changes nothing but the time."""

from functools import partial

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from mha_lib.attention import attention
from mha_lib.gpt import sampling
from mha_lib.gpt.cache import Cache, CachedScores, extended_cache, read_cache
from mha_lib.gpt.model import GPT, next_token_loss, scorer
from mha_lib.masks import causal_mask
from mha_lib.positions.arrays import rotate
from mha_lib.positions.layers import Alibi
from mha_lib.translation import decoding

SIZES = {"vocab_size": 31, "d_model": 24, "num_heads": 3, "d_ff": 40, "num_layers": 3}
KINDS = {
    "rotary": {},
    "learned": {"positions": "learned", "max_len": 40},
    "GPT-2": {"positions": "learned", "max_len": 40, "activation": partial(F.gelu, approximate="tanh"), "eps": 1e-3},
}


@pytest.fixture(params=KINDS)
def model(request):
    torch.manual_seed(2)
    model = GPT(**SIZES, **KINDS[request.param]).eval()
    for parameter in model.parameters():  # a new one has biases of 0 and gains of 1, which hide mistakes
        parameter.data += 0.2 * torch.randn_like(parameter)
    return model


def some_tokens(b, n):
    return torch.from_numpy(np.random.default_rng(7).integers(0, 31, (b, n)))


@pytest.mark.parametrize("pieces", [[12], [1] * 12, [5, 1, 1, 3, 2], [1, 11], [7, 5]])
@pytest.mark.parametrize("batch", [1, 4])
def test_scores_with_a_cache_are_those_without_in_whatever_pieces_the_text_comes(model, pieces, batch):
    tokens = some_tokens(batch, 12)
    cache = Cache(model, batch, capacity=12)
    with torch.inference_mode():
        read = torch.cat([cache.read(piece) for piece in tokens.split(pieces, dim=1)], dim=1)
        torch.testing.assert_close(model.token_scores(read), model(tokens), atol=1e-5, rtol=0)
    assert cache.length == 12


@pytest.mark.parametrize("prompt", [1, 2, 9])
@pytest.mark.parametrize("batch", [1, 3])
def test_the_generated_tokens_are_the_same(model, prompt, batch):
    start = some_tokens(batch, prompt).numpy()
    greedily = [decoding.greedy(score, start, -1, 25) for score in (scorer(model), CachedScores(model, 40))]
    np.testing.assert_array_equal(*greedily)
    scores = (scorer(model), CachedScores(model, 40))
    drawn = [sampling.sample(score, start, -1, 25, np.random.default_rng(3)) for score in scores]
    np.testing.assert_array_equal(*drawn)
    assert len(np.unique(drawn[0])) > 8


def test_each_token_is_read_once(model):
    score, start = CachedScores(model, 40), some_tokens(2, 6).numpy()
    read, taken = Cache.read, []

    def counted(self, tokens):
        taken.append(tokens.shape[1])
        return read(self, tokens)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Cache, "read", counted)
        decoding.greedy(score, start, end=-1, max_new=4)
    assert taken == [6, 1, 1, 1]


def test_a_prefix_that_does_not_go_on_is_read_anew(model):
    score, plain = CachedScores(model, 40), scorer(model)
    first = some_tokens(2, 5).numpy()
    changed = np.concatenate([first, first[:, :1]], axis=1)
    changed[0, 2] = (changed[0, 2] + 1) % 31
    for prefixes in (first, changed, changed[:1], first[:, :3], first[:, :3], first):
        np.testing.assert_allclose(score(prefixes), plain(prefixes), atol=1e-5)


def test_a_beam_may_use_a_cache(model):
    start = some_tokens(1, 3)[0].numpy()
    found = [
        decoding.beam_search(score, start, 30, 8, beam_size=3) for score in (scorer(model), CachedScores(model, 40))
    ]
    np.testing.assert_array_equal(*found)


def test_what_the_model_learns_the_cache_knows(model):
    tokens = some_tokens(1, 6)
    cache = Cache(model, 1, capacity=6)
    next_token_loss(model(tokens), tokens).backward()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter -= 0.1 * parameter.grad
        torch.testing.assert_close(model.token_scores(cache.read(tokens)), model(tokens), atol=1e-5, rtol=0)


def test_double_precision_stays_double():
    model = GPT(**SIZES).double().eval()
    hidden = Cache(model, 2, capacity=5).read(some_tokens(2, 5))
    assert hidden.dtype == torch.float64
    torch.testing.assert_close(hidden, model.hidden_states(some_tokens(2, 5))[-1].detach(), atol=1e-12, rtol=0)


@pytest.mark.parametrize("shape", [(2, 4), (1, 2), (3, 2)])
def test_tokens_that_do_not_fit_are_refused(model, shape):
    cache = Cache(model, 2, capacity=8)
    cache.read(some_tokens(2, 5))
    with pytest.raises(ValueError, match=rf"2 sequences of at most 8.*5 are taken.*\({shape[0]}, {shape[1]}\)"):
        cache.read(some_tokens(*shape))
    assert cache.length == 5


def test_no_more_room_than_positions():
    with pytest.raises(ValueError, match=r"41.*40"):
        Cache(GPT(**SIZES, **KINDS["learned"]), 1, capacity=41)


def test_positions_of_another_kind_are_refused():
    model = GPT(**SIZES)
    for block in model.encoder.blocks:
        block.attention.positions = Alibi(3)
    with pytest.raises(ValueError, match=r"rotary or learned.*Alibi"):
        Cache(model, 1, capacity=4)


@pytest.mark.parametrize("pieces", [[9], [4, 1, 3, 1]])
def test_one_head_in_numpy_gives_causal_rotary_attention(pieces):
    rng = np.random.default_rng(0)
    x, w_q, w_k, w_v = rng.normal(size=(9, 5)), *rng.normal(size=(3, 5, 4))
    cache, out = np.zeros((2, 0, 4)), []
    for piece in np.split(x, np.cumsum(pieces)[:-1]):
        cache = extended_cache(cache, piece, w_k, w_v)
        out.append(read_cache(piece, cache, w_q))
    q, k = (rotate(x @ w, np.arange(9)) for w in (w_q, w_k))
    np.testing.assert_allclose(np.concatenate(out), attention(q, k, x @ w_v, causal_mask(9)))
