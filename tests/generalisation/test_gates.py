"""generalisation.gates: draws against plain loops, probabilities against counting, gates in layers against ablation."""

import math

import numpy as np
import pytest
import torch

from mha_lib.generalisation.gates import BETA, HIGH, LOW
from mha_lib.heads import pointers
from mha_lib.nn import (
    Encoder,
    FeedForward,
    HeadGates,
    MultiHeadAttention,
    expected_open,
    gate_heads,
    hard_concrete,
    open_probability,
    without_heads,
)
from tests.support.shaken import shaken
from tests.support.tolerance import assert_close

CONSTANTS = [(BETA, LOW, HIGH), (0.5, -1.0, 4.0), (0.9, -0.3, 1.2)]
SHUT, OPEN = -20.0, 20.0


def one_gate(draw, log_alpha, beta, low, high):
    logistic = math.log(draw / (1 - draw))
    squeezed = 1 / (1 + math.exp(-(logistic + log_alpha) / beta))
    return min(max(low + squeezed * (high - low), 0.0), 1.0)


@pytest.mark.parametrize("constants", CONSTANTS)
def test_a_gate_is_squeezed_stretched_and_clipped(constants):
    draws = torch.linspace(0.02, 0.98, 35, dtype=torch.float64).reshape(7, 5)
    log_alpha = torch.tensor([-2.0, -0.5, 0.1, 0.8, 3.0], dtype=torch.float64)
    wanted = [
        [one_gate(d, a, *constants) for d, a in zip(row, log_alpha.tolist(), strict=True)] for row in draws.tolist()
    ]
    assert_close(hard_concrete(draws, log_alpha, *constants), torch.tensor(wanted, dtype=torch.float64))


def test_the_ends_of_the_draws_shut_and_open_the_gate():
    draws = torch.tensor([0.0, 1.0])
    assert hard_concrete(draws, torch.zeros(2)).tolist() == [0.0, 1.0]


def test_a_clipped_gate_passes_no_gradient_and_an_inner_one_does():
    log_alpha = torch.zeros(3, requires_grad=True)
    hard_concrete(torch.tensor([0.001, 0.5, 0.999]), log_alpha).sum().backward()
    assert log_alpha.grad[[0, 2]].tolist() == [0.0, 0.0]
    assert log_alpha.grad[1] > 0.1


@pytest.mark.parametrize("constants", CONSTANTS)
@pytest.mark.parametrize("log_alpha", [-1.5, 0.0, 1.0])
def test_the_probability_is_the_share_of_draws_that_open(constants, log_alpha):
    draws = (torch.arange(20000, dtype=torch.float64) + 0.5) / 20000
    opened = hard_concrete(draws, torch.tensor(log_alpha, dtype=torch.float64), *constants) > 0
    share = open_probability(torch.tensor(log_alpha, dtype=torch.float64), *constants).item()
    assert opened.double().mean().item() == pytest.approx(share, abs=1e-4)


def test_gates_at_rest_have_no_chance_and_in_training_they_do():
    gates, heads = HeadGates(4, start=0.0), torch.ones(1, 4, 2, 3)
    torch.manual_seed(0)
    assert not torch.equal(gates(heads), gates(heads))
    gates.eval()
    assert torch.equal(gates(heads), torch.full_like(heads, 0.5))


def test_each_head_has_its_own_gate_and_a_closed_one_is_named():
    gates = HeadGates(4).eval()
    gates.log_alpha.data = torch.tensor([OPEN, SHUT, 0.0, SHUT])
    passed = gates(torch.ones(2, 4, 5, 3))
    assert passed[:, :, 0, 0].tolist() == [[1.0, 0.0, 0.5, 0.0]] * 2
    assert gates.closed() == [1, 3]
    assert gates.train().closed() == [1, 3]


def test_closed_gates_in_a_model_are_silent_heads():
    model, x = shaken(Encoder(d_model=15, num_heads=3, d_ff=13, num_layers=2).double()), torch.randn(2, 7, 15).double()
    with without_heads(model, [(0, 1), (1, 0), (1, 2)]):
        silent = model.eval()(x)
    for gates, values in zip(gate_heads(model), ([OPEN, SHUT, OPEN], [SHUT, OPEN, SHUT]), strict=True):
        gates.log_alpha.data = torch.tensor(values)
    assert_close(model.eval()(x), silent)


def test_gates_belong_to_the_model_and_are_trained_with_it():
    model = Encoder(d_model=12, num_heads=3, d_ff=8, num_layers=2)
    own = gate_heads(model, start=0.5)
    names = [name for name, _ in model.named_parameters() if "gates" in name]
    assert names == ["blocks.0.attention.gates.log_alpha", "blocks.1.attention.gates.log_alpha"]
    model(torch.randn(2, 5, 12)).square().sum().backward()
    assert all(gates.log_alpha.grad is not None for gates in own)


def test_the_expected_number_adds_all_layers_up():
    own = [HeadGates(3, OPEN), HeadGates(2, SHUT), HeadGates(4, OPEN)]
    assert expected_open(own).item() == pytest.approx(7.0, abs=1e-5)
    assert expected_open([HeadGates(5, 0.0)]).item() == pytest.approx(5 * open_probability(torch.tensor(0.0)).item())


def test_a_model_without_attention_or_with_gates_is_refused():
    with pytest.raises(ValueError, match=r"\(0 found\)"):
        gate_heads(FeedForward(4, 8))
    layer = MultiHeadAttention(12, 3)
    gate_heads(layer)
    with pytest.raises(ValueError, match="no gates yet"):
        gate_heads(layer)


def test_a_gated_reader_reads_what_the_silent_one_reads():
    examples = pointers.draw_examples(np.random.default_rng(0), 20)
    reader = pointers.PointerReader(4, np.random.default_rng(1)).eval()
    silent = reader(examples, silent=[0, 3])
    reader.heads = HeadGates(4).eval()
    reader.heads.log_alpha.data = torch.tensor([SHUT, OPEN, OPEN, SHUT])
    torch.testing.assert_close(reader(examples), silent)


def test_the_least_missed_heads_are_found_one_after_the_other():
    examples = pointers.draw_examples(np.random.default_rng(0), 200)
    reader = pointers.train(pointers.PointerReader(4, np.random.default_rng(1)), np.random.default_rng(2), 60)
    silent = pointers.least_missed(reader, examples, 2)
    alone = [pointers.accuracy(reader, examples, [head]).min() for head in range(4)]
    assert alone[silent[0]] == max(alone)
    pairs = [pointers.accuracy(reader, examples, [silent[0], h]).min() for h in range(4) if h != silent[0]]
    assert pointers.accuracy(reader, examples, silent).min() == max(pairs)
