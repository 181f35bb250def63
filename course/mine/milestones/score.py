"""One number that a milestone measures, and the bar that it has to reach."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Score:
    """What was measured, in words, its value, and the least that it has to be."""

    said: str
    value: float
    bar: float

    @property
    def is_reached(self):
        """Return whether the value is not below the bar; a value that is no number is."""
        return bool(self.value >= self.bar)

    @property
    def line(self):
        """Return it in words: "small → mouse .97, bar .90"."""
        return f"{self.said} {self.value:.2f}, bar {self.bar:.2f}"
