"""States of a run, and who may do what to it. Pure."""

from enum import StrEnum

from admissions.errors import IllegalTransition


class RunState(StrEnum):
    """Where a run stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    APPROVED = "approved"
    PUBLISHED = "published"


class RunEvent(StrEnum):
    """What may happen to a run."""

    START = "start"
    FINISH = "finish"
    FAIL = "fail"
    APPROVE = "approve"
    PUBLISH = "publish"


MOVES: dict[tuple[RunState, RunEvent], RunState] = {
    (RunState.QUEUED, RunEvent.START): RunState.RUNNING,
    # A worker that died leaves RUNNING behind; the job is repeated and starts again from the frozen pool.
    (RunState.RUNNING, RunEvent.START): RunState.RUNNING,
    (RunState.RUNNING, RunEvent.FINISH): RunState.DONE,
    (RunState.RUNNING, RunEvent.FAIL): RunState.FAILED,
    (RunState.DONE, RunEvent.APPROVE): RunState.APPROVED,
    (RunState.APPROVED, RunEvent.PUBLISH): RunState.PUBLISHED,
}


def next_run_state(state: RunState, event: RunEvent) -> RunState:
    """Return the state after ``event``.

    Raises:
        IllegalTransition: ``MOVES`` has no such pair.
    """
    try:
        return MOVES[state, event]
    except KeyError:
        raise IllegalTransition("run", state, event) from None
