"""The release gate: what must hold before a second person may approve a run. A run that fails cannot be approved."""

from dataclasses import dataclass

from allocation.errors import AllocationError
from allocation.instance import Instance, Mechanism
from allocation.reasons import DecidedBy, ReasonOutcome, SchoolReason, explain_all
from allocation.result import Result
from allocation.verification import verify

SIMULATION_ONLY = (Mechanism.IMMEDIATE_ACCEPTANCE, Mechanism.TOP_TRADING_CYCLES)


@dataclass(frozen=True)
class Gate:
    """The verdict: open when nothing was found."""

    faults: tuple[str, ...]

    @property
    def is_open(self) -> bool:
        return not self.faults


def check_release(instance: Instance, result: Result) -> Gate:
    """Hold a run against everything that a release needs.

    The independent verification (second solver, blocking pairs, seats, quotas, flows, shortage); every student's
    reasons reproduced from the published lines; and a mechanism that may decide real places.
    """
    faults = list(verify(instance, result))
    if instance.mechanism in SIMULATION_ONLY:
        faults.append(f"mechanism: {instance.mechanism} is for simulation, not for real places")
    if not faults and instance.mechanism is not Mechanism.MIN_TRAVEL:
        try:
            faults.extend(
                f"reasons: {student!r} at {reason.school!r}: {fault}"
                for student, reasons in explain_all(instance, result)
                for reason in reasons
                if (fault := _contradiction(reason))
            )
        except (AllocationError, KeyError) as error:
            faults.append(f"reasons: cannot be made ({error})")
    return Gate(tuple(faults))


def _contradiction(reason: SchoolReason) -> str | None:
    """Return how a reason contradicts the line it cites, or None: the line alone must decide as the run did."""
    if reason.outcome is ReasonOutcome.BELOW_LINE and reason.position is not None and reason.last is not None:
        mine, line = _key(reason), _line_key(reason)
        if reason.decided_by is DecidedBy.LOTTERY and not (mine[0] == line[0] and mine[1] > line[1]):
            return "refused by the lottery, but the number meets the line"
        if reason.decided_by in (DecidedBy.CLASS, DecidedBy.SCORE) and mine[0] <= line[0]:
            return "refused by class or score, but it meets the line"
    if (
        reason.outcome is ReasonOutcome.ADMITTED
        and reason.last is not None
        and reason.decided_by in (DecidedBy.CLASS, DecidedBy.SCORE, DecidedBy.LOTTERY, DecidedBy.SEATS_LEFT)
        and _key(reason)[0] > _line_key(reason)[0]
    ):
        return "admitted, but below the last admitted"
    return None


def _key(reason: SchoolReason) -> tuple[float, int]:
    level = reason.class_index if reason.score is None else -reason.score
    return (0.0 if level is None else float(level), _number(reason.lottery))


def _line_key(reason: SchoolReason) -> tuple[float, int]:
    assert reason.last is not None
    level = reason.last.class_index if reason.last.score is None else -reason.last.score
    return (0.0 if level is None else float(level), _number(reason.last.lottery))


def _number(lottery: int | str | None) -> int:
    return int(lottery, 16) if isinstance(lottery, str) else lottery or 0
