"""Exercises of chapter 18: dropped weights, AdamW, early stopping and its mutants, an honest choice, and head gates."""

import math
from fractions import Fraction

import numpy as np
import torch
import torch.nn.functional as F

from mha_lib import early_stopping, gates, model_selection, regularisation
from mha_lib.checks.cost import parts_call
from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.diagnosis.exposure import Exposure, misses
from mha_lib.diagnosis.tensors import tensor_call
from mha_lib.softmax import softmax

EXPECTATION = "A weight w stays with probability 1 - rate. By what must it be divided, so that its mean is w again?"
WHO_STAYS = "With a rate of 0.1, how many draws in ten lie below it? Those are the ones to drop."
ONE_ROW = "Two queries look at the same key. Does one draw decide for both?"
NO_SUM = "Divide a row with one weight left by its sum. What has become of the dropout?"
APART = "In AdamW the decay never meets the gradient. Does yours pass through the moments?"
SHARE = "A weight of 2 and a weight of 4 lose the same share of themselves. And in yours?"
OLD_WEIGHT = "Which weight is decayed, the one before the step or the one after it?"
START = "The moments start at 0. What is the mean after one step, if the gradient is 5?"
FROM_ONE = "How many gradients are in the moments at step 1, and what is 1 - beta ** step then?"
SQUARES = "Adam divides by the root of the mean of what?"
NEW_LOWEST = "A look counts as better only if its loss is lower than any before it. What does yours compare with?"
HOW_LONG = "With a patience of 2, how many looks without a new lowest loss does training outlive?"
WHICH_KEPT = "Training ends at one look. Whose weights are worth keeping?"
NO_END = "What if patience never runs out?"
WHO_CHOSE = "What was the test kept for? What is its score worth once it has chosen?"
EVERY_SEED = "One lucky seed is no better setting. Over which axis do you take the mean?"
HONEST = "Which of the two scores was the largest of many? Which is then owed to luck in part?"
LOGISTIC = "A uniform draw u becomes log u - log(1 - u). What do you add log_alpha to?"
COOLER = "A small beta should push the gate towards 0 and 1. Does yours multiply or divide by it?"
STRETCHED = "Before it is clipped the gate runs from low to high. Check with a squeezed number of 0, and of 1."
CLIPPED = "Can a head be read with a negative gate, or with more than all of it?"
EDGE = "Which squeezed number is stretched to exactly 0? The gate is open for all draws above it."
SIGN = "A larger log_alpha should open the gate. Does your probability rise?"

ENDS = parts_call("last look", "best look")
STEPPED = parts_call("w", "first", "second")
CHOSEN = parts_call("setting", "score")


def drop_weights(weights, draws, rate):
    """Return attention weights, 0 where the draw is below the rate, and the others made larger."""
    kept = draws >= rate
    return weights * kept / (1 - rate)


def drop_by_where(weights, draws, rate):
    """Return the same by a choice."""
    return np.where(draws < rate, 0.0, weights / (1.0 - rate))


def drop_by_loop(weights, draws, rate):
    """Return the same, one weight after the other."""
    output = np.zeros(weights.shape)
    for place in np.ndindex(weights.shape):
        if not draws[place] < rate:
            output[place] = weights[place] / (1.0 - rate)
    return output


def drop_keys(weights, draws, rate):
    """Return the mistake of dropping a key for all queries together."""
    return weights * (draws[..., :1, :] >= rate) / (1 - rate)


def drop_rows(weights, draws, rate):
    """Return the mistake of dropping a query's whole row."""
    return weights * (draws[..., :1] >= rate) / (1 - rate)


def renormalised(weights, draws, rate):
    """Return the mistake of dividing what is left of a row by its sum."""
    kept = weights * (draws >= rate)
    return kept / np.maximum(kept.sum(axis=-1, keepdims=True), 1e-300)


