"""distillation and sharing: lessons against plain sums; students and shared layers by their parameters."""

import copy
import math

import pytest
import torch
import torch.nn.functional as F

from mha_lib.bert.text_encoder import TextEncoder
from mha_lib.compression.distillation import distillation_loss, hidden_token_lesson, student_of
from mha_lib.compression.sharing import share_layers
from mha_lib.encoder.blocks import Encoder
from tests.support.shaken import shaken
from tests.support.tolerance import assert_close

STUDENT = torch.tensor([[0.3, -1.0, 2.0], [1.5, 0.2, -0.7]], dtype=torch.float64)
TEACHER = torch.tensor([[2.0, 0.5, -1.0], [0.1, 0.9, 1.2]], dtype=torch.float64)
LABELS = torch.tensor([2, 0])


def probabilities(scores, temperature):
    exponentials = [math.exp(score / temperature) for score in scores]
    return [x / sum(exponentials) for x in exponentials]


def by_hand(temperature, share):
    """Return the loss from plain sums over rows and classes."""
    total = 0.0
    for student, teacher, label in zip(STUDENT.tolist(), TEACHER.tolist(), LABELS.tolist(), strict=True):
        p, q = probabilities(teacher, temperature), probabilities(student, temperature)
        soft = sum(a * math.log(a / b) for a, b in zip(p, q, strict=True))
        total += share * temperature**2 * soft - (1 - share) * math.log(probabilities(student, 1.0)[label])
    return total / 2


@pytest.mark.parametrize(("temperature", "share"), [(1.0, 0.5), (2.0, 0.3), (4.0, 1.0), (0.5, 0.0)])
def test_the_loss_is_that_of_plain_sums(temperature, share):
    loss = distillation_loss(STUDENT, TEACHER, LABELS, temperature, share)
    assert loss.item() == pytest.approx(by_hand(temperature, share), rel=1e-12)


def test_the_soft_loss_is_pytorch_s_divergence():
    soft = F.kl_div((STUDENT / 3).log_softmax(-1), (TEACHER / 3).softmax(-1), reduction="batchmean")
    assert distillation_loss(STUDENT, TEACHER, LABELS, 3.0, 1.0).item() == pytest.approx(9 * soft.item())


def test_the_slope_of_the_soft_loss_is_the_temperature_times_the_difference_of_probabilities():
    student = STUDENT.clone().requires_grad_()
    distillation_loss(student, TEACHER, LABELS, 2.0, 1.0).backward()
    expected = 2 * ((STUDENT / 2).softmax(-1) - (TEACHER / 2).softmax(-1)) / len(STUDENT)
    assert_close(student.grad, expected)


def test_slopes_hardly_depend_on_a_high_temperature():
    slopes = []
    for temperature in (50.0, 100.0):
        student = STUDENT.clone().requires_grad_()
        distillation_loss(student, TEACHER, LABELS, temperature, 1.0).backward()
        slopes.append(student.grad)
    torch.testing.assert_close(*slopes, rtol=0.05, atol=1e-3)


def test_the_teacher_does_not_learn():
    teacher = TEACHER.clone().requires_grad_()
    distillation_loss(STUDENT.clone().requires_grad_(), teacher, LABELS, 2.0, 0.5).backward()
    assert teacher.grad is None


@pytest.mark.parametrize(("temperature", "share"), [(0.0, 0.5), (-1.0, 0.5), (1.0, 1.5), (1.0, -0.1)])
def test_a_temperature_or_share_out_of_range_is_refused(temperature, share):
    with pytest.raises(ValueError, match=rf"temperature \({temperature}\).*share \({share}\)"):
        distillation_loss(STUDENT, TEACHER, LABELS, temperature, share)


def encoder():
    return shaken(TextEncoder(11, d_model=12, num_heads=3, d_ff=20, num_layers=3)).float().eval()


def test_a_student_has_the_chosen_blocks_and_a_life_of_its_own():
    teacher = encoder()
    student = student_of(teacher, [0, 2])
    whole = copy.deepcopy(teacher)
    del whole.encoder.blocks[1]
    ids = torch.tensor([[2, 7, 9, 3]])
    assert torch.equal(student(ids), whole(ids))
    student.encoder.blocks[0].feed_forward.project_in.bias.data += 1
    assert not torch.equal(student(ids), whole(ids))
    assert torch.equal(teacher(ids), encoder()(ids))


def test_a_block_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="no block 3: the encoder has 3"):
        student_of(encoder(), [0, 3])


def test_a_lesson_without_a_teacher_is_the_surprise_at_the_hidden_tokens():
    model, rows = encoder(), torch.randint(5, 11, (6, 9), generator=torch.Generator().manual_seed(1))
    hidden = torch.rand(rows.shape, generator=torch.Generator().manual_seed(3)) < 0.4
    scores = model.token_scores(model(rows.masked_fill(hidden, 4))[hidden])
    lesson = hidden_token_lesson(None, 0.4, torch.Generator().manual_seed(3))
    torch.testing.assert_close(lesson(model, rows), F.cross_entropy(scores, rows[hidden]))


def test_a_teacher_has_nothing_to_teach_itself():
    model, rows = encoder(), torch.randint(5, 11, (6, 9), generator=torch.Generator().manual_seed(1))
    lesson = hidden_token_lesson(model, 0.4, torch.Generator().manual_seed(3), share=1.0)
    assert lesson(model, rows).item() == pytest.approx(0, abs=1e-6)


def test_shared_layers_are_one_block_applied_again_and_again():
    stack = shaken(Encoder(12, 3, 20, num_layers=2))
    shared = share_layers(stack, 3)
    x = torch.randn(2, 5, 12, generator=torch.Generator().manual_seed(0)).double()
    expected = x
    for _ in range(3):
        expected = stack.blocks[0](expected)
    assert_close(shared(x), stack.final_norm(expected))
    assert len({id(block) for block in shared.blocks}) == 1


def test_a_shared_layer_learns_from_every_place_it_stands_in():
    stack = shaken(Encoder(12, 3, 20, num_layers=3))
    for block in stack.blocks[1:]:
        block.load_state_dict(stack.blocks[0].state_dict())
    shared, x = share_layers(stack, 3), torch.randn(2, 5, 12, generator=torch.Generator().manual_seed(0)).double()
    for model in (stack, shared):
        model(x).cos().sum().backward()
    name = "feed_forward.project_in.weight"
    assert_close(
        shared.blocks[0].get_parameter(name).grad, sum(block.get_parameter(name).grad for block in stack.blocks)
    )


def test_no_layers_are_refused():
    with pytest.raises(ValueError, match="num_layers 0"):
        share_layers(Encoder(4, 2, 8, num_layers=1), 0)
