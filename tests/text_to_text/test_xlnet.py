"""The query stream never sees its own token, the content stream does, and both see what their masks say."""

import itertools

import numpy as np
import pytest
import torch

from mha_lib.text_to_text import side_by_side
from mha_lib.text_to_text.side_by_side import KINDS, SIZES
from mha_lib.text_to_text.xlnet import XLNet, content_mask, draw_orders, query_mask, ranks

ORDERS = [np.array(order) for order in itertools.permutations(range(4))]


@pytest.fixture
def model():
    torch.manual_seed(1)
    model = XLNet(vocab_size=9, d_model=12, num_heads=3, d_ff=24, num_layers=3, max_len=6).double()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, 0.1, 0.5)
    return model.eval()


def moved(model, order, place, stream):
    """Return at which places a stream moves if the token at one place is replaced."""
    tokens = torch.tensor([[3, 1, 4, 2]])
    other = tokens.clone()
    other[0, place] = 7
    before, after = (model.streams(ids, order)[stream] for ids in (tokens, other))
    return ((before - after).abs().amax(-1)[0] > 1e-9).tolist()


def test_masks_list_who_came_before_by_a_plain_loop():
    for order in ORDERS:
        place_of = order.tolist()
        for i, j in itertools.product(range(4), repeat=2):
            assert query_mask(order)[i, j] == (place_of.index(j) < place_of.index(i))
            assert content_mask(order)[i, j] == (place_of.index(j) <= place_of.index(i))


def test_left_to_right_is_the_causal_mask():
    np.testing.assert_array_equal(content_mask(np.arange(5)), np.tri(5, dtype=bool))
    np.testing.assert_array_equal(query_mask(np.arange(5)), np.tri(5, k=-1, dtype=bool))


def test_a_batch_of_orders_has_a_mask_for_each():
    orders = draw_orders(np.random.default_rng(0), 6, 4)
    for mask in (query_mask, content_mask):
        np.testing.assert_array_equal(mask(orders), np.stack([mask(order) for order in orders]))


def test_ranks_undo_an_order_and_refuse_what_is_none():
    assert ranks([2, 0, 3, 1])[[2, 0, 3, 1]].tolist() == [0, 1, 2, 3]
    with pytest.raises(ValueError, match=r"list each of the 3 places once, got \[0, 1, 1\]"):
        ranks([0, 1, 1])


def test_every_order_is_drawn_and_about_as_often():
    drawn = draw_orders(np.random.default_rng(0), 2400, 4)
    counts = np.unique(drawn, axis=0, return_counts=True)[1]
    assert len(counts) == 24
    assert counts.min() > 60


def test_the_query_stream_never_sees_its_own_content_by_perturbation(model):
    for order in ORDERS:
        for place in range(4):
            assert not moved(model, order, place, stream=1)[place]


def test_the_query_stream_never_sees_its_own_content_by_gradients(model):
    tokens = torch.tensor([[3, 1, 4, 2]])
    for order in ORDERS:
        embedded = model.token_embedding(tokens).detach().requires_grad_()
        model.token_embedding.forward = lambda ids, embedded=embedded: embedded
        scores = model(tokens, order)[0]
        slopes = torch.stack(
            [torch.autograd.grad(row.sum() + row[0], embedded, retain_graph=True)[0][0] for row in scores]
        )
        reach = slopes.abs().sum(-1) > 0  # a row a place asked, a column a token
        np.testing.assert_array_equal(reach.numpy(), query_mask(order))


def test_the_content_stream_sees_its_own_content(model):
    for order in ORDERS:
        for place in range(4):
            assert moved(model, order, place, stream=0)[place]


def test_both_streams_see_exactly_what_their_masks_say(model):
    for order in ORDERS:
        for stream, mask in ((0, content_mask(order)), (1, query_mask(order))):
            seen = np.array([moved(model, order, place, stream) for place in range(4)]).T
            np.testing.assert_array_equal(seen, mask)


def test_left_to_right_the_content_stream_is_a_causal_encoder(model):
    tokens = torch.tensor([[3, 1, 4, 2], [8, 0, 5, 5]])
    x = model.token_embedding(tokens) + model.places(4)
    for block in model.blocks:
        x = block(x, is_causal=True)
    torch.testing.assert_close(model.streams(tokens, np.arange(4))[0], model.final_norm(x))


def test_both_streams_share_every_parameter(model):
    names = {name.split(".")[0] for name, _ in model.named_parameters()}
    assert names == {"token_embedding", "position_embedding", "question", "blocks", "final_norm", "predict"}
    one = XLNet(vocab_size=9, d_model=12, num_heads=3, d_ff=24, num_layers=1, max_len=6)
    blocks = (sum(p.numel() for p in m.blocks.parameters()) for m in (model, one))
    assert next(blocks) == 3 * next(blocks)


def test_an_order_for_each_row_is_that_row_s_own(model):
    tokens, orders = torch.tensor([[3, 1, 4, 2], [5, 1, 0, 2]]), np.array([[2, 0, 3, 1], [1, 3, 2, 0]])
    together = model(tokens, orders)
    for row in range(2):
        torch.testing.assert_close(together[row], model(tokens[row : row + 1], orders[row])[0])