def drop_probes(rng):
    """Return weights, draws and a rate: the worked example, ragged, at rest, square, a batch of one, a hard lookup."""
    worked = np.array([[0.75, 0.25], [0.5, 0.5]]), np.array([[0.9, 0.2], [0.3, 0.7]])
    ragged = _rows_and_draws(rng, 3, 5)
    ragged[1][:, 0], ragged[1][0, 0] = 0.9, 0.05  # rows and keys are dropped by other draws than the first
    square, single = _rows_and_draws(rng, 4, 4), _rows_and_draws(rng, 1, 2, 3)
    square[1][1, 2] = 0.3  # a draw exactly at the rate stays
    return [
        Probe("the worked example", (*worked, 0.5)),
        Probe("a batch of 1 sequence, 2 queries and 3 keys", (*single, 0.25)),
        Probe("4 queries and 4 keys, one draw exactly at the rate", (*square, 0.3)),
        Probe("a rate of 0", (*_rows_and_draws(rng, 2, 3), 0.0)),
        Probe("one weight of 1 that is kept", (np.array([[0.0, 1.0, 0.0]]), np.array([[0.1, 0.8, 0.4]]), 0.2)),
        Probe("3 queries and 5 keys, a rate of 0.2", (*ragged, 0.2)),
    ]


def _rows_and_draws(rng, *shape):
    return softmax(draw(rng, *shape)).round(3), rng.uniform(size=shape).round(2)


def zero_or_larger(output, weights, draws, rate):
    """Return whether each number is 0 or the weight over 1 - rate."""
    return bool(np.all((output == 0) | np.isclose(output * (1 - rate), weights)))


DROP_WEIGHTS = Exercise(
    reference=regularisation.drop_weights,
    worked=drop_weights,
    returns="weights of which some are 0 and the others larger: (..., q, k)",
    probes=drop_probes,
    mistakes=(
        edit("does not make up for what is dropped", EXPECTATION, (" / (1 - rate)", "")),
        edit("divides by the rate", EXPECTATION, ("/ (1 - rate)", "/ max(rate, 1e-300)")),
        edit("scales down instead of up", EXPECTATION, ("/ (1 - rate)", "* (1 - rate)")),
        edit("drops those that should stay", WHO_STAYS, ("draws >= rate", "draws < rate")),
        edit("compares with the share that stays", WHO_STAYS, ("draws >= rate", "draws >= 1 - rate")),
        edit(
            "drops a draw that is exactly the rate",
            "Draws lie in [0, 1). With a rate of 0, may a draw of 0 be dropped?",
            ("draws >= rate", "draws > rate"),
        ),
        rewrite("divides each row by its sum", NO_SUM, renormalised),
        rewrite("drops a key for all queries", ONE_ROW, drop_keys),
        rewrite("drops whole rows", "Is it a query that is dropped, or one of its weights?", drop_rows),
    ),
    equivalents=(drop_by_where, drop_by_loop),
    hints=(
        "Each weight is dropped or kept by its own draw. What keeps its mean what it was?",
        "draws >= rate is True for those that stay, a share of 1 - rate.",
        "weights * (draws >= rate) / (1 - rate).",
    ),
    properties=(Property("each number is 0, or the weight over 1 - rate", zero_or_larger),),
)


def adamw_step(w, gradient, first, second, step, rate, decay, beta_1=0.9, beta_2=0.999, eps=1e-8):
    """Return (w, first, second) after one step of AdamW."""
    first = beta_1 * first + (1 - beta_1) * gradient
    second = beta_2 * second + (1 - beta_2) * gradient**2
    mean, square = first / (1 - beta_1**step), second / (1 - beta_2**step)
    adaptive = mean / (np.sqrt(square) + eps)
    return w - rate * (adaptive + decay * w), first, second


def adamw_as_in_torch(w, gradient, first, second, step, rate, decay, beta_1=0.9, beta_2=0.999, eps=1e-8):
    """Return the same in PyTorch's order: first the decay, then the step; moments by interpolation."""
    shrunk = w * (1 - rate * decay)
    first = first + (gradient - first) * (1 - beta_1)
    second = beta_2 * second + (1 - beta_2) * gradient * gradient
    size = rate / (1 - beta_1**step)
    return shrunk - size * first / (np.sqrt(second) / math.sqrt(1 - beta_2**step) + eps), first, second


