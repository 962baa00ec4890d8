"""The states of an application and their legal moves. Pure: no session, no clock."""

from enum import StrEnum

from admissions.errors import IllegalTransition


class State(StrEnum):
    """Where an application stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    VERIFIED = "verified"
    IN_POOL = "in_pool"
    OFFERED = "offered"
    UNPLACED = "unplaced"
    WITHDRAWN = "withdrawn"


class Event(StrEnum):
    """What may happen to an application."""

    SUBMIT = "submit"
    AUTO_CHECK_PASSED = "auto_check_passed"
    AUTO_CHECK_OPEN = "auto_check_open"
    ACCEPT = "accept"
    CLOSE = "close"
    OFFER = "offer"
    LEAVE_UNPLACED = "leave_unplaced"
    WITHDRAW = "withdraw"


MOVES: dict[tuple[State, Event], State] = {
    (State.DRAFT, Event.SUBMIT): State.SUBMITTED,
    (State.SUBMITTED, Event.AUTO_CHECK_PASSED): State.VERIFIED,
    (State.SUBMITTED, Event.AUTO_CHECK_OPEN): State.IN_REVIEW,
    (State.IN_REVIEW, Event.ACCEPT): State.VERIFIED,
    # Re-submission before the deadline: the family changed something, so it is checked again.
    (State.SUBMITTED, Event.SUBMIT): State.SUBMITTED,
    (State.IN_REVIEW, Event.SUBMIT): State.SUBMITTED,
    (State.VERIFIED, Event.SUBMIT): State.SUBMITTED,
    (State.SUBMITTED, Event.CLOSE): State.IN_POOL,
    (State.IN_REVIEW, Event.CLOSE): State.IN_POOL,
    (State.VERIFIED, Event.CLOSE): State.IN_POOL,
    (State.IN_POOL, Event.OFFER): State.OFFERED,
    (State.IN_POOL, Event.LEAVE_UNPLACED): State.UNPLACED,
    (State.DRAFT, Event.WITHDRAW): State.WITHDRAWN,
    (State.SUBMITTED, Event.WITHDRAW): State.WITHDRAWN,
    (State.IN_REVIEW, Event.WITHDRAW): State.WITHDRAWN,
    (State.VERIFIED, Event.WITHDRAW): State.WITHDRAWN,
}
"""Every legal move; any other pair raises. IN_REVIEW goes into the pool too: the home on record then counts."""

LIVE = frozenset(State) - {State.WITHDRAWN}
EDITABLE = frozenset({State.DRAFT, State.SUBMITTED, State.IN_REVIEW, State.VERIFIED})
COUNTED = frozenset({State.SUBMITTED, State.IN_REVIEW, State.VERIFIED})
"""Submitted and not yet frozen: what goes into the pool when the round closes."""


def next_state(state: State, event: Event) -> State:
    """Return the state after ``event``.

    Raises:
        IllegalTransition: ``MOVES`` has no such pair.
    """
    try:
        return MOVES[state, event]
    except KeyError:
        raise IllegalTransition("application", state, event) from None
