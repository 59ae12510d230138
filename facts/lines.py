"""A figure and what failed in it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Failure:
    """What did not come out as the facts say: which event, in which form of log, and what came out instead."""

    event: str
    sentence: str
    whom: str
    form: str
    came: str


@dataclass(frozen=True)
class Line:
    """A figure of a group: which failed, of how many; `goal` is the share that may, in per cent."""

    figure: str
    group: str
    of: int
    goal: float
    failures: tuple[Failure, ...]

    @property
    def wrong(self) -> dict[str, int]:
        """How many failed, by the form of log."""
        forms = [failure.form for failure in self.failures]
        return {form: forms.count(form) for form in sorted(set(forms))}

    @property
    def share(self) -> float:
        """The share that failed, in per cent; in the worse of the forms."""
        return 100 * max(self.wrong.values(), default=0) / self.of if self.of else 0.0

    @property
    def reached(self) -> bool:
        """Whether the goal is."""
        return self.share <= self.goal
