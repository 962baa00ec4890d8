"""The state machines: what is drawn in the tables is legal, and nothing else."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from admissions.allocation_runs.rules import MOVES as RUN_MOVES
from admissions.allocation_runs.rules import RunEvent, RunState, next_run_state
from admissions.applications.rules import MOVES, Event, State, next_state
from admissions.errors import IllegalTransition
from admissions.rounds.rules import Phase, advance, is_open

NOON = datetime(2027, 6, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize(("state", "event"), list(itertools.product(State, Event)))
def test_an_application_moves_only_as_drawn(state: State, event: Event) -> None:
    if (state, event) in MOVES:
        assert next_state(state, event) is MOVES[state, event]
    else:
        with pytest.raises(IllegalTransition):
            next_state(state, event)


@pytest.mark.parametrize(("state", "event"), list(itertools.product(RunState, RunEvent)))
def test_a_run_moves_only_as_drawn(state: RunState, event: RunEvent) -> None:
    if (state, event) in RUN_MOVES:
        assert next_run_state(state, event) is RUN_MOVES[state, event]
    else:
        with pytest.raises(IllegalTransition):
            next_run_state(state, event)


def test_no_application_leaves_its_frozen_or_final_state_by_the_familys_hand() -> None:
    for state in (State.IN_POOL, State.OFFERED, State.UNPLACED, State.WITHDRAWN):
        for event in (Event.SUBMIT, Event.WITHDRAW, Event.ACCEPT):
            assert (state, event) not in MOVES


def test_a_run_is_published_only_after_approval() -> None:
    sources = {state for (state, event) in RUN_MOVES if event is RunEvent.PUBLISH}
    assert sources == {RunState.APPROVED}


def test_a_round_moves_one_phase_at_a_time() -> None:
    order = list(Phase)
    for here, there in itertools.product(order, order):
        if order.index(there) == order.index(here) + 1:
            assert advance(here, there) is there
        else:
            with pytest.raises(IllegalTransition):
                advance(here, there)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (NOON - timedelta(days=1, microseconds=1), False),
        (NOON - timedelta(days=1), True),
        (NOON - timedelta(microseconds=1), True),
        (NOON, False),
    ],
)
def test_a_round_is_open_from_its_first_instant_up_to_but_not_at_its_last(
    now: datetime, expected: bool
) -> None:
    found = is_open(Phase.PUBLISHED, opens_at=NOON - timedelta(days=1), closes_at=NOON, now=now)
    assert found is expected


def test_only_an_announced_round_is_open() -> None:
    for phase in set(Phase) - {Phase.PUBLISHED}:
        assert not is_open(phase, opens_at=NOON - timedelta(1), closes_at=NOON + timedelta(1), now=NOON)
