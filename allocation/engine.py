"""The spine: from an instance to a checked result."""

from collections.abc import Callable
from typing import Any

from allocation.instance import RETURNED, Instance, Mechanism, SiblingRule
from allocation.outcome import Outcome, Stage
from allocation.result import SOLVER_NAME, SOLVER_VERSION, Result
from allocation.solvers.comparisons import immediate_acceptance, top_trading_cycles
from allocation.solvers.cutoffs import list_cutoffs
from allocation.solvers.deferred_acceptance import school_proposing, student_optimal
from allocation.solvers.joint import joint_siblings
from allocation.solvers.min_travel import min_travel
from allocation.solvers.placing import place_the_rest
from allocation.solvers.shortage import Shortage, find_shortage
from allocation.solvers.siblings import linked_siblings, plus_one
from allocation.solvers.wishes import Wishes, list_wishes
from allocation.verification.checks import compute_checks
from allocation.verification.requests import gather_requests


def deferred_acceptance(instance: Instance) -> Outcome:
    """Return the stable outcome that students like best, as far as siblings leave it stable."""
    return settle(instance, list_wishes(instance))


def settle(instance: Instance, wishes: Wishes) -> Outcome:
    """Deferred acceptance on given wishes; brothers and sisters by the instance's rule."""
    if not instance.siblings:
        return student_optimal(instance, wishes)
    return SIBLING_RULES[instance.sibling_rule](instance, wishes)


SIBLING_RULES: dict[SiblingRule, Callable[[Instance, Wishes], Outcome]] = {
    SiblingRule.LINKED: linked_siblings,
    SiblingRule.PLUS_ONE: plus_one,
    SiblingRule.JOINT: joint_siblings,
}
MECHANISMS: dict[Mechanism, Callable[[Instance], Outcome]] = {
    Mechanism.DEFERRED_ACCEPTANCE: deferred_acceptance,
    Mechanism.SCHOOL_PROPOSING: school_proposing,
    Mechanism.IMMEDIATE_ACCEPTANCE: immediate_acceptance,
    Mechanism.TOP_TRADING_CYCLES: top_trading_cycles,
    Mechanism.MIN_TRAVEL: min_travel,
}


def solve(instance: Instance) -> Result:
    """Give the seats by the instance's mechanism, check the outcome with independent code, and return both.

    Raises:
        SolverError: a solver ended without an optimum.
    """
    outcome = allocate_seats(instance)
    least_travel = instance.mechanism is Mechanism.MIN_TRAVEL
    shortage = find_shortage(instance, outcome) if instance.place_everyone or least_travel else None
    cutoffs = {} if least_travel else list_cutoffs(instance, outcome, list_wishes(instance))
    assignment, seats = _name_seats(instance, outcome)
    return Result(
        assignment=assignment,
        seats=seats,
        cutoffs=cutoffs,
        checks=compute_checks(instance, gather_requests(instance), outcome),
        shortage=_name_shortage(instance, shortage),
        instance_sha256=instance.sha256,
        solver={"name": SOLVER_NAME, "version": SOLVER_VERSION},
    )


def allocate_seats(instance: Instance) -> Outcome:
    """Return who holds which seat, without checks: what ``solve`` computes first."""
    outcome = MECHANISMS[instance.mechanism](instance)
    if instance.place_everyone and instance.mechanism is not Mechanism.MIN_TRAVEL:
        outcome = place_the_rest(instance, outcome)
    return outcome


def _name_seats(
    instance: Instance, outcome: Outcome
) -> tuple[dict[str, str | None], dict[str, dict[str, str]]]:
    """Write an outcome with ids and names."""
    names = [[*(kind.name for kind in school.seat_types), RETURNED] for school in instance.schools]
    stages = [stage.name.lower() for stage in Stage]
    assignment: dict[str, str | None] = {}
    seats: dict[str, dict[str, str]] = {}
    rows = zip(
        instance.student_ids,
        outcome.school.tolist(),
        outcome.seat_type.tolist(),
        outcome.stage.tolist(),
        strict=True,
    )
    for student, school, kind, stage in rows:
        assignment[student] = instance.school_ids[school] if school >= 0 else None
        if school >= 0:
            seats[student] = {"seat_type": names[school][kind], "stage": stages[stage]}
    return assignment, seats


def _name_shortage(instance: Instance, shortage: Shortage | None) -> dict[str, Any] | None:
    """Write a shortage with ids, in code-point order."""
    if shortage is None:
        return None
    return {
        "scope": shortage.scope,
        "students": [instance.student_ids[student] for student in shortage.students],
        "schools": [instance.school_ids[school] for school in shortage.schools],
        "missing_seats": shortage.missing_seats,
    }
