"""The verification finds what is wrong, the reasons agree with the lines, and strangers' solvers agree with ours."""

import copy
import warnings
from typing import Any

import pytest
from hypothesis import assume, given

from allocation import (
    InstanceError,
    Result,
    ResultError,
    blocking_pairs,
    explain,
    explain_all,
    instance_from_dict,
    read_result,
    simulate,
    solve,
    verify,
)
from tests.allocation.strategies import Document, choice_documents, document

TOWN = document(
    "deferred_acceptance",
    {
        "A": {"capacity": 2, "priority": [["near"], ["x", "y", "z"]]},
        "B": {"capacity": 2, "priority": [["x", "y", "z", "near"]]},
        "C": {"capacity": 1},
    },
    {
        "near": {"preferences": ["A", "B"], "travel_s": {"A": 60}},
        "x": {"preferences": ["A", "B"], "travel_s": {"B": 90, "C": 900}},
        "y": {"preferences": ["A", "B"], "travel_s": {"C": 800}},
        "z": {"preferences": ["A"], "travel_s": {"C": 700}},
        "w": {"preferences": ["B", "A"], "travel_s": {"C": 600}},
    },
    lottery={"numbers": {"near": 5, "x": 1, "y": 2, "z": 3, "w": 4}},
    place_everyone=True,
)


@pytest.fixture(scope="module")
def town() -> tuple[Any, Result]:
    instance = instance_from_dict(TOWN)
    return instance, solve(instance)


def altered(result: Result, **changes: Any) -> Result:
    parts = copy.deepcopy({key: value for key, value in result.to_dict().items() if key != "format"})
    return Result(**(parts | changes))


def test_a_true_result_passes_after_a_round_trip_through_its_file(town: tuple[Any, Result]) -> None:
    instance, result = town
    assert result.assignment == {"near": "A", "x": "A", "y": "B", "z": None, "w": "C"}
    assert verify(instance, read_result(result.to_bytes())) == []
    assert read_result(result.to_bytes()).to_bytes() == result.to_bytes()


def test_every_kind_of_falsehood_is_found(town: tuple[Any, Result]) -> None:
    instance, result = town
    seats = dict(result.seats)
    swapped = {**result.assignment, "x": "B", "y": "A"}
    falsehoods = {
        "second_solver_agrees": altered(result, assignment=swapped),
        "assignment: student 'w' is missing": altered(
            result, assignment={one: got for one, got in result.assignment.items() if one != "w"}
        ),
        "there is no school": altered(result, assignment={**result.assignment, "x": "Z"}),
        "has 3 students on 2 seats": altered(
            result, assignment={**result.assignment, "z": "A"}, seats={**seats, "z": seats["x"]}
        ),
        "is not eligible": altered(
            result, assignment={**result.assignment, "w": "B"}, seats={**seats, "w": seats["x"]}
        ),
        "cannot reach": altered(
            result,
            assignment={**result.assignment, "y": None, "z": "B"},
            seats={**{one: seat for one, seat in seats.items() if one != "y"}, "z": seats["w"]},
        ),
        "has a seat but no school": altered(result, seats={**seats, "z": seats["x"]}),
        "does not fit the guarantee": altered(
            result, seats={**seats, "x": {"seat_type": "open", "stage": "guaranteed"}}
        ),
        "has no seat type": altered(result, seats={**seats, "x": {"seat_type": "vip", "stage": "choice"}}),
        "checks.blocking_pairs": altered(result, checks={**result.checks, "blocking_pairs": 1}),
        "checks.feasible: is 1": altered(result, checks={**result.checks, "feasible": 1}),
        "checks.total_travel_s": altered(result, checks={**result.checks, "total_travel_s": 1}),
        "cutoffs.A.open.last": altered(
            result,
            cutoffs={
                **result.cutoffs,
                "A": {"open": {**result.cutoffs["A"]["open"], "last": {"class": 1, "lottery": 2}}},
            },
        ),
        "cutoffs: school 'C' is missing": altered(
            result, cutoffs={one: line for one, line in result.cutoffs.items() if one != "C"}
        ),
        "shortage": altered(result, shortage=None),
        "shortage.missing_seats": altered(result, shortage={**(result.shortage or {}), "missing_seats": 2}),
        "instance_sha256": altered(result, instance_sha256="0" * 64),
    }
    for text, falsehood in falsehoods.items():
        assert any(text in fault for fault in verify(instance, falsehood)), text


