"""The properties that a result states about itself, each computed from the outcome."""

from typing import Any

import numpy as np

from allocation.instance import NOT_ELIGIBLE, Instance, Mechanism, SiblingRule, SmallIntArray
from allocation.outcome import Outcome, Stage
from allocation.verification.places import is_late
from allocation.verification.requests import Requests
from allocation.verification.siblings import added_seats, second_answer
from allocation.verification.stability import blocking_pairs, held_requests
from allocation.verification.tightening import loosen
from allocation.verification.travel import is_optimal, total_travel_s


def compute_checks(instance: Instance, requests: Requests, outcome: Outcome) -> dict[str, Any]:
    """Return the checks that apply to the mechanism, as they stand in a result file."""
    checks: dict[str, Any] = {
        "feasible": not list_infeasible(instance, outcome),
        "individually_rational": is_individually_rational(instance, requests, outcome),
    }
    if instance.mechanism is Mechanism.MIN_TRAVEL:
        checks["optimal"] = is_optimal(instance, outcome)
        checks["total_travel_s"] = total_travel_s(instance, outcome)
        return checks
    pairs = blocking_pairs(instance, requests, outcome)
    checks["blocking_pairs"] = len(pairs)
    if instance.siblings and instance.sibling_rule is SiblingRule.JOINT:
        checks["stable_exists"] = not pairs
        if pairs:
            checks["blocking"] = [
                [instance.student_ids[student], instance.school_ids[school]] for student, school in pairs
            ]
    elif instance.mechanism is Mechanism.DEFERRED_ACCEPTANCE:
        checks["second_solver_agrees"] = _agrees(outcome, *second_answer(instance, requests))
    elif instance.mechanism is Mechanism.SCHOOL_PROPOSING:
        checks["second_solver_agrees"] = _agrees(outcome, *loosen(instance, requests))
    if instance.place_everyone:
        checks["optimal"] = is_optimal(instance, outcome)
        checks["total_travel_s"] = total_travel_s(instance, outcome)
    return checks


def _agrees(outcome: Outcome, school: SmallIntArray, seat_type: SmallIntArray) -> bool:
    """Whether a second solver gives the first stage's seats and seat types."""
    late = is_late(outcome)
    return bool(
        np.array_equal(school, np.where(late, -1, outcome.school))
        and np.array_equal(seat_type, np.where(late, -1, outcome.seat_type))
    )


def list_infeasible(instance: Instance, outcome: Outcome) -> list[str]:
    """Return what breaks the rules of the seats themselves, one plain line each."""
    faults = [*_overfull(instance, outcome), *_wrong_types(instance, outcome)]
    seated = np.flatnonzero(outcome.school >= 0).astype(np.int32)
    values = instance.values_at(seated, outcome.school[seated])
    for student in seated[values == NOT_ELIGIBLE]:
        faults.append(f"{_name(instance, student)} is not eligible at {_school(instance, outcome, student)}")
    reachable = np.zeros(len(instance.student_ids), dtype=np.bool_)
    reachable[instance.travel_student[instance.travel_school == outcome.school[instance.travel_student]]] = (
        True
    )
    by_travel = (outcome.stage == Stage.PLACED) | (instance.mechanism is Mechanism.MIN_TRAVEL)
    for student in np.flatnonzero(by_travel & (outcome.school >= 0) & ~reachable):
        faults.append(f"{_name(instance, student)} cannot reach {_school(instance, outcome, student)}")
    return faults


def _overfull(instance: Instance, outcome: Outcome) -> list[str]:
    """Return the schools with more students than seats; whole classes of equals may pass the capacity."""
    added = added_seats(instance, outcome)
    counted = outcome.school[(outcome.school >= 0) & ~added]
    load = np.bincount(counted, minlength=len(instance.schools))
    extra = np.bincount(outcome.school[added], minlength=len(instance.schools))
    faults = [
        f"{instance.school_ids[school]!r} has {extra[school]} added seats, at most one is allowed"
        for school in np.flatnonzero(extra > 1)
    ]
    for school in np.flatnonzero(load > instance.capacity):
        if instance.schools[school].ties != "all" or np.any(
            (outcome.school == school) & (outcome.stage == Stage.PLACED)
        ):
            faults.append(
                f"{instance.school_ids[school]!r} has {load[school]} students on {instance.capacity[school]} seats"
            )
    return faults


def _wrong_types(instance: Instance, outcome: Outcome) -> list[str]:
    """Return seat types over their seats, and students in a type that is not open to them."""
    faults = []
    for index, school in enumerate(instance.schools):
        if not school.has_seat_types:
            continue
        members = np.flatnonzero((outcome.school == index) & ~added_seats(instance, outcome))
        soft = 0
        for place, kind in enumerate(school.seat_types):
            inside = members[outcome.seat_type[members] == place]
            soft += 0 if kind.hard else kind.seats - len(inside)
            if len(inside) > kind.seats:
                faults.append(
                    f"{instance.school_ids[index]!r} has {len(inside)} students on {kind.seats} {kind.name!r} seats"
                )
            for student in inside.tolist():
                if place not in instance.eligible_types(student, index):
                    faults.append(
                        f"{_name(instance, student)} is in no group that {kind.name!r} seats are open to"
                    )
        if np.count_nonzero(outcome.seat_type[members] == len(school.seat_types)) > max(soft, 0):
            faults.append(
                f"{instance.school_ids[index]!r} returned more seats than its soft seat types left over"
            )
    return faults


def is_individually_rational(instance: Instance, requests: Requests, outcome: Outcome) -> bool:
    """Whether everyone seated by choice asked for the school, and nobody is below a guaranteed seat."""
    safe = instance.guaranteed >= 0
    if instance.mechanism is Mechanism.MIN_TRAVEL:
        return bool(np.all(outcome.school[safe] >= 0))
    held = held_requests(requests, outcome)
    first_stage = ~is_late(outcome)
    return bool(np.all(held[first_stage] >= 0) and np.all(first_stage[safe]))


def _name(instance: Instance, student: int | np.integer) -> str:
    return f"student {instance.student_ids[student]!r}"


def _school(instance: Instance, outcome: Outcome, student: int | np.integer) -> str:
    return repr(instance.school_ids[outcome.school[student]])
