"""Phases of a round. Pure. Whether a round takes applications also depends on the time, so ``now`` is an argument."""

from datetime import datetime
from enum import StrEnum

from admissions.errors import IllegalTransition


class Phase(StrEnum):
    """Where a round stands."""

    PLANNING = "planning"
    PUBLISHED = "published"
    CLOSED = "closed"
    RESULTS_PUBLISHED = "results_published"


MOVES: dict[Phase, Phase] = {
    Phase.PLANNING: Phase.PUBLISHED,
    Phase.PUBLISHED: Phase.CLOSED,
    Phase.CLOSED: Phase.RESULTS_PUBLISHED,
}


def advance(phase: Phase, to: Phase) -> Phase:
    """Return ``to`` when it is the next phase.

    Raises:
        IllegalTransition: it is not.
    """
    if MOVES.get(phase) is not to:
        raise IllegalTransition("round", phase, f"move to {to}")
    return to


def is_open(phase: Phase, *, opens_at: datetime, closes_at: datetime, now: datetime) -> bool:
    """Whether applications are taken at ``now``: from opens_at, up to but not at closes_at."""
    return phase is Phase.PUBLISHED and opens_at <= now < closes_at


def school_year_name(first_year: int) -> str:
    """Return ``2027-2028`` for 2027."""
    return f"{first_year}-{first_year + 1}"


def level_name(level: int) -> str:
    """Return the level's name as families say it."""
    return f"lớp {level}"