def test_the_first_place_of_an_order_knows_its_place_alone(model):
    first, second = (model(torch.tensor([ids]), [1, 0, 2])[0] for ids in ([3, 1, 4], [5, 6, 7]))
    torch.testing.assert_close(first[1], second[1])
    assert not torch.allclose(first[0], second[0])
    assert not torch.allclose(model(torch.tensor([[3, 1, 4]]), [2, 0, 1])[0, 2], first[1])


def test_one_order_s_surprise_is_that_of_a_whole_text(model):
    """Sum over every text of the product of its conditionals: a proper distribution, in any order."""
    texts = torch.tensor(list(itertools.product(range(3), repeat=3)))
    small = XLNet(vocab_size=3, d_model=12, num_heads=3, d_ff=24, num_layers=2, max_len=3).double().eval()
    for order in ([0, 1, 2], [2, 0, 1]):
        log_probs = small(texts, order).log_softmax(-1).gather(-1, texts[..., None])[..., 0]
        assert log_probs.sum(-1).exp().sum().item() == pytest.approx(1.0)


def test_too_many_tokens_are_refused(model):
    with pytest.raises(ValueError, match=r"at most max_len \(6\) tokens, got 7"):
        model(torch.zeros(1, 7, dtype=torch.long), np.arange(7))


def test_the_rows_of_the_study_hold_and_do_not_overlap():
    train, test = side_by_side.split_rows(np.random.default_rng(0))
    assert (len(train), len(test)) == (800, 200)
    assert side_by_side.holds(train).all()
    assert {tuple(row) for row in train}.isdisjoint(tuple(row) for row in test)
    assert not side_by_side.holds([[1, 2, 3, 4, 8], [1, 2, 4, 4, 8]]).any()


WAYS = [(name, way) for name, kind in KINDS.items() for way in ("at_once", "in_turn") if getattr(kind, way)]


@pytest.mark.parametrize(("name", "way"), WAYS)
def test_no_model_of_the_study_sees_what_it_must_fill_in(name, way):
    kind = KINDS[name]
    fill = getattr(kind, way)
    torch.manual_seed(0)
    model = shaken(kind.make())
    rows = torch.from_numpy(side_by_side.all_rows()[::37])
    for pair in ([0, 2], [1, 3], [3, 4], [2, 3]):
        places = np.tile(pair, (len(rows), 1))
        other = rows.scatter(1, torch.from_numpy(places), 9)
        with torch.no_grad():
            found = fill(model, rows, places)
            torch.testing.assert_close(found, fill(model, other, places))
        assert len(torch.unique(found[:, pair], dim=0)) > 1, "a model that always says the same proves nothing"


def shaken(model):
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.normal_(0.0, 0.6)
    return model.eval()


@pytest.mark.parametrize("name", ["BERT", "XLNet"])
def test_at_once_no_missing_number_knows_the_other_and_in_turn_the_second_does(name):
    kind, rows = KINDS[name], torch.tensor([[1, 2, 3, 4, 7]])
    torch.manual_seed(3)
    model = shaken(kind.make())
    both = np.array([[1, 3]])
    with torch.no_grad():
        at_once, in_turn = kind.at_once(model, rows, both), kind.in_turn(model, rows, both)
        given = kind.in_turn(model, in_turn, both[:, 1:])
    assert at_once[0, 1] == in_turn[0, 1]
    assert in_turn[0, 3] == given[0, 3]


def test_a_model_that_knows_every_row_fills_in_all():
    class Perfect:
        def in_turn(self, model, rows, places):
            truth = side_by_side.all_rows()
            known = np.delete(np.arange(5), places[0])
            found = [truth[(truth[:, known] == row[known]).all(1)][0] for row in rows.numpy()]
            return torch.from_numpy(np.stack(found))

        at_once = None

    rows = torch.from_numpy(side_by_side.all_rows()[::90])
    for places in ([0], [2, 4], [0, 1]):
        assert side_by_side.share_right(Perfect().in_turn, None, rows, places) == 1.0


def test_t5_is_asked_with_a_sentinel_for_each_missing_number():
    rows = torch.tensor([[1, 2, 3, 4, 7]])
    first, second, third = side_by_side.SENTINEL_IDS.tolist()
    sources, labels = side_by_side.corrupted(rows, np.array([[1, 2]]))
    assert sources.tolist() == [[1, first, second, 4, 7]]
    assert labels.tolist() == [[first, 2, second, 3, third]]


def test_missing_places_come_last_in_the_order_that_they_have():
    assert side_by_side.known_first(np.array([[3, 1]])).tolist() == [[0, 2, 4, 3, 1]]


@pytest.mark.parametrize("name", KINDS)
def test_a_few_steps_lower_every_model_s_loss(name):
    train, _ = side_by_side.split_rows(np.random.default_rng(0))
    rows = torch.from_numpy(train[:64])
    losses = []
    for steps in (1, 30):
        model = side_by_side.trained(name, train, seed=0, steps=steps)
        with torch.no_grad():
            losses.append(KINDS[name].loss(model, rows, np.random.default_rng(5)).item())
    assert losses[1] < losses[0] - 0.05


def test_sizes_are_the_same_for_all_and_t5_has_two_stacks():
    counts = {name: sum(p.numel() for p in kind.make().parameters()) for name, kind in KINDS.items()}
    assert SIZES["num_layers"] == 2
    assert counts["T5"] > 1.5 * counts["GPT"]