def adamw_by_loop(w, gradient, first, second, step, rate, decay, beta_1=0.9, beta_2=0.999, eps=1e-8):
    """Return the same, one weight after the other."""
    new, means, squares = (np.zeros(np.shape(w)) for _ in range(3))
    for i in np.ndindex(np.shape(w)):
        means[i] = beta_1 * first[i] + (1 - beta_1) * gradient[i]
        squares[i] = beta_2 * second[i] + (1 - beta_2) * gradient[i] ** 2
        move = means[i] / (1 - beta_1**step) / ((squares[i] / (1 - beta_2**step)) ** 0.5 + eps)
        new[i] = w[i] - rate * move - rate * decay * w[i]
    return new, means, squares


def l2_in_the_gradient(w, gradient, first, second, step, rate, decay, beta_1=0.9, beta_2=0.999, eps=1e-8):
    """Return the mistake of Adam with an L2 penalty: the decay is a part of the gradient."""
    return adamw_step(w, gradient + decay * w, first, second, step, rate, 0.0, beta_1, beta_2, eps)


def decay_after_the_step(w, gradient, first, second, step, rate, decay, beta_1=0.9, beta_2=0.999, eps=1e-8):
    """Return the mistake of decaying the weight that the step has made."""
    moved, first, second = adamw_step(w, gradient, first, second, step, rate, 0.0, beta_1, beta_2, eps)
    return moved - rate * decay * moved, first, second


def adamw_probes(rng):
    """Return one step each: the worked example, early and late ones, no gradient, a matrix, other betas."""
    two, zeros = np.array([2.0, 4.0]), np.zeros(2)
    late = draw(rng, 3), draw(rng, 3), draw(rng, 3), draw(rng, 3) ** 2
    matrix = draw(rng, 2, 2), draw(rng, 2, 2), draw(rng, 2, 2), draw(rng, 2, 2) ** 2
    single = draw(rng, 1), draw(rng, 1), draw(rng, 1), draw(rng, 1) ** 2
    other = {"beta_1": 0.5, "beta_2": 0.75, "eps": 0.5}
    return [
        Probe("the worked example", (two, np.array([5.0, -0.1]), zeros, zeros, 1, 0.1, 0.125)),
        Probe("a single weight at step 2", (*single, 2, 0.2, 0.5)),
        Probe("a 2 by 2 matrix at step 7", (*matrix, 7, 0.2, 0.25)),
        Probe("a weight without a gradient", (two, zeros, zeros, zeros, 1, 0.1, 0.5)),
        Probe("other betas and a large eps", (*late, 2, 0.5, 0.4), other),
        Probe("three weights at step 3", (*late, 3, 0.25, 0.5)),
    ]


ADAMW_STEP = Exercise(
    reference=regularisation.adamw_step,
    worked=adamw_step,
    returns="a tuple (w, first, second), each of the shape of w",
    probes=adamw_probes,
    call=STEPPED,
    mistakes=(
        rewrite("adds the decay to the gradient", APART, l2_in_the_gradient),
        rewrite("decays the weight after the step", OLD_WEIGHT, decay_after_the_step),
        edit("no decay", "What becomes of a weight whose gradient is 0?", ("adaptive + decay * w", "adaptive")),
        edit(
            "decay without the learning rate",
            "What does a smaller rate do to the decay?",
            *[
                ("w - rate * (adaptive + decay * w)", "w - rate * adaptive - decay * w"),
            ],
        ),
        edit("grows the weights", "Towards what should a weight decay?", ("+ decay * w", "- decay * w")),
        edit("decays each weight by the same amount", SHARE, ("decay * w", "decay * np.sign(w)")),
        edit("no correction of the moments", START, (" / (1 - beta_1**step)", ""), (" / (1 - beta_2**step)", "")),
        edit("counts steps from 0", FROM_ONE, ("**step", "**(step + 1)")),
        edit("no squares in the second moment", SQUARES, ("gradient**2", "np.abs(gradient)")),
        edit("no root", SQUARES, ("np.sqrt(square)", "square")),
        edit(
            "eps inside the root",
            "With eps = 0.5 and a square of 0: is the divisor 0.5, or its root?",
            ("np.sqrt(square) + eps", "np.sqrt(square + eps)"),
        ),
        edit(
            "the betas exchanged",
            "Which moment has the longer memory?",
            *[
                ("(1 - beta_1)", "(1 - beta_one)"),
                ("(1 - beta_2)", "(1 - beta_1)"),
                ("(1 - beta_one)", "(1 - beta_2)"),
                ("beta_1 * first", "beta_one * first"),
                ("beta_2 * second", "beta_1 * second"),
                ("beta_one * first", "beta_2 * first"),
            ],
        ),
    ),
    equivalents=(adamw_as_in_torch, adamw_by_loop),
    hints=(
        "Two things move a weight: Adam's step, made of gradients alone, and the decay, made of the weight alone.",
        "Moments, then their corrections by 1 - beta ** step, then mean / (root of square + eps).",
        "Last line: w - rate * (mean / (np.sqrt(square) + eps) + decay * w), with the old w.",
    ),
)


