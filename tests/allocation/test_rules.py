"""Stories of single rules: seat types, ties, guarantees, penalties, siblings, the mechanisms for comparison."""

from typing import Any

import pytest
from hypothesis import given

from allocation import InstanceError, instance_from_dict, solve, verify
from tests.allocation.naive import lottery_number, wishes
from tests.allocation.strategies import Document, choice_documents, document

RESERVE = [
    {"name": "boarders", "seats": 1, "open_to": ["boarder"]},
    {"name": "open", "seats": 1},
]


def settled(body: Document) -> Any:
    """Solve, and insist that the verification agrees."""
    instance = instance_from_dict(body)
    result = solve(instance)
    assert verify(instance, result) == []
    return result


def test_a_reserve_filled_first_gives_its_group_seats_on_top() -> None:
    students = {
        "best": {"preferences": ["A"], "groups": ["boarder"]},
        "second": {"preferences": ["A"], "groups": ["boarder"]},
        "third": {"preferences": ["A"]},
    }
    classes = [["best"], ["second"], ["third"]]
    first = document("deferred_acceptance", school(RESERVE, classes), students)
    last = document("deferred_acceptance", school(RESERVE[::-1], classes), students)
    assert settled(first).assignment == {"best": "A", "second": "A", "third": None}
    assert settled(last).assignment == {"best": "A", "second": "A", "third": None}
    classes = [["third"], ["best"], ["second"]]
    assert settled(document("deferred_acceptance", school(RESERVE, classes), students)).assignment == {
        "best": "A",
        "second": None,
        "third": "A",
    }
    assert settled(document("deferred_acceptance", school(RESERVE[::-1], classes), students)).seats[
        "best"
    ] == {"seat_type": "boarders", "stage": "choice"}


def school(types: list[Document], classes: list[list[str]]) -> Document:
    return {"A": {"capacity": 2, "priority": classes, "seat_types": types}}


def test_an_unused_soft_reserve_returns_to_all_and_a_hard_one_stays_empty() -> None:
    students = {"x": {"preferences": ["A"]}, "y": {"preferences": ["A"]}}
    soft = settled(document("deferred_acceptance", school(RESERVE, [["x"], ["y"]]), students))
    assert soft.assignment == {"x": "A", "y": "A"}
    assert soft.seats["y"]["seat_type"] == "returned"
    assert soft.cutoffs["A"]["returned"] == {
        "seats": 1,
        "admitted": 1,
        "last": {"class": 1, "lottery": None},
        "lottery_decided": False,
    }
    hard = [{**RESERVE[0], "hard": True}, RESERVE[1]]
    assert settled(document("deferred_acceptance", school(hard, [["x"], ["y"]]), students)).assignment == {
        "x": "A",
        "y": None,
    }


def test_a_guaranteed_student_outside_all_groups_is_not_lost_to_a_reserve() -> None:
    body = document(
        "deferred_acceptance",
        {"A": {"capacity": 1, "seat_types": [{"name": "boarders", "seats": 1, "open_to": ["boarder"]}]}},
        {"x": {"preferences": [], "guaranteed": "A"}, "y": {"preferences": ["A"], "groups": ["boarder"]}},
    )
    result = settled(body)
    assert result.assignment == {"x": "A", "y": None}
    assert result.seats["x"]["stage"] == "guaranteed"


@pytest.mark.parametrize(
    ("ties", "admitted"), [("lottery", {"a", "b"}), ("none", {"a"}), ("all", {"a", "b", "c"})]
)
def test_equals_at_the_line_are_drawn_refused_or_taken_together(ties: str, admitted: set[str]) -> None:
    body = document(
        "deferred_acceptance",
        {"A": {"capacity": 2, "scores": {"a": 9, "b": 8, "c": 8}, "ties": ties}},
        {student: {"preferences": ["A"]} for student in "abc"},
        lottery={"numbers": {"a": 3, "b": 1, "c": 2}},
    )
    result = settled(body)
    assert {student for student, school in result.assignment.items() if school} == admitted
    line = result.cutoffs["A"]["open"]
    assert line["lottery_decided"] is (ties == "lottery")
    assert line["last"]["score"] == (9 if ties == "none" else 8)


