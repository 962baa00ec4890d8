"""Every statement of a result file, held against the instance."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from allocation.instance import RETURNED, Instance, Mechanism
from allocation.outcome import Outcome, Stage
from allocation.result import Result
from allocation.verification.checks import compute_checks, list_infeasible
from allocation.verification.lines import recompute_cutoffs
from allocation.verification.requests import gather_requests
from allocation.verification.shortage import recompute_shortage

_STAGES = {stage.name.lower(): stage for stage in Stage if stage is not Stage.NONE}
_BROKEN_WHEN_FALSE = ("feasible", "individually_rational", "second_solver_agrees", "optimal")


def verify(instance: Instance, result: Result) -> list[str]:
    """Return every property that the result fails, one plain line each; an empty list when all hold."""
    faults: list[str] = []
    if result.instance_sha256 != instance.sha256:
        return [f"instance_sha256: the result belongs to another instance, not to {instance.sha256}"]
    outcome = _read_outcome(instance, result, faults)
    if faults:
        return faults
    faults.extend(f"feasible: {fault}" for fault in list_infeasible(instance, outcome))
    faults.extend(_check_stages(instance, outcome))
    if faults:
        return faults
    requests = gather_requests(instance)
    checks = compute_checks(instance, requests, outcome)
    faults.extend(_broken(instance, checks))
    faults.extend(_differences("checks", result.checks, checks))
    cutoffs = (
        {} if instance.mechanism is Mechanism.MIN_TRAVEL else recompute_cutoffs(instance, requests, outcome)
    )
    faults.extend(_compare_cutoffs(result.cutoffs, cutoffs))
    second_stage = instance.place_everyone or instance.mechanism is Mechanism.MIN_TRAVEL
    shortage = recompute_shortage(instance, outcome) if second_stage else None
    if result.shortage is None or shortage is None:
        if result.shortage is not shortage:
            faults.append(f"shortage: is {_brief(result.shortage)}, should be {_brief(shortage)}")
    else:
        faults.extend(_differences("shortage", result.shortage, shortage))
    return faults


def _read_outcome(instance: Instance, result: Result, faults: list[str]) -> Outcome:
    """Turn the result's assignment and seats into arrays, noting whatever does not fit the instance."""
    outcome = Outcome.empty(instance)
    if result.assignment.keys() != instance.student_index.keys():
        missing = sorted(instance.student_index.keys() - result.assignment.keys())
        unknown = sorted(result.assignment.keys() - instance.student_index.keys())
        faults.extend(f"assignment: student {student!r} is missing" for student in missing)
        faults.extend(f"assignment: there is no student {student!r}" for student in unknown)
        return outcome
    names = [
        {kind.name: place for place, kind in enumerate(school.seat_types)}
        | ({RETURNED: len(school.seat_types)} if school.has_seat_types else {})
        for school in instance.schools
    ]
    for index, student in enumerate(instance.student_ids):
        school_id = result.assignment[student]
        seat = result.seats.get(student)
        if school_id is None:
            if seat is not None:
                faults.append(f"seats: student {student!r} has a seat but no school")
            continue
        school = instance.school_index.get(school_id)
        if school is None:
            faults.append(f"assignment: there is no school {school_id!r}")
        elif seat is None or seat.keys() != {"seat_type", "stage"}:
            faults.append(f"seats: student {student!r} needs a seat_type and a stage")
        elif seat["seat_type"] not in names[school]:
            faults.append(f"seats: {school_id!r} has no seat type {seat['seat_type']!r}")
        elif seat["stage"] not in _STAGES:
            faults.append(f"seats: there is no stage {seat['stage']!r}")
        else:
            outcome.school[index] = school
            outcome.seat_type[index] = names[school][seat["seat_type"]]
            outcome.stage[index] = _STAGES[seat["stage"]]
    for student in sorted(result.seats.keys() - result.assignment.keys()):
        faults.append(f"seats: there is no student {student!r}")
    return outcome


def read_assignment(instance: Instance, assignment: Mapping[str, str | None]) -> Outcome:
    """Turn a bare assignment into arrays, every seat by choice."""
    outcome = Outcome.empty(instance)
    for student, school in assignment.items():
        if school is not None:
            outcome.school[instance.student_index[student]] = instance.school_index[school]
            outcome.seat_type[instance.student_index[student]] = 0
            outcome.stage[instance.student_index[student]] = Stage.CHOICE
    return outcome


