"""Exercise leaks_future: a test for leaks."""

import numpy as np

from mha_lib import masks as library
from mha_lib.checks.masks import suspects
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe


def leaks_by_changing_all_that_follow(attend, x):
    """Return the same: all later tokens swapped for others at once."""
    other = np.random.default_rng(1).normal(size=x.shape)
    for t in range(1, len(x)):
        after = attend(np.concatenate([x[:t], other[t:]]))
        if np.abs(after[:t] - attend(x)[:t]).max() > 1e-6:
            return True
    return False


def leaks_by_cutting_off(attend, x):
    """Return the same: without its future, an output must be what it was."""
    whole = attend(x)
    return not all(np.allclose(attend(x[:t]), whole[:t]) for t in range(1, len(x)))


def leak_probes(rng):
    """Return suspects, each with five small tokens, so that no softmax is too sharp for a leak to show."""
    tokens = draw(rng, 5, 4, scale=0.5)
    labels = {
        suspects.no_mask: "attention without a mask",
        suspects.causal: "causal attention",
        suspects.one_step_ahead: "attention that sees the next token",
        suspects.two_steps_ahead: "attention that sees the token after the next",
        suspects.only_itself: "a function that reads no other token",
        suspects.the_token_before: "a function that returns the token before",
        suspects.the_first_token: "a function that returns the first token",
        suspects.centred_first: "tokens centred over the whole sentence first",
        suspects.last_number_leaks: "a leak of one number only",
        suspects.nearly_causal: "a leak of one part in a thousand",
        suspects.causal_but_for_rounding: "a change in the last digits only",
        suspects.hole_at_the_end: "a mask with a single hole at the end",
        suspects.one_hole: "a mask with a single hole in the middle",
        suspects.zeroed_weights: "weights zeroed after the softmax",
    }
    return [Probe(label, (suspect, tokens)) for suspect, label in labels.items()]


EXERCISE = Exercise(
    reference=library.leaks_future,
    returns="True or False",
    probes=leak_probes,
    mistakes=(
        edit(
            "looks at the outputs after the change",
            "Which outputs may move when token t changes, and which must not?",
            ("[:position]", "[position:]"),
        ),
        edit(
            "counts the changed token's own output",
            "May output t move when token t itself changes?",
            ("[:position]", "[: position + 1]"),
        ),
        edit(
            "changes the first token",
            "Which outputs lie before the first token?",
            ("changed[position]", "changed[0]"),
            ("[:position]", "[1:]"),
        ),
        edit(
            "changes the last token only",
            "Could token 3 leak into output 1 while the last token leaks nowhere?",
            ("range(1, len(x))", "range(len(x) - 1, len(x))"),
        ),
        edit(
            "looks at the first output only",
            "Could output 1 see the future although output 0 does not?",
            ("[:position]", "[:1]"),
        ),
        edit(
            "looks at the output right before only",
            "Could an output see two steps ahead, and not one?",
            ("[:position]", "[position - 1 : position]"),
        ),
        edit(
            "gives up after the first position",
            "When may you say False: after one position without a leak, or after all of them?",
            ("            return True\n    return False", "            return True\n        return False"),
        ),
        edit(
            "too small a change",
            "A leak of one part in a thousand makes your change a thousand times smaller. Would you still see it?",
            ("+= 10.0", "+= 1e-4"),
        ),
        edit(
            "changes one number of the token only",
            "Could the other numbers of a token leak?",
            ("changed[position] +=", "changed[position, 0] +="),
        ),
        edit(
            "never finds a leak",
            "Try it on attention without a mask. Do your two inputs differ? Do you compare numbers, or only shapes?",
            ("+= 10.0", "+= 0.0"),
        ),
        edit(
            "takes rounding for a leak",
            "Two sums of the same terms may differ in the last digit. How do you compare floats?",
            (
                "np.allclose(after[:position], before[:position], rtol=0.0, atol=1e-6)",
                "(after == before)[:position].all()",
            ),
        ),
        edit(
            "poisons with NaN or infinity",
            "What is 0 times NaN? Does a weight of exactly 0 keep it out?",
            ("+= 10.0", "= np.nan"),
        ),
        edit(
            "the answer is the wrong way round",
            "Read the name: leaks_future. What should it say of attention without a mask?",
            ("return True", "return None"),
            ("return False", "return True"),
            ("return None", "return False"),
        ),
    ),
    equivalents=(leaks_by_changing_all_that_follow, leaks_by_cutting_off),
    hints=(
        "Call attend twice: on x, and on a copy in which a token is different. Which outputs must agree?",
        "At every position but the first, change all numbers of the token, by much. Compare the outputs before it.",
        "For each t from 1: y = x.copy(), y[t] += 10, and np.allclose(attend(y)[:t], attend(x)[:t], atol=1e-6).",
    ),
)