def stopping_point(losses, patience):
    """Return (last, best): the look at which training ends, and the one whose weights are kept."""
    best = 0
    for look in range(len(losses)):
        if losses[look] < losses[best]:
            best = look
        if look - best >= patience:
            return look, best
    return len(losses) - 1, best


def stopping_by_counting(losses, patience):
    """Return the same with a count of looks in vain."""
    lowest, best, vain = math.inf, 0, 0
    for look, loss in enumerate(losses):
        vain += 1
        if loss < lowest:
            lowest, best, vain = loss, look, 0
        if vain == patience:
            break
    return look, best


def stopping_by_slices(losses, patience):
    """Return the same, the lowest so far found anew at each look."""
    firsts = [int(np.argmin(losses[: look + 1])) for look in range(len(losses))]
    ends = [look for look, best in enumerate(firsts) if look - best >= patience]
    last = ends[0] if ends else len(losses) - 1
    return last, firsts[last]


def stops_after_rises(losses, patience):
    """Return the mistake of counting looks that are worse than the one before."""
    best, rises = 0, 0
    for look in range(len(losses)):
        rises = rises + 1 if look and losses[look] >= losses[look - 1] else 0
        best = look if losses[look] < losses[best] else best
        if rises >= patience:
            return look, best
    return len(losses) - 1, best


def never_resets(losses, patience):
    """Return the mistake of counting all looks in vain, although a new lowest came between them."""
    best, vain = 0, 0
    for look in range(1, len(losses)):
        if losses[look] < losses[best]:
            best = look
        else:
            vain += 1
        if vain >= patience:
            return look, best
    return len(losses) - 1, best


def looks_ahead(losses, patience):
    """Return the mistake of keeping the best of all looks, those after the end too."""
    return stopping_point(losses, patience)[0], int(np.argmin(losses))


def stopping_probes(rng):
    """Return losses and a patience: the worked example, falling, a tie, a patience of 1, one look, others drawn."""
    return [
        Probe("the worked example", ([0.9, 0.6, 0.7, 0.8, 0.5], 2)),
        Probe("losses that fall to the end", ([0.9, 0.7, 0.4], 1)),
        Probe("one look", ([0.7], 3)),
        Probe("patience that does not run out", ([0.8, 0.5, 0.6, 0.7], 3)),
        Probe("a patience of 1", ([0.9, 0.4, 0.6, 0.3], 1)),
        Probe("8 losses drawn at random", (rng.permutation(8).astype(float).tolist(), 3)),
        Probe("two equal losses", ([0.8, 0.5, 0.5, 0.7, 0.9, 0.4], 3)),
        Probe("losses that go down and up", ([1.0, 0.7, 0.8, 0.6, 0.9, 0.65, 0.7, 0.2, 0.9], 3)),
    ]