def test_a_second_wish_needs_exactly_half_a_point_more() -> None:
    def season(score: float) -> Document:
        return document(
            "deferred_acceptance",
            {
                "A": {"capacity": 0},
                "B": {"capacity": 1, "scores": {"first": 34, "second": score}, "rank_penalty": [0, 0.5, 1]},
            },
            {"first": {"preferences": ["B"]}, "second": {"preferences": ["A", "B"]}},
            lottery={"numbers": {"first": 2, "second": 1}},
        )

    assert settled(season(34.25)).assignment == {"first": "B", "second": None}
    tied = settled(season(34.5))
    assert tied.assignment == {"first": None, "second": "B"}
    assert tied.cutoffs["B"]["open"] == {
        "seats": 1,
        "admitted": 1,
        "last": {"score": 34, "lottery": 1},
        "lottery_decided": True,
        "by_preference": [34, 34.5, 35],
    }


@given(choice_documents(guarantees=True))
def test_nobody_ends_below_a_guaranteed_seat(body: Document) -> None:
    try:
        result = solve(instance_from_dict(body))
    except InstanceError:
        return
    for student, row in body["students"].items():
        if "guaranteed" in row:
            mine = wishes(body, student)
            got = result.assignment[student]
            assert got is not None
            assert mine.index(got) <= mine.index(row["guaranteed"])
            assert (result.seats[student]["stage"] == "guaranteed") == (got == row["guaranteed"])


def twins(rule: str, **seats: int) -> Document:
    """Twins t1 and t2 and a stranger want A, then B; the order at A is t1, stranger, t2."""
    return document(
        "deferred_acceptance",
        {
            "A": {"capacity": seats.get("A", 2), "priority": [["t1"], ["stranger"], ["t2"]]},
            "B": {"capacity": seats.get("B", 2), "priority": [["t1"], ["t2"], ["stranger"]]},
        },
        {
            "t1": {"preferences": ["A", "B"]},
            "t2": {"preferences": ["A", "B"]},
            "stranger": {"preferences": ["A", "B"]},
        },
        siblings=[["t1", "t2"]],
        sibling_rule=rule,
    )


def test_linked_twins_go_together_to_the_next_common_school_when_the_line_parts_them() -> None:
    result = settled(twins("linked"))
    assert result.assignment == {"t1": "B", "t2": "B", "stranger": "A"}
    assert result.seats["t1"]["stage"] == "siblings"


def test_linked_twins_without_room_anywhere_apply_singly() -> None:
    assert settled(twins("linked", B=1)).assignment == {"t1": "A", "t2": "B", "stranger": "A"}


def test_of_two_linked_groups_at_the_line_the_one_that_stands_lower_gives_way() -> None:
    body = document(
        "deferred_acceptance",
        {"A": {"capacity": 2, "priority": [["a1"], ["b1"], ["b2"], ["a2"]]}},
        {student: {"preferences": ["A"]} for student in ("a1", "a2", "b1", "b2")},
        siblings=[["a1", "a2"], ["b1", "b2"]],
    )
    # The a twins give way first, then apply singly: a1 outranks b2, so the b twins cannot enter whole either.
    assert settled(body).assignment == {"a1": "A", "a2": None, "b1": "A", "b2": None}


def test_plus_one_adds_a_seat_where_the_line_parts_twins() -> None:
    result = settled(twins("plus_one"))
    assert result.assignment == {"t1": "A", "t2": "A", "stranger": "A"}
    assert result.seats["t2"] == {"seat_type": "open", "stage": "siblings"}
    assert result.cutoffs["A"]["open"]["admitted"] == 3
    assert result.cutoffs["A"]["open"]["last"]["class"] == 1


def test_joint_twins_are_together_in_the_stable_outcome_with_the_least_ranks() -> None:
    result = settled(twins("joint"))
    assert result.assignment == {"t1": "B", "t2": "B", "stranger": "A"}
    assert result.checks["stable_exists"] is True


