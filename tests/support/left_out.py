"""What a run of the tests left out, in words: how many tests, and what each reason says of how to have them."""

from collections import Counter

TITLE = "left out here, and what it takes"


def lines(reports):
    """Return a line for each reason for which tests were skipped, those with the most tests first."""
    counted = Counter(reason(report) for report in reports)
    return [f"{count:5} {'test ' if count == 1 else 'tests'}  {why}" for why, count in counted.most_common()]


def reason(report):
    """Return why a test was skipped, as it says itself."""
    return report.longrepr[2].removeprefix("Skipped: ")