STOPPING_POINT = Exercise(
    reference=early_stopping.stopping_point,
    worked=stopping_point,
    returns="a tuple (last, best) of whole numbers: the look that ends the training, and the one that is kept",
    probes=stopping_probes,
    call=ENDS,
    mistakes=(
        edit("waits one look too long", HOW_LONG, ("look - best >= patience", "look - best > patience")),
        edit("stops one look too early", HOW_LONG, ("look - best >= patience", "look - best >= patience - 1 and look")),
        rewrite("counts rises instead of looks without a new lowest", NEW_LOWEST, stops_after_rises),
        rewrite("goes on counting after a new lowest", "A new lowest came. How much patience is left?", never_resets),
        edit(
            "takes an equal loss for better",
            NEW_LOWEST,
            ("losses[look] < losses[best]", "losses[look] <= losses[best]"),
        ),
        edit("keeps the last weights", WHICH_KEPT, ("return look, best", "return look, look")),
        edit(
            "keeps the weights from before the best",
            WHICH_KEPT,
            (", best\n    return", ", max(best - 1, 0)\n    return"),
        ),
        rewrite("keeps a look that was never reached", "Has training got as far as the look you keep?", looks_ahead),
        edit("returns how many looks there were", "Looks count from 0.", ("len(losses) - 1", "len(losses)")),
        edit(
            "says nothing if patience never runs out",
            NO_END,
            ("    return len(losses) - 1, best", "    return None, None"),
        ),
    ),
    equivalents=(stopping_by_counting, stopping_by_slices),
    hints=(
        "Go through the looks in order, and remember where the lowest loss so far was.",
        "Training ends at the first look that is `patience` looks after the best one.",
        "If losses[look] < losses[best], then best = look; if look - best >= patience, return look, best.",
    ),
)


def expose_stopping_point():
    """Return (losses, patience) on which every broken rule gives itself away."""
    return [1.0, 0.7, 0.8, 0.6, 0.9, 0.6, 0.7, 0.2, 0.9], 3


def expose_with_a_longer_end():
    """Return the same with more looks at the end."""
    losses, patience = expose_stopping_point()
    return [*losses, 0.1, 0.3], patience


def _falls():
    return [0.9, 0.8, 0.7, 0.6], 2


def _rises_from_the_best():
    return [0.6, 0.7, 0.8, 0.9], 2


def _no_tie():
    return [1.0, 0.7, 0.8, 0.6, 0.9, 0.65, 0.7, 0.2, 0.9], 3


def _no_better_end():
    return [1.0, 0.7, 0.8, 0.6, 0.9, 0.6, 0.7, 0.8, 0.9], 3


EXPOSE_STOPPING_POINT = Exposure(
    reference=expose_stopping_point,
    target=STOPPING_POINT,
    mistakes=(
        misses("waits one look too long", "What if patience never runs out?", _falls),
        misses("stops one look too early", "Which losses give nobody a reason to stop?", _falls),
        misses(
            "counts rises instead of looks without a new lowest",
            "When does every look without a new lowest rise, too?",
            _rises_from_the_best,
        ),
        misses(
            "goes on counting after a new lowest",
            "Where is the lowest loss, if nothing is to reset?",
            _rises_from_the_best,
        ),
        misses("takes an equal loss for better", "Are two of your losses equal, and the lowest so far?", _no_tie),
        misses("keeps the last weights", "When is the last look the best one?", _falls),
        misses("keeps a look that was never reached", "Is there a lower loss after the end?", _no_better_end),
    ),
    hints=(
        "A rule survives where its mistake makes no difference. A curve that only falls stops nobody.",
        "You need a new lowest after a rise, an equal loss, a fall that is no new lowest, a lower loss after the end.",
        "Patience 3, and losses like 1.0, 0.7, 0.8, 0.6, 0.9, ...: now a tie with the lowest, and 0.2 after the end.",
    ),
    equivalents=(expose_with_a_longer_end,),
    returns="a tuple (losses, patience)",
)


def pick_model(validation, test):
    """Return (setting, score): the best on validation, the mean over its seeds, and its mean on test."""
    setting = validation.mean(axis=1).argmax()
    return int(setting), float(test[setting].mean())


