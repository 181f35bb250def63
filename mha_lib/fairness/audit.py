"""Chapter 22. An audit: measured findings with their limits, a report, and a model card, written from the numbers."""

import math
from typing import NamedTuple

import numpy as np

from mha_lib.fairness.gaps import bootstrap_interval

UNKNOWN, WITHIN, BEYOND = "cannot be said", "within the limit", "beyond the limit"


class Finding(NamedTuple):
    """One measured gap, between `low` and `high` as far as this sample tells, and the limit set before measuring."""

    name: str
    value: float
    low: float
    high: float
    limit: float

    @property
    def verdict(self):
        """Return whether the gap is within its limit, beyond it, or cannot be said: the interval has the limit in it.

        The sign of a gap says who is favoured, and does not count here.

        >>> Finding("gap", 0.2, 0.15, 0.25, limit=0.1).verdict, Finding("gap", -0.04, -0.2, 0.1, limit=0.1).verdict
        ('beyond the limit', 'cannot be said')
        """
        if math.isnan(self.value):
            return UNKNOWN
        if -self.limit <= self.low and self.high <= self.limit:
            return WITHIN
        if self.low > self.limit or self.high < -self.limit:
            return BEYOND
        return UNKNOWN


def measure(name, limit, metric, *arrays, draws=200, level=0.9, seed=0):
    """Return a Finding: a metric of some arrays, and its interval from samples of their rows.

    metric: a function of the arrays   arrays: of one length   draws, level: as in `bootstrap_interval`

    >>> measure("mean", 0.1, np.mean, np.array([0.4, 0.6] * 50)).verdict
    'beyond the limit'
    """
    rng = np.random.default_rng(seed)
    low, high = bootstrap_interval(metric, *arrays, rng=rng, draws=draws, level=level)
    return Finding(name, float(metric(*arrays)), low, high, limit)


def audit_report(title, findings, not_tested, before=None):
    """Return an audit's findings as Markdown: a table, a count, and what was not tested.

    findings: a list of Finding   not_tested: a list of sentences   before: name -> Finding of an earlier audit

    Raises ValueError if nothing is said to be untested: there is always something.
    """
    if not not_tested:
        raise ValueError("an audit that says nothing of what it did not test says too much; name what is missing")
    counts = [f"{sum(found.verdict == kind for found in findings)} {kind}" for kind in (BEYOND, UNKNOWN, WITHIN)]
    lines = [
        f"**Audit: {title}**",
        "",
        *_table(findings, before or {}),
        "",
        f"Of {len(findings)}: {', '.join(counts)}.",
    ]
    return "\n".join([*lines, "", "Not tested:", "", *(f"- {sentence}" for sentence in not_tested)])


def _table(findings, before):
    """Return the lines of the table; with an earlier audit, one column more."""
    heads = ["what", *(["before"] if before else []), "gap", "interval", "limit", "verdict"]
    rows = [heads, ["---"] * len(heads)]
    for found in findings:
        earlier = [f"{before[found.name].value:+.2f}" if found.name in before else "–"] if before else []
        interval = f"{found.low:+.2f} to {found.high:+.2f}"
        rows.append([found.name, *earlier, f"{found.value:+.2f}", interval, f"{found.limit:.2f}", found.verdict])
    return [f"| {' | '.join(row)} |" for row in rows]


def model_card(name, model, facts, intended, out_of_scope, rates, group_names):
    """Return a model card as Markdown: what it is, what for, and how it does for each group.

    model: a PyTorch module, whose parameters are counted   facts: a dict of what else is known of it
    intended, out_of_scope: sentences   rates: what `group_rates` returns   group_names: a name for each of its groups

    Source: Mitchell et al., 2019, section 4, shortened; an audit report belongs beside it.
    """
    count = sum(parameter.numel() for parameter in model.parameters())
    known = {"kind": type(model).__name__, "parameters": f"{count:,}"} | facts
    lines = [f"**Model card: {name}**", "", *(f"- **{key}**: {value}" for key, value in known.items()), ""]
    lines += [f"**Intended use.** {intended}", "", f"**Not for.** {out_of_scope}", ""]
    heads = ("group", "examples", "label 1", "decision 1", "true positives", "false positives", "precision")
    rows = [heads, ["---"] * len(heads)]
    for group, found in rates.items():
        rows.append([group_names[group], str(found.size), *(f"{share:.2f}" for share in found[1:])])
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])