def test_a_longer_placement_than_needed_is_not_optimal(town: tuple[Any, Result]) -> None:
    instance, result = town
    seats = dict(result.seats)
    longer = altered(
        result,
        assignment={**result.assignment, "w": None, "z": "C"},
        seats={**{one: seat for one, seat in seats.items() if one != "w"}, "z": seats["w"]},
    )
    assert any(fault.startswith("optimal") for fault in verify(instance, longer))


@pytest.mark.parametrize(
    "text",
    ["[]", "{}", '{"format": "dungtuyen-result/1"}', "not json", '{"format": "dungtuyen-result/1", "x": 1}'],
)
def test_what_is_not_a_result_cannot_be_read(text: str) -> None:
    with pytest.raises(ResultError):
        read_result(text.encode())


def test_blocking_pairs_of_a_bare_assignment_are_listed() -> None:
    instance = instance_from_dict(TOWN)
    assert (
        blocking_pairs(instance, {"x": "A", "y": "A", "z": "A"})
        == [("near", "A"), ("near", "B"), ("x", "B")][:2]
    )


def test_the_reason_names_the_first_element_that_decided(town: tuple[Any, Result]) -> None:
    instance, result = town
    first, second = explain(instance, result, "y")
    assert (first.school, first.outcome, first.decided_by) == ("A", "below_line", "lottery")
    assert (first.class_index, first.position, first.ahead_by_class) == (1, 3, ((0, 1), (1, 1)))
    assert first.last is not None
    assert (first.last.class_index, first.last.lottery) == (1, 1)
    assert (second.school, second.outcome, second.decided_by) == ("B", "admitted", "seats_left")
    (only,) = explain(instance, result, "z")
    assert (only.outcome, only.decided_by, only.position) == ("below_line", "lottery", 4)
    b, a, c = explain(instance, result, "w")
    assert (b.outcome, a.outcome) == ("not_eligible", "not_eligible")
    assert (c.school, c.rank, c.outcome, c.travel_s) == ("C", None, "placed", 600)
    a, b = explain(instance, result, "near")
    assert (a.decided_by, b.outcome) == ("class", "not_considered")


@given(choice_documents(plain=False, guarantees=True, max_students=7))
def test_every_reason_follows_from_the_published_line(body: Document) -> None:
    try:
        instance = instance_from_dict(body)
        result = solve(instance)
    except InstanceError:
        assume(False)
    for student, reasons in explain_all(instance, result):
        got = result.assignment[student]
        assert [one.school for one in reasons if one.outcome == "admitted"] == ([got] if got else [])
        for reason in reasons:
            if reason.outcome != "below_line" or reason.last is None:
                continue
            mine = reason.class_index if reason.score is None else -reason.score
            line = reason.last.class_index if reason.last.score is None else -reason.last.score
            assert mine is not None and line is not None
            if reason.decided_by == "lottery":
                assert mine == line
                assert int(reason.lottery, 16) > int(reason.last.lottery, 16)
            elif reason.decided_by in ("class", "score"):
                assert mine > line
        for reason in reasons:
            if reason.ahead_by_class:
                assert sum(number for _, number in reason.ahead_by_class) < reason.position


@given(choice_documents(max_students=6))
def test_the_matching_package_finds_the_same_outcome(body: Document) -> None:
    from matching.games import HospitalResident

    instance = instance_from_dict(body)
    from tests.allocation.naive import strict_key, wishes

    schools = {one for one, row in body["schools"].items() if row["capacity"] > 0}
    mine = {student: [one for one in wishes(body, student) if one in schools] for student in body["students"]}
    mine = {student: row for student, row in mine.items() if row}
    ranks = {
        school: sorted(
            (student for student, row in mine.items() if school in row),
            key=lambda student: strict_key(body, student, school),
        )
        for school in schools
    }
    ranks = {school: row for school, row in ranks.items() if row}
    assume(ranks)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        game = HospitalResident.create_from_dictionaries(
            mine, ranks, {school: body["schools"][school]["capacity"] for school in ranks}
        )
        matching = game.solve(optimal="resident")
    theirs = {student.name: school.name for school, students in matching.items() for student in students}
    ours = {student: got for student, got in solve(instance).assignment.items() if got}
    assert ours == theirs


def test_simulated_chances_come_near_the_true_ones_and_repeat() -> None:
    body = document(
        "deferred_acceptance",
        {"A": {"capacity": 1}},
        {student: {"preferences": ["A"]} for student in "wxyz"},
        lottery={"seed": "aa"},
    )
    instance = instance_from_dict(body)
    chances = simulate(instance, runs=400)
    assert chances == simulate(instance, runs=400)
    for student in "wxyz":
        low, high = chances[student]["A"].interval
        assert low < 0.25 < high
        assert chances[student]["A"].admitted + chances[student][None].admitted == 400
