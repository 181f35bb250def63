"""bert.text_encoder by itself; that it is BERT where it says so, tests/bert/test_checkpoints.py proves."""

import pytest
import torch

import mha_lib as mha
from mha_lib.bert.text_encoder import TextEncoder
from mha_lib.nn import attention_maps

SIZES = {"vocab_size": 23, "d_model": 12, "num_heads": 3, "d_ff": 20, "num_layers": 2}
BERT = {"positions": "learned", "norm": "post", "max_len": 9, "num_token_types": 2, "eps": 1e-12}


@pytest.fixture
def ids():
    return torch.tensor([[2, 7, 11, 3, 5], [2, 9, 3, 0, 0]])


@pytest.fixture
def mask():
    return torch.from_numpy(mha.padding_mask([5, 3], 5))[:, None]


def perturbed(**settings):
    torch.manual_seed(3)
    encoder = TextEncoder(**SIZES, **settings).eval()
    for parameter in encoder.parameters():
        parameter.data += 0.2 * torch.randn_like(parameter)
    return encoder


def test_the_book_s_own_encoder_has_the_size_that_the_book_names():
    encoder = TextEncoder(vocab_size=4096, d_model=128, num_heads=8, d_ff=512, num_layers=4)
    assert round(sum(p.numel() for p in encoder.parameters()) / 1e6, 2) == 1.34


@pytest.mark.parametrize("settings", [{}, BERT])
def test_the_last_hidden_state_is_the_output_and_the_first_the_embedding(settings, ids, mask):
    encoder = perturbed(**settings)
    states = encoder.hidden_states(ids, mask)
    assert len(states) == 1 + SIZES["num_layers"]
    torch.testing.assert_close(states[-1], encoder(ids, mask))
    torch.testing.assert_close(states[0], encoder.embed(ids))


@pytest.mark.parametrize("settings", [{}, BERT])
def test_padding_changes_nothing_for_the_tokens(settings, ids, mask):
    encoder = perturbed(**settings)
    torch.testing.assert_close(encoder(ids, mask)[1, :3], encoder(ids[1:, :3])[0])


@pytest.mark.parametrize("settings", [{}, BERT])
def test_order_matters(settings):
    encoder = perturbed(**settings)
    there, back = encoder(torch.tensor([[5, 6, 7, 8]])), encoder(torch.tensor([[7, 6, 5, 8]]))
    assert (there[0, 3] - back[0, 3]).abs().max() > 0.01


def test_rotary_positions_see_only_distances(ids):
    shifted = torch.cat([torch.zeros(1, 3, dtype=torch.long), ids[:1]], dim=1)
    mask = (torch.arange(8) >= 3).expand(1, 1, 1, 8)  # padding in front moves the tokens, and nobody looks at it
    rotary, learned = perturbed(), perturbed(**BERT)
    torch.testing.assert_close(rotary(shifted, mask)[0, 3:], rotary(ids)[0], atol=1e-5, rtol=0)
    assert (learned(shifted, mask)[0, 3:] - learned(ids)[0]).abs().max() > 0.01


def test_learned_positions_turn_no_head():
    assert perturbed(**BERT).encoder.blocks[0].attention.positions is None


def test_the_head_is_tied_to_the_embedding(ids):
    encoder = perturbed()
    before = encoder.token_scores(encoder(ids)).detach()
    hidden = encoder(ids).detach()
    encoder.token_embedding.weight.data[17] = 0
    after = encoder.token_scores(hidden)
    torch.testing.assert_close(after[..., :17], before[..., :17])
    assert (after[..., 17] == encoder.head.bias[17]).all()


def test_token_scores_take_any_places(ids):
    encoder = perturbed()
    hidden = encoder(ids)
    torch.testing.assert_close(encoder.token_scores(hidden)[ids == 3], encoder.token_scores(hidden[ids == 3]))


def test_token_types_are_told_apart_and_are_0_if_not_given(ids):
    encoder = perturbed(**BERT)
    torch.testing.assert_close(encoder(ids), encoder(ids, token_types=torch.zeros_like(ids)))
    assert (encoder(ids) - encoder(ids, token_types=torch.ones_like(ids))).abs().max() > 0.01


def test_eps_reaches_every_normalisation():
    found = [m.eps for m in perturbed(**BERT).modules() if isinstance(m, torch.nn.LayerNorm)]
    assert found == [1e-12] * 6  # the embeddings', two a block, the head's


def test_without_its_normalisation_the_embedding_is_a_sum(ids):
    encoder = perturbed(**BERT | {"embedding_norm": False})
    tables = (encoder.token_embedding.weight[7], encoder.position_embedding.weight[1])
    torch.testing.assert_close(encoder.embed(ids)[0, 1], sum(tables) + encoder.token_type_embedding.weight[0])


def test_the_weights_of_every_layer_can_be_read(ids, mask):
    maps = attention_maps(perturbed(), ids, mask)
    assert [tuple(weights.shape) for weights in maps] == [(2, 3, 5, 5)] * 2
    assert (maps[1][1, :, :, 3:] == 0).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"positions": "sinusoidal"}, "'rotary', 'learned'.*'sinusoidal'"),
        ({"positions": "learned"}, "pass max_len"),
        ({"norm": "both"}, "'both'"),
        ({"dropout": 1.0}, "dropout.*1.0"),
    ],
)
def test_settings_that_do_not_fit_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        TextEncoder(**SIZES, **settings)


@pytest.mark.parametrize(
    ("settings", "given", "message"),
    [
        ({}, {"ids": torch.tensor([[23]])}, "ids must lie in 0 to 22, got 23 to 23"),
        ({}, {"ids": torch.tensor([[-1, 3]])}, "got -1 to 3"),
        ({}, {"ids": torch.tensor([1, 2])}, r"\(b, n\), got \(2,\)"),
        ({}, {"ids": torch.ones(1, 2)}, "whole numbers, got dtype torch.float32"),
        (BERT, {"ids": torch.ones(1, 10, dtype=torch.long)}, r"max_len \(9\) tokens, got 10"),
        ({"max_len": 4}, {"ids": torch.ones(1, 5, dtype=torch.long)}, r"max_len \(4\) tokens, got 5"),
        ({}, {"ids": torch.tensor([[1]]), "token_types": torch.tensor([[0]])}, "num_token_types=0"),
        (BERT, {"ids": torch.tensor([[1]]), "token_types": torch.tensor([[2]])}, "token_types must lie in 0 to 1"),
        (BERT, {"ids": torch.tensor([[1, 2]]), "token_types": torch.tensor([[1]])}, r"\(1, 2\): \(1, 1\)"),
    ],
)
def test_tokens_without_an_embedding_are_refused(settings, given, message):
    with pytest.raises(ValueError, match=message):
        perturbed(**settings)(**given)


def test_without_a_head_there_are_no_scores(ids):
    encoder = perturbed(head=False)
    with pytest.raises(ValueError, match="head=False"):
        encoder.token_scores(encoder(ids))