def test_where_no_stable_outcome_exists_the_joint_rule_says_so_and_lists_what_blocks() -> None:
    # Together at B the twins would leave the stranger without a seat, which counts first; apart they block at B.
    body = document(
        "deferred_acceptance",
        {
            "A": {"capacity": 1, "priority": [["t2"], ["stranger"], ["t1"]]},
            "B": {"capacity": 2, "priority": [["t2"], ["t1"], ["stranger"]]},
        },
        {
            "t1": {"preferences": ["B"]},
            "t2": {"preferences": ["A", "B"]},
            "stranger": {"preferences": ["B"]},
        },
        siblings=[["t1", "t2"]],
        sibling_rule="joint",
    )
    result = settled(body)
    assert result.assignment == {"t1": "B", "t2": "A", "stranger": "B"}
    assert result.checks["stable_exists"] is False
    assert result.checks["blocking_pairs"] == 1
    assert result.checks["blocking"] == [["t1", "B"]]


def test_immediate_acceptance_lets_a_first_wish_beat_a_better_class() -> None:
    body = document(
        "immediate_acceptance",
        {"A": {"capacity": 1}, "B": {"capacity": 1, "priority": [["x"], ["y"]]}},
        {"x": {"preferences": ["A", "B"]}, "y": {"preferences": ["B"]}, "z": {"preferences": ["A"]}},
        lottery={"numbers": {"x": 2, "y": 3, "z": 1}},
    )
    result = settled(body)
    assert result.assignment == {"x": None, "y": "B", "z": "A"}
    assert result.checks["blocking_pairs"] == 1


def test_top_trading_cycles_lets_two_students_trade_their_priorities() -> None:
    schools = {
        "A": {"capacity": 1, "priority": [["x"], ["z"], ["y"]]},
        "B": {"capacity": 1, "priority": [["y"], ["x"]]},
    }
    students = {
        "x": {"preferences": ["B", "A"]},
        "y": {"preferences": ["A", "B"]},
        "z": {"preferences": ["A"]},
    }
    traded = settled(document("top_trading_cycles", schools, students))
    assert traded.assignment == {"x": "B", "y": "A", "z": None}
    assert traded.checks["blocking_pairs"] == 1
    assert settled(document("deferred_acceptance", schools, students)).assignment == {
        "x": "A",
        "y": "B",
        "z": None,
    }


@given(choice_documents(mechanism="top_trading_cycles"))
def test_no_group_of_students_could_gain_by_swapping_what_trading_cycles_gave(body: Document) -> None:
    result = solve(instance_from_dict(body))
    mine = {student: wishes(body, student) for student in body["students"]}

    def envies(student: str, other: str) -> bool:
        got, theirs = result.assignment[student], result.assignment[other]
        better = mine[student][: mine[student].index(got)] if got else mine[student]
        return theirs in better

    holders = [student for student, got in result.assignment.items() if got]
    reach = {student: {other for other in holders if envies(student, other)} for student in holders}
    for _ in holders:
        reach = {one: seen.union(*(reach[other] for other in seen)) for one, seen in reach.items()}
    assert not any(student in seen for student, seen in reach.items())


@given(choice_documents(mechanism="immediate_acceptance"))
def test_immediate_acceptance_gives_every_seat_to_first_wishes_before_second_ones(body: Document) -> None:
    result = solve(instance_from_dict(body))
    for student in body["students"]:
        for place, wish in enumerate(wishes(body, student)):
            if wish == result.assignment[student]:
                break
            inside = [one for one, got in result.assignment.items() if got == wish]
            assert len(inside) == body["schools"][wish]["capacity"]
            assert all(wishes(body, one).index(wish) <= place for one in inside)


def test_lottery_numbers_follow_from_seed_and_id_alone() -> None:
    from allocation import lottery_numbers

    body = document("deferred_acceptance", {}, {"An": {}, "Bình": {}}, lottery={"seed": "00ff"})
    numbers = lottery_numbers("00ff", ["Bình", "An"])
    assert numbers == {student: lottery_number(body, student) for student in ("Bình", "An")}
    assert lottery_numbers("00ff", ["An"])["An"] == numbers["An"]
