"""The second stage and least travel against every possible answer; shortages against Hall's condition."""

import itertools

from hypothesis import assume, given

from allocation import InstanceError, instance_from_dict, solve, verify
from tests.allocation.naive import Assignment, all_assignments, value_at
from tests.allocation.strategies import Document, choice_documents, document, travel_documents


def trip(body: Document, student: str, school: str | None) -> int:
    return 0 if school is None else body["students"][student]["travel_s"][school]


def is_beyond(body: Document, student: str, school: str | None) -> bool:
    return school in body["students"][student].get("beyond_ceiling", [])


def aims(body: Document, students: list[str], assignment: Assignment) -> tuple[int, int, int, int]:
    """Unplaced, beyond the ceiling, total seconds, longest trip."""
    got = [(student, assignment[student]) for student in students]
    trips = [trip(body, *pair) for pair in got]
    return (
        sum(school is None for _, school in got),
        sum(is_beyond(body, *pair) for pair in got),
        sum(trips),
        max(trips, default=0),
    )


@given(choice_documents(guarantees=True, place_everyone=True))
def test_the_second_stage_is_best_in_all_four_aims_and_moves_nobody(body: Document) -> None:
    try:
        instance = instance_from_dict(body)
    except InstanceError:
        assume(False)
    result = solve(instance)
    first = solve(instance_from_dict({**body, "place_everyone": False}))
    fixed = {student: school for student, school in first.assignment.items() if school is not None}
    assert {student: result.assignment[student] for student in fixed} == fixed
    late = sorted(body["students"].keys() - fixed.keys())
    open_to = {
        student: [
            school
            for school in body["students"][student]["travel_s"]
            if value_at(body, student, school) is not None
        ]
        for student in late
    } | {student: [school] for student, school in fixed.items()}
    options = [
        one
        for one in all_assignments(body, open_to)
        if all(one[student] == school for student, school in fixed.items())
    ]
    best = min(aims(body, late, one) for one in options)
    assert aims(body, late, dict(result.assignment)) == best
    assert result.checks["optimal"] is True
    assert result.checks["total_travel_s"] == best[2]


@given(travel_documents(guarantees=True))
def test_least_travel_is_best_in_its_aims_in_order(body: Document) -> None:
    try:
        instance = instance_from_dict(body)
    except InstanceError:
        assume(False)
    open_to = {student: reachable(body, student) for student in body["students"]}
    safe = {student for student, row in body["students"].items() if "guaranteed" in row}

    def goal(one: Assignment) -> tuple[int, int, int, int]:
        unplaced, beyond, seconds, _ = aims(body, sorted(one), one)
        tiers = sum(tier(body, student, school) for student, school in one.items() if school)
        return unplaced, tiers, beyond, seconds

    options = [
        one for one in all_assignments(body, open_to) if all(one[student] is not None for student in safe)
    ]
    result = solve(instance)
    assert goal(dict(result.assignment)) == min(goal(one) for one in options)
    assert verify(instance, result) == []


def reachable(body: Document, student: str) -> list[str]:
    """Eligible schools in reach, no farther than the guaranteed one."""
    row = body["students"][student]
    safe = row.get("guaranteed")
    farthest = row["travel_s"].get(safe, 10**9)
    return [
        school
        for school, seconds in row["travel_s"].items()
        if seconds <= farthest and (school == safe or value_at(body, student, school) is not None)
    ]


def tier(body: Document, student: str, school: str) -> int:
    value = value_at(body, student, school)
    return len(body["schools"][school]["priority"]) if value is None else int(value)


@given(travel_documents())
def test_a_shortage_is_a_smallest_group_with_too_few_seats_in_reach(body: Document) -> None:
    result = solve(instance_from_dict(body))
    unplaced = {student for student, school in result.assignment.items() if school is None}
    if not unplaced:
        assert result.shortage is None
        return
    assert result.shortage is not None
    assert result.shortage["scope"] == "all_seats"
    students = set(result.shortage["students"])
    assert unplaced <= students
    reach = {student: set(reachable(body, student)) for student in body["students"]}
    deficits = {
        frozenset(group): len(group)
        - sum(body["schools"][one]["capacity"] for one in schools_of(group, reach))
        for size in range(len(reach) + 1)
        for group in itertools.combinations(sorted(reach), size)
    }
    largest = max(deficits.values())
    assert result.shortage["missing_seats"] == largest == deficits[frozenset(students)]
    assert set(result.shortage["schools"]) == schools_of(students, reach)
    assert not any(deficit == largest and group < students for group, deficit in deficits.items()), (
        "a smaller group has the same deficit"
    )


