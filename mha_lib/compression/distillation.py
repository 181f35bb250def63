"""Chapter 17. Distillation: a small model learns from a large one's probabilities, not from the right answers alone."""

import copy

import torch
import torch.nn.functional as F
from torch import nn

from mha_lib.bert.masking import choose_tokens
from mha_lib.bert.wordpiece import HIDDEN


def distillation_loss(student_scores, teacher_scores, labels, temperature, share):
    """Return `share` of the soft loss, times the temperature squared, plus the rest of the hard one: a number.

    student_scores, teacher_scores: (b, v), before softmax   labels: (b,) integers   temperature: above 0
    share: from 0, labels alone, to 1, the teacher alone

    The soft loss is the divergence from the teacher's probabilities to the student's, both at the temperature, the hard
    one the surprise at the label at temperature 1; each is a mean over the b rows. A softmax at temperature T has
    slopes 1 / T**2 as large, hence the factor. No gradient reaches the teacher.
    Raises ValueError for a temperature or a share out of its range.
    Source: Hinton et al., 2015, section 2, who write the cross-entropy: the teacher's entropy, a constant, more.

    >>> scores = torch.tensor([[0.0, 0.0]])
    >>> distillation_loss(scores, scores, torch.tensor([1]), temperature=2.0, share=1.0).item()
    0.0
    """
    if temperature <= 0 or not 0 <= share <= 1:
        raise ValueError(f"temperature ({temperature}) must be above 0, share ({share}) from 0 to 1")
    targets = (teacher_scores.detach() / temperature).log_softmax(dim=-1)
    guesses = (student_scores / temperature).log_softmax(dim=-1)
    soft = (targets.exp() * (targets - guesses)).sum(dim=-1).mean()
    hard = F.cross_entropy(student_scores, labels)
    return share * temperature**2 * soft + (1 - share) * hard


def student_of(encoder, layers):
    """Return a copy of a TextEncoder with some of its blocks only, in the order given, to be trained further.

    layers: numbers of blocks, from 0

    Raises ValueError for a block that it does not have. Source: Sanh et al., 2019, section 3: every other layer.
    """
    blocks = encoder.encoder.blocks
    for layer in layers:
        if not 0 <= layer < len(blocks):
            raise ValueError(f"there is no block {layer}: the encoder has {len(blocks)}, counted from 0")
    student = copy.deepcopy(encoder)
    student.encoder.blocks = nn.ModuleList([student.encoder.blocks[layer] for layer in layers])
    return student


def hidden_token_lesson(teacher, rate, generator, temperature=2.0, share=0.5):
    """Return a loss (student, rows) for `training.train`: guess hidden tokens as the teacher does, and rightly.

    teacher: a TextEncoder, or None: then the labels alone teach   rate: the share of hidden tokens

    Teacher and student see the same rows with the same tokens under [MASK], each time others.
    """

    def loss(student, rows):
        chosen = choose_tokens(rows, rate, generator)
        shown, labels = rows.masked_fill(chosen, HIDDEN), rows[chosen]
        scores = student.token_scores(student(shown)[chosen])
        if teacher is None:
            return F.cross_entropy(scores, labels)
        with torch.no_grad():
            targets = teacher.token_scores(teacher(shown)[chosen])
        return distillation_loss(scores, targets, labels, temperature, share)

    return loss
