"""Exercise distillation_loss: the student's loss."""

import numpy as np
import torch
import torch.nn.functional as F

from mha_lib.compression.distillation import distillation_loss as library_distillation_loss
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe
from mha_lib.diagnosis.tensors import tensor_call

SQUARED = "By what does the temperature shrink the slopes of the soft loss, and how often?"
ONE_MEAN = "A divergence is a sum over the classes. What is the mean over?"


def distillation_loss(student_scores, teacher_scores, labels, temperature, share):
    """Return the soft and the hard loss, weighed."""
    teacher = (teacher_scores.detach() / temperature).softmax(dim=-1)
    log_student = (student_scores / temperature).log_softmax(dim=-1)
    soft = (teacher * (teacher.log() - log_student)).sum(dim=-1).mean()
    hard = F.cross_entropy(student_scores, labels)
    return share * temperature**2 * soft + (1 - share) * hard


def distillation_by_kl_div(student_scores, teacher_scores, labels, temperature, share):
    """Return the same with PyTorch's divergence, which takes logarithms first and the target second."""
    teacher = F.log_softmax(teacher_scores.detach() / temperature, dim=1)
    student = F.log_softmax(student_scores / temperature, dim=1)
    soft = F.kl_div(student, teacher, reduction="batchmean", log_target=True)
    return torch.lerp(F.cross_entropy(student_scores, labels), temperature**2 * soft, share)


def distillation_row_by_row(student_scores, teacher_scores, labels, temperature, share):
    """Return the same, one row at a time: cross-entropy less the teacher's entropy."""
    total = 0.0
    for student, teacher, label in zip(student_scores, teacher_scores.detach(), labels, strict=True):
        p = (teacher / temperature).softmax(0)
        soft = -(p * (student / temperature).log_softmax(0)).sum() + (p * p.log()).sum()
        total = total + share * temperature * temperature * soft - (1 - share) * student.log_softmax(0)[label]
    return total / len(labels)


def lesson_probes(rng):
    """Return scores and labels: the worked example, one row, square, ragged; temperatures other than 1."""

    def lesson(b, v, temperature, share):
        return draw(rng, b, v), draw(rng, b, v), rng.integers(0, v, b), temperature, share

    return [
        Probe("the worked example", (np.zeros((1, 2)), np.array([[2 * np.log(3.0), 0.0]]), np.array([0]), 2.0, 0.5)),
        Probe("one row of 5 classes", lesson(1, 5, 3.0, 0.25)),
        Probe("4 rows of 4 classes", lesson(4, 4, 0.5, 0.7)),
        Probe("the teacher alone", lesson(3, 4, 1.5, 1.0)),
        Probe("5 rows of 3 classes", lesson(5, 3, 2.0, 0.3)),
        Probe("3 rows of 6 classes", lesson(3, 6, 4.0, 0.6)),
    ]


SOFT = "(teacher * (teacher.log() - log_student)).sum(dim=-1).mean()"


TOTAL = "share * temperature**2 * soft + (1 - share) * hard"


EXERCISE = Exercise(
    reference=library_distillation_loss,
    worked=distillation_loss,
    returns="the loss, a tensor with one number",
    probes=lesson_probes,
    mistakes=(
        edit("no factor for the temperature", SQUARED, ("temperature**2 * ", "")),
        edit("the factor not squared", SQUARED, ("temperature**2", "temperature")),
        edit(
            "the factor for the labels too",
            "At which temperature are the labels asked?",
            (TOTAL, "temperature**2 * (share * soft + (1 - share) * hard)"),
        ),
        edit(
            "the teacher at temperature 1",
            "Two distributions are compared. Is one of them softer?",
            ("teacher_scores.detach() / temperature", "teacher_scores.detach()"),
        ),
        edit(
            "the student at temperature 1",
            "Two distributions are compared. Is one of them softer?",
            ("log_student = (student_scores / temperature)", "log_student = student_scores"),
        ),
        edit(
            "the temperature multiplies",
            "Should a higher temperature make the targets softer or harder?",
            (" / temperature)", " * temperature)"),
        ),
        edit(
            "the labels at the temperature too",
            "At which temperature will the student be used?",
            ("F.cross_entropy(student_scores, labels)", "F.cross_entropy(student_scores / temperature, labels)"),
        ),
        edit(
            "the divergence the other way",
            "Whose probabilities weigh the logarithms: those of who knows, or of who learns?",
            (SOFT, "(log_student.exp() * (log_student - teacher.log())).sum(dim=-1).mean()"),
        ),
        edit(
            "cross-entropy without the teacher's entropy taken off",
            "What is a divergence from a distribution to itself?",
            ("(teacher.log() - log_student)", "-log_student"),
        ),
        edit("the mean over classes too", ONE_MEAN, (".sum(dim=-1).mean()", ".mean()")),
        edit("the sum over the rows", ONE_MEAN, (".sum(dim=-1).mean()", ".sum()")),
        edit(
            "softmax over the rows",
            "Between what does a row's probability divide: classes, or rows?",
            (".softmax(dim=-1)", ".softmax(dim=0)"),
            (".log_softmax(dim=-1)", ".log_softmax(dim=0)"),
        ),
        edit(
            "the shares swapped",
            "Share 1 is the teacher alone. What is left of the labels then?",
            (TOTAL, "(1 - share) * temperature**2 * soft + share * hard"),
        ),
        edit(
            "the teacher learns too",
            "Whose scores should the gradient change?",
            ("teacher_scores.detach()", "teacher_scores"),
        ),
        edit(
            "logarithms forgotten",
            "A divergence compares logarithms. Which of yours are probabilities?",
            (".log_softmax(", ".softmax("),
        ),
    ),
    equivalents=(distillation_by_kl_div, distillation_row_by_row),
    hints=(
        "Two losses, one against the teacher's softened probabilities, one against the labels, and a weight between.",
        "Divide both models' scores by the temperature. p log(p / q): sum over classes, mean over rows, times T * T.",
        "F.kl_div(log_student, teacher, reduction='batchmean') * temperature**2, and F.cross_entropy for the labels.",
    ),
    call=tensor_call("student_scores", "teacher_scores"),
)
