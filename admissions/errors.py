"""What can go wrong in admissions, as types with fields. No HTTP here: ``web/errors.py`` maps each class once."""

from datetime import datetime


class AdmissionsError(Exception):
    """Base of every refusal that the product itself decides."""


class NotFound(AdmissionsError):
    """Nothing of this kind has this key. Never says whether a person exists."""

    def __init__(self, kind: str, key: object = "") -> None:
        super().__init__(f"{kind} not found")
        self.kind = kind
        self.key = key


class RoundClosed(AdmissionsError):
    """The round does not take applications now."""

    def __init__(self, round_name: str, *, opens_at: datetime, closes_at: datetime) -> None:
        super().__init__(f"round {round_name} takes applications from {opens_at} to {closes_at}")
        self.round_name = round_name
        self.opens_at = opens_at
        self.closes_at = closes_at


class InvalidInput(AdmissionsError):
    """Some fields cannot be taken as they are; ``field_errors`` says beside each what to do (in Vietnamese)."""

    def __init__(self, field_errors: dict[str, str]) -> None:
        super().__init__("invalid input: " + ", ".join(sorted(field_errors)))
        self.field_errors = field_errors


class IllegalTransition(AdmissionsError):
    """The state machine has no such move."""

    def __init__(self, kind: str, state: str, event: str) -> None:
        super().__init__(f"{kind} in state {state} cannot {event}")
        self.kind = kind
        self.state = state
        self.event = event


class NotPermitted(AdmissionsError):
    """The officer may not do this; ``reason`` says why in Vietnamese."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotReady(AdmissionsError):
    """Something must be done first; ``reason`` says what, in Vietnamese."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TooManyAttempts(AdmissionsError):
    """The visitor tried too often and may try again at ``retry_at``."""

    def __init__(self, retry_at: datetime) -> None:
        super().__init__("too many attempts")
        self.retry_at = retry_at


class SignInFailed(AdmissionsError):
    """Name or password is wrong, or the account is closed: the answer is the same for all three."""


class SessionExpired(AdmissionsError):
    """The form or staff session is over or was never there."""


class ImportRefused(AdmissionsError):
    """A file cannot be imported at all; the message names file and cause in one line."""