def schools_of(students, reach: dict[str, set[str]]) -> set[str]:
    return set().union(*(reach[student] for student in students))


def village(**others: object) -> Document:
    """Two children want A, which has one seat; C can only go to A; B is free but out of C's reach."""
    return document(
        "deferred_acceptance",
        {"A": {"capacity": 1, "priority": [["x"], ["c"]]}, "B": {"capacity": 1}},
        {
            "x": {"preferences": ["A"], "travel_s": {"A": 60, "B": 90}},
            "c": {"preferences": ["A"], "travel_s": {"A": 300}},
            **others,
        },
        place_everyone=True,
    )


def test_a_shortage_that_only_the_first_stage_causes_is_told_from_a_real_one() -> None:
    result = solve(instance_from_dict(village()))
    assert result.assignment == {"x": "A", "c": None}
    assert result.shortage == {
        "scope": "free_seats",
        "students": ["c"],
        "schools": ["A"],
        "missing_seats": 1,
    }


def test_a_child_without_any_travel_time_stays_without_a_seat_and_is_listed() -> None:
    result = solve(instance_from_dict(village(lost={"preferences": []})))
    assert result.assignment["lost"] is None
    assert result.shortage is not None
    assert result.shortage["scope"] == "all_seats"
    assert result.shortage["students"] == ["lost"]
    assert result.shortage["schools"] == []


def test_three_hundred_and_fifty_children_for_three_hundred_seats_are_all_accounted_for() -> None:
    children = [f"c{number:03d}" for number in range(350)]
    body = document(
        "deferred_acceptance",
        {"A": {"capacity": 200}, "B": {"capacity": 100}},
        {
            child: {"preferences": ["A"], "travel_s": {"A": 60 + number, "B": 600 - number}}
            for number, child in enumerate(children)
        },
        lottery={"seed": "0102"},
        place_everyone=True,
    )
    result = solve(instance_from_dict(body))
    assert sum(school is None for school in result.assignment.values()) == 50
    assert result.shortage is not None
    assert result.shortage["scope"] == "all_seats"
    assert result.shortage["missing_seats"] == 50
    assert result.shortage["schools"] == ["A", "B"]


def test_the_ferry_child_is_placed_beyond_the_ceiling_only_when_nothing_nearer_is_free() -> None:
    body = document(
        "min_travel",
        {"near": {"capacity": 1}, "across": {"capacity": 2}},
        {
            "a": {"travel_s": {"near": 100, "across": 4000}, "beyond_ceiling": ["across"]},
            "b": {"travel_s": {"near": 90, "across": 200}},
        },
    )
    assert solve(instance_from_dict(body)).assignment == {"a": "near", "b": "across"}


def test_hard_seats_stay_with_their_group_in_the_second_stage_too() -> None:
    types = [
        {"name": "boarders", "seats": 1, "open_to": ["boarder"], "hard": True},
        {"name": "day", "seats": 1},
    ]
    body = document(
        "deferred_acceptance",
        {"A": {"capacity": 2, "seat_types": types}},
        {
            "x": {"preferences": [], "travel_s": {"A": 60}},
            "y": {"preferences": [], "travel_s": {"A": 50}},
            "z": {"preferences": [], "travel_s": {"A": 900}, "groups": ["boarder"]},
        },
        place_everyone=True,
    )
    instance = instance_from_dict(body)
    result = solve(instance)
    assert result.assignment == {"x": None, "y": "A", "z": "A"}
    assert result.seats["z"]["seat_type"] == "boarders"
    assert verify(instance, result) == []


def test_instances_without_schools_or_students_have_an_answer_too() -> None:
    for mechanism in ("deferred_acceptance", "min_travel"):
        for schools, students in (({}, {}), ({}, {"x": {}}), ({"A": {"capacity": 0}}, {"x": {}})):
            instance = instance_from_dict(document(mechanism, schools, students, place_everyone=True))
            result = solve(instance)
            assert verify(instance, result) == []
            assert (result.shortage is None) == (not students)
