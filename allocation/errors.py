"""What the engine refuses, and where in the file the fault lies."""

import re
from collections.abc import Sequence

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+\Z")


def json_path(parts: Sequence[str | int]) -> str:
    """Write a place in a JSON document, as ``$.schools.A.priority[0]``; unusual keys are quoted."""
    text = "$"
    for part in parts:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _PLAIN_KEY.match(part):
            text += f".{part}"
        else:
            quoted = part.replace("\\", "\\\\").replace('"', '\\"')
            text += f'["{quoted}"]'
    return "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in text)


class AllocationError(Exception):
    """The engine cannot go on; the message is one plain line."""


class FormatError(AllocationError):
    """A document breaks the format at ``path`` for ``reason``."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class InstanceError(FormatError):
    """An allocation instance is refused."""


class ResultError(FormatError):
    """An allocation result cannot be read."""


class SolverError(AllocationError):
    """A solver ended without an answer although the instance is sound: a defect, or numbers out of range."""
