"""Exercise length_normalised: the length rule."""

import numpy as np

from mha_lib.checks.translation.shared import RULE
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe
from mha_lib.translation import decoding


def length_normalised(log_prob, length, alpha):
    """Return log-probabilities over the length penalty of Wu et al., 2016, eq. 14."""
    return log_prob / ((5 + length) / 6) ** alpha


def length_normalised_by_logs(log_prob, length, alpha):
    """Return the same, the power taken as an exponential."""
    return np.multiply(log_prob, np.exp(alpha * (np.log(6) - np.log(5 + length))))


def length_probes(rng):
    """Return log-probabilities and lengths: the worked example, two hypotheses, alphas from 0 to 2."""
    return [
        Probe("the worked example", (-3.0, 7, 1.0)),
        Probe("-4 for 4 tokens and -7.2 for 9", (np.array([-4.0, -7.2]), np.array([4, 9]), 0.6)),
        Probe("a single token", (-2.5, 1, 0.6)),
        Probe("an alpha of 0", (np.array([-1.5, -6.0]), np.array([3, 11]), 0.0)),
        Probe("an alpha of 2", (-np.abs(draw(rng, 5)) - 1, np.array([2, 3, 5, 8, 30]), 2.0)),
    ]


EXERCISE = Exercise(
    reference=decoding.length_normalised,
    worked=length_normalised,
    returns="the normalised log-probability, of the shape that log_prob and length have together",
    probes=length_probes,
    mistakes=(
        edit(
            "multiplies by the penalty",
            "Log-probabilities are negative. Does your rule help long sequences or harm them?",
            ("log_prob /", "log_prob *"),
        ),
        edit(
            "no normalisation",
            "Each further token makes the sum smaller. What makes up for it?",
            (" / ((5 + length) / 6) ** alpha", " + 0 * length"),
        ),
        edit("the mean a token", RULE, ("((5 + length) / 6) ** alpha", "length")),
        edit("the length to the power of alpha", RULE, ("(5 + length) / 6", "length")),
        edit("the 5 forgotten", RULE, ("5 + length", "length")),
        edit("the 6 forgotten", RULE, ("((5 + length) / 6)", "(5 + length)")),
        edit(
            "alpha as a factor",
            "Alpha is an exponent. What must an alpha of 0 do?",
            (" ** alpha", " / alpha if alpha else log_prob + 0 * length"),
        ),
        edit(
            "only the 6 to the power of alpha",
            "Python takes ** before /. What is raised here?",
            ("((5 + length) / 6) ** alpha", "((5 + length) / 6**alpha)"),
        ),
        edit(
            "a penalty that is subtracted",
            "Divide or subtract: what does the rule say?",
            ("log_prob / ", "log_prob - "),
        ),
    ),
    equivalents=(length_normalised_by_logs,),
    hints=(
        "Divide the log-probability by a number that is 1 for one token and grows with the length.",
        "The number is ((5 + length) / 6), and alpha is its exponent.",
        "log_prob / ((5 + length) / 6) ** alpha",
    ),
)
