"""A changed plan equals the plan solved anew by OR-Tools, after any sequence of changes."""

import random

import pytest

from allocation import AllocationError, instance_from_dict
from allocation.solvers.resolving import TravelPlan
from tests.allocation.strategies import Document, document


def town(seed: int, *, students: int = 60, schools: int = 6) -> Document:
    """Students and schools on a square, ten tiers' worth of classes at some schools."""
    draw = random.Random(seed)
    school_ids = [f"s{number}" for number in range(schools)]
    student_ids = [f"c{number:03d}" for number in range(students)]
    rows: Document = {}
    for student in student_ids:
        reach = draw.sample(school_ids, draw.randint(1, schools - 1))
        rows[student] = {
            "travel_s": {school: draw.randint(1, 1500) for school in reach},
            "beyond_ceiling": [school for school in reach if draw.random() < 0.1],
        }
    bodies: Document = {}
    for school in school_ids:
        bodies[school] = {"capacity": draw.randint(0, 2 * students // schools)}
        if draw.random() < 0.5:
            classes: list[list[str]] = [[], [], []]
            for student in student_ids:
                classes[draw.randint(0, 2)].append(student)
            bodies[school]["priority"] = classes
    return document("min_travel", bodies, rows)


@pytest.mark.parametrize("seed", range(12))
def test_a_changed_plan_is_as_good_as_one_solved_anew(seed: int) -> None:
    body = town(seed)
    draw = random.Random(seed + 1000)
    plan = TravelPlan(instance_from_dict(body))
    assert plan.aims() == TravelPlan(instance_from_dict(body)).aims()
    for _ in range(5):
        school = draw.choice(sorted(body["schools"]))
        if draw.random() < 0.6:
            seats = draw.randint(0, 25)
            body["schools"][school]["capacity"] = seats
            plan.set_capacity(school, seats)
        else:
            reach = {student: draw.randint(1, 1500) for student in body["students"] if draw.random() < 0.6}
            beyond = frozenset(student for student in reach if draw.random() < 0.1)
            plan.move_school(school, reach, beyond=beyond)
            for student, row in body["students"].items():
                row["travel_s"].pop(school, None)
                row["beyond_ceiling"] = [one for one in row["beyond_ceiling"] if one != school]
                if student in reach:
                    row["travel_s"][school] = reach[student]
                if student in beyond:
                    row["beyond_ceiling"].append(school)
            body["students"] = dict(body["students"])
        anew = TravelPlan(instance_from_dict(body))
        assert plan.aims() == anew.aims()
        load = dict.fromkeys(range(len(body["schools"])), 0)
        for index in plan.outcome().school.tolist():
            if index >= 0:
                load[index] += 1
        assert all(load[one] <= seats for one, seats in enumerate(plan.capacity.tolist()))


def test_only_least_travel_without_guarantees_can_be_changed_step_by_step() -> None:
    guaranteed = document(
        "min_travel", {"A": {"capacity": 1}}, {"x": {"travel_s": {"A": 1}, "guaranteed": "A"}}
    )
    with pytest.raises(AllocationError, match="guaranteed"):
        TravelPlan(instance_from_dict(guaranteed))
    with pytest.raises(AllocationError, match="least-travel"):
        TravelPlan(instance_from_dict(document("deferred_acceptance", {}, {})))