def pick_by_sorting(validation, test):
    """Return the same: sums instead of means, the last of a stable order."""
    setting = int(np.argsort(-validation.sum(axis=1), kind="stable")[0])
    return setting, test[setting, :].sum() / test.shape[1]


def pick_by_loop(validation, test):
    """Return the same, setting by setting, in exact fractions."""
    best, lead = 0, None
    for setting, row in enumerate(validation.tolist()):
        total = sum(map(Fraction, row))
        if lead is None or total > lead:
            best, lead = setting, total
    return best, float(np.mean(test[best]))


def pick_probes(rng):
    """Return two tables of accuracies: the worked example, one seed, one setting, square, ragged, a lucky seed."""
    worked = np.array([[0.5, 0.75], [0.875, 0.125]]), np.array([[0.625, 0.5], [0.75, 0.875]])
    lucky = np.array([[0.7, 0.71, 0.72], [0.5, 0.95, 0.52], [0.69, 0.66, 0.6], [0.9, 0.5, 0.4]])
    tested = np.array([[0.65, 0.66, 0.7], [0.6, 0.74, 0.5], [0.72, 0.7, 0.75], [0.55, 0.95, 0.45]])
    twelfths = (rng.permuted(np.tile(np.arange(12), (2, 1)), axis=1) / 12).reshape(2, 4, 3)
    square = rng.permutation(18).reshape(2, 3, 3) / 18
    single = rng.permutation(10).reshape(2, 5, 1) / 10
    return [
        Probe("the worked example", worked),
        Probe("one seed", tuple(single)),
        Probe("one setting", (np.array([[0.5, 0.625, 0.875]]), np.array([[0.75, 0.5, 0.625]]))),
        Probe("3 settings and 3 seeds", tuple(square)),
        Probe("4 settings and 3 seeds", tuple(twelfths)),
        Probe("a lucky seed", (lucky, tested)),
    ]


PICK_MODEL = Exercise(
    reference=model_selection.pick_model,
    worked=pick_model,
    returns="a tuple (setting, score), a whole number and a number",
    probes=pick_probes,
    call=CHOSEN,
    mistakes=(
        edit("lets the test choose", WHO_CHOSE, ("validation.mean(axis=1)", "test.mean(axis=1)")),
        edit("lets both choose", WHO_CHOSE, ("validation.mean(axis=1)", "(validation + test).mean(axis=1)")),
        edit("reports the score that won", HONEST, ("test[setting]", "validation[setting]")),
        edit("reports the best test score there is", HONEST, ("test[setting].mean()", "test.mean(axis=1).max()")),
        edit("reports the best seed", EVERY_SEED, ("test[setting].mean()", "test[setting].max()")),
        edit("chooses by the best seed", EVERY_SEED, ("validation.mean(axis=1)", "validation.max(axis=1)")),
        edit("chooses by the first seed", EVERY_SEED, ("validation.mean(axis=1)", "validation[:, 0]")),
        edit(
            "chooses the worst",
            "These are accuracies. Is more better?",
            ("argmax()", "argmin()"),
        ),
        edit(
            "returns the mean test score of all settings",
            "Whose score do you report?",
            ("test[setting].mean()", "test.mean()"),
        ),
    ),
    equivalents=(pick_by_sorting, pick_by_loop),
    hints=(
        "One part chooses, the other one reports. They must not change places.",
        "Take the mean of validation over the seeds, axis 1, and find the largest.",
        "setting = validation.mean(axis=1).argmax(); the score is test[setting].mean().",
    ),
)


def hard_concrete(draws, log_alpha, beta, low, high):
    """Return gates in [0, 1]: a logistic number squeezed, stretched and clipped."""
    logistic = torch.log(draws) - torch.log(1 - draws)
    squeezed = torch.sigmoid((logistic + log_alpha) / beta)
    return (squeezed * (high - low) + low).clamp(0, 1)


