"""Sentences for people, which remember their English template so that the edge can translate them.

`Message("...")` and `LogError("...")` mark their first argument for extraction into the catalogue.
"""

from typing import Any


class Message(str):
    """An English sentence that keeps its template and parameters (`%(name)s` style) for translation."""

    template: str
    parameters: dict[str, Any]

    def __new__(cls, template: str, **parameters: Any) -> "Message":
        """The sentence of `template` with its `parameters` filled in."""
        message = super().__new__(cls, template % parameters if parameters else template)
        message.template = template
        message.parameters = parameters
        return message


class LogError(Exception):
    """A log cannot be processed: `message` is one sentence, what happened and what to do."""

    def __init__(self, template: str, **parameters: Any) -> None:
        self.message = Message(template, **parameters)
        super().__init__(self.message)


class MachineError(LogError):
    """The machine is to blame, not the log: another try may succeed."""