def _check_stages(instance: Instance, outcome: Outcome) -> list[str]:
    """Return stages that cannot be: ``guaranteed`` exactly at the guaranteed school, ``placed`` only when asked."""
    faults = []
    safe = (outcome.school >= 0) & (outcome.school == instance.guaranteed)
    for student in np.flatnonzero(safe != (outcome.stage == Stage.GUARANTEED)):
        faults.append(
            f"seats: the stage of student {instance.student_ids[student]!r} does not fit the guarantee"
        )
    if not instance.place_everyone and instance.mechanism is not Mechanism.MIN_TRAVEL:
        for student in np.flatnonzero(outcome.stage == Stage.PLACED):
            faults.append(
                f"seats: student {instance.student_ids[student]!r} is placed, but there is no second stage"
            )
    if instance.mechanism is Mechanism.MIN_TRAVEL:
        for student in np.flatnonzero(outcome.stage == Stage.CHOICE):
            faults.append(
                f"seats: student {instance.student_ids[student]!r} has a choice where there is none"
            )
    if not instance.siblings:
        for student in np.flatnonzero(outcome.stage == Stage.SIBLINGS):
            faults.append(
                f"seats: student {instance.student_ids[student]!r} has no siblings in this instance"
            )
    return faults


def _broken(instance: Instance, checks: Mapping[str, Any]) -> list[str]:
    """Return the properties that do not hold. Blocking pairs are only reported for Boston and trading cycles."""
    faults = [f"{name}: does not hold" for name in _BROKEN_WHEN_FALSE if checks.get(name) is False]
    stable = instance.mechanism in (Mechanism.DEFERRED_ACCEPTANCE, Mechanism.SCHOOL_PROPOSING)
    if stable and checks["blocking_pairs"] and checks.get("stable_exists", True):
        faults.append(f"blocking_pairs: there are {checks['blocking_pairs']}")
    return faults


def _differences(section: str, stated: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """Return where the stated values differ from the recomputed ones."""
    return [
        f"{section}.{key}: is {_brief(stated.get(key))}, should be {_brief(found.get(key))}"
        for key in sorted(stated.keys() | found.keys())
        if key not in stated or key not in found or not _same(stated[key], found[key])
    ]


def _same(stated: Any, found: Any) -> bool:
    """Whether two values are equal as JSON: true is not 1, and 26.5 is 26.5 whether read or computed."""
    if isinstance(stated, bool) or isinstance(found, bool):
        return stated is found
    if isinstance(found, Mapping):
        return (
            isinstance(stated, Mapping)
            and stated.keys() == found.keys()
            and all(_same(stated[key], found[key]) for key in found)
        )
    if isinstance(found, list):
        return (
            isinstance(stated, list)
            and len(stated) == len(found)
            and all(_same(one, other) for one, other in zip(stated, found, strict=True))
        )
    if isinstance(found, float):
        return not isinstance(stated, str) and stated is not None and float(stated) == found
    return bool(stated == found)


def _compare_cutoffs(stated: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """Return where lines differ, school by school and type by type."""
    faults = []
    for school in sorted(stated.keys() | found.keys()):
        if school not in stated or school not in found:
            faults.append(f"cutoffs: school {school!r} is {'missing' if school in found else 'not expected'}")
            continue
        for kind in sorted(stated[school].keys() | found[school].keys()):
            if kind not in stated[school] or kind not in found[school]:
                known = "missing" if kind in found[school] else "not expected"
                faults.append(f"cutoffs: seat type {kind!r} of {school!r} is {known}")
            else:
                faults.extend(
                    _differences(f"cutoffs.{school}.{kind}", stated[school][kind], found[school][kind])
                )
    return faults


def _brief(value: Any) -> str:
    """Write a value on one line, long lists by their length."""
    if isinstance(value, (list, tuple)) and len(value) > 8:
        return f"a list of {len(value)}"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_brief(member)}" for key, member in sorted(value.items())) + "}"
    return str(value)