def hard_concrete_by_powers(draws, log_alpha, beta, low, high):
    """Return the same from odds and powers, and a clip made of two bends."""
    odds = (draws / (1 - draws) * torch.exp(log_alpha)) ** (1 / beta)
    stretched = low + (high - low) * odds / (1 + odds)
    return F.relu(stretched) - F.relu(stretched - 1)


def gate_probes(rng):
    """Return draws and log_alpha with their constants: the worked example, several gates, a square, one gate."""
    apart = np.array([0.04, 0.3, 0.46, 0.52, 0.58, 0.93])
    one = draw(rng, 1)
    return [
        Probe("the worked example", (np.array([0.4]), np.array([0.0]), 0.5, -1.0, 4.0)),
        Probe("1 gate", (np.array([0.45]), one, 0.5, -0.3, 1.2)),
        Probe("the usual constants", (apart, np.zeros(6), 2 / 3, -0.1, 1.1)),
        Probe("a batch of 1, 3 gates", (np.array([[0.2, 0.5, 0.7]]), np.array([0.4, -0.3, 0.1]), 0.8, -0.2, 1.3)),
        Probe("2 draws of 2 gates", (np.array([[0.31, 0.62], [0.55, 0.44]]), np.array([0.5, -0.4]), 0.75, -0.2, 1.3)),
        Probe("4 draws of 3 gates", (rng.uniform(0.05, 0.95, (4, 3)).round(2), draw(rng, 3), 0.6, -0.25, 1.4)),
    ]


def is_a_gate(parts, *args):
    """Return whether all gates lie in [0, 1]."""
    return bool(np.all((parts["output"] >= 0) & (parts["output"] <= 1)))


HARD_CONCRETE = Exercise(
    reference=gates.hard_concrete,
    worked=hard_concrete,
    returns="gates in [0, 1]: the broadcast shape of draws and log_alpha",
    probes=gate_probes,
    call=tensor_call("draws", "log_alpha"),
    mistakes=(
        edit("adds log_alpha to the draw itself", LOGISTIC, ("(logistic + log_alpha)", "(draws + log_alpha)")),
        edit(
            "the logistic number upside down",
            LOGISTIC,
            ("torch.log(draws) - torch.log(1 - draws)", "torch.log(1 - draws) - torch.log(draws)"),
        ),
        edit(
            "forgets log_alpha",
            "What is it that training can move?",
            ("logistic + log_alpha", "logistic + 0 * log_alpha"),
        ),
        edit("multiplies by beta", COOLER, (") / beta", ") * beta")),
        edit(
            "divides the noise alone by beta", COOLER, ("(logistic + log_alpha) / beta", "logistic / beta + log_alpha")
        ),
        edit("no stretch", STRETCHED, ("(squeezed * (high - low) + low)", "squeezed")),
        edit("stretches by high alone", STRETCHED, ("squeezed * (high - low) + low", "squeezed * high + low")),
        edit("no clip", CLIPPED, (".clamp(0, 1)", "")),
        edit("clips below alone", CLIPPED, (".clamp(0, 1)", ".clamp(min=0)")),
        edit("rounds the gate", "Does a rounded gate pass a gradient on?", (".clamp(0, 1)", ".clamp(0, 1).round()")),
        edit(
            "loses the gradient",
            "Which tensor did training want to move?",
            ("log_alpha) / beta", "log_alpha.detach()) / beta"),
        ),
    ),
    equivalents=(hard_concrete_by_powers,),
    hints=(
        "Three steps: squeeze a noisy log_alpha into (0, 1), stretch it beyond both ends, clip it back.",
        "The noise is log u - log(1 - u). It is added to log_alpha before the division by beta.",
        "torch.sigmoid((logistic + log_alpha) / beta), times (high - low), plus low, then .clamp(0, 1).",
    ),
    properties=(Property("every gate lies in [0, 1]", is_a_gate),),
)


def open_probability(log_alpha, beta, low, high):
    """Return the probability that a gate is not 0."""
    edge = math.log(-low / high)
    return torch.sigmoid(log_alpha - beta * edge)


def open_by_powers(log_alpha, beta, low, high):
    """Return the same: one minus the share of draws up to the edge, from odds."""
    shut = (-low / high) ** beta
    return 1 - shut / (shut + torch.exp(log_alpha))


def open_by_the_draw(log_alpha, beta, low, high):
    """Return the same: which draw makes a gate of exactly 0, and how many lie above it."""
    squeezed = torch.as_tensor(-low / (high - low), dtype=log_alpha.dtype)
    return 1 - torch.sigmoid(beta * torch.logit(squeezed) - log_alpha)


def open_probes(rng):
    """Return log_alpha and the constants: the worked example, the usual ones, a matrix, one gate, wide stretches."""
    return [
        Probe("the worked example", (np.array([0.0]), 0.5, -1.0, 4.0)),
        Probe("1 gate", (draw(rng, 1), 0.4, -0.3, 1.2)),
        Probe("2 layers of 2 gates", (draw(rng, 2, 2), 0.9, -0.5, 1.3)),
        Probe("5 gates, the usual constants", (draw(rng, 5), 2 / 3, -0.1, 1.1)),
        Probe("3 gates, stretched far above", (np.array([-1.0, 0.2, 1.5]), 0.5, -0.25, 3.0)),
    ]


def is_a_share(parts, *args):
    """Return whether all numbers lie in (0, 1)."""
    return bool(np.all((parts["output"] > 0) & (parts["output"] < 1)))


OPEN_PROBABILITY = Exercise(
    reference=gates.open_probability,
    worked=open_probability,
    returns="a probability for each gate, of the shape of log_alpha",
    probes=open_probes,
    call=tensor_call("log_alpha"),
    mistakes=(
        edit(
            "the probability that the gate is shut",
            SIGN,
            ("torch.sigmoid(log_alpha - beta * edge)", "torch.sigmoid(beta * edge - log_alpha)"),
        ),
        edit("forgets the stretch", EDGE, ("log_alpha - beta * edge", "log_alpha")),
        edit("the edge on the wrong side", EDGE, ("- beta * edge", "+ beta * edge")),
        edit("forgets beta", "A small beta hardens the gate. Where has it gone?", ("beta * edge", "edge")),
        edit(
            "divides by beta",
            "The squeezed number was divided by beta. What undoes that?",
            ("beta * edge", "edge / beta"),
        ),
        edit(
            "the probability that the gate is below 1",
            "Is it 0 that must be avoided, or 1?",
            ("math.log(-low / high)", "-math.log((1 - low) / (high - 1))"),
            ("log_alpha - beta * edge", "-log_alpha - beta * edge"),
        ),
        edit(
            "the probability that the gate is 1",
            "May an open gate be half open?",
            ("math.log(-low / high)", "math.log((1 - low) / (high - 1))"),
        ),
        edit("the edge in the wrong units", EDGE, ("math.log(-low / high)", "-low / (high - low)")),
        edit(
            "counts gates as open or shut",
            "How would training know which way to go?",
            ("torch.sigmoid(log_alpha - beta * edge)", "(log_alpha > beta * edge).to(log_alpha.dtype)"),
        ),
        edit(
            "adds the gates up",
            "One probability for each gate. Who adds them up?",
            ("torch.sigmoid(log_alpha - beta * edge)", "torch.sigmoid(log_alpha - beta * edge).sum()"),
        ),
    ),
    equivalents=(open_by_powers, open_by_the_draw),
    hints=(
        "The gate is open if the stretched number is above 0. What must the squeezed number be above?",
        "Above -low / (high - low). Its log odds are log(-low / high). The noise is logistic.",
        "torch.sigmoid(log_alpha - beta * math.log(-low / high)).",
    ),
    properties=(Property("every probability lies between 0 and 1", is_a_share),),
)

EXERCISES = (
    DROP_WEIGHTS,
    ADAMW_STEP,
    STOPPING_POINT,
    EXPOSE_STOPPING_POINT,
    PICK_MODEL,
    HARD_CONCRETE,
    OPEN_PROBABILITY,
)
