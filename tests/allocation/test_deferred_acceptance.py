"""Deferred acceptance against its definition: stable, and best for every student among all stable outcomes."""

import copy

from hypothesis import assume, given
from hypothesis import strategies as st

from allocation import InstanceError, instance_from_dict, solve, verify
from tests.allocation.naive import all_assignments, is_stable, rank_of, wishes
from tests.allocation.strategies import Document, choice_documents, document


def assignment_of(body: Document) -> dict[str, str | None]:
    return dict(solve(instance_from_dict(body)).assignment)


@given(choice_documents())
def test_the_outcome_is_the_stable_one_that_every_student_likes_best(body: Document) -> None:
    found = assignment_of(body)
    open_to = {student: wishes(body, student) for student in body["students"]}
    stable = [one for one in all_assignments(body, open_to) if is_stable(body, one)]
    assert found in stable
    for student in body["students"]:
        best = min(rank_of(body, student, one[student]) for one in stable)
        assert rank_of(body, student, found[student]) == best


@given(choice_documents(mechanism="school_proposing"))
def test_with_schools_proposing_the_outcome_is_the_stable_one_that_students_like_least(
    body: Document,
) -> None:
    found = assignment_of(body)
    open_to = {student: wishes(body, student) for student in body["students"]}
    stable = [one for one in all_assignments(body, open_to) if is_stable(body, one)]
    assert found in stable
    for student in body["students"]:
        worst = max(rank_of(body, student, one[student]) for one in stable)
        assert rank_of(body, student, found[student]) == worst


@given(choice_documents(plain=False, guarantees=True, place_everyone=True, max_students=7))
def test_every_outcome_passes_the_independent_verification(body: Document) -> None:
    try:
        instance = instance_from_dict(body)
        result = solve(instance)
    except InstanceError:
        assume(False)
    assert result.checks["blocking_pairs"] == 0
    assert verify(instance, result) == []


@given(choice_documents(plain=False, max_students=6), st.data())
def test_a_false_list_never_gets_a_student_a_better_school(body: Document, data: st.DataObject) -> None:
    for school in body["schools"].values():
        school.pop("rank_penalty", None)  # a penalty by rank rewards false lists; the policy linter says so
        if school.get("ties") == "none":
            school["ties"] = "lottery"
    honest = assignment_of(body)
    student = data.draw(st.sampled_from(sorted(body["students"])))
    false_list = data.draw(st.permutations(sorted(body["schools"])))
    lying = copy.deepcopy(body)
    lying["students"][student]["preferences"] = false_list[: data.draw(st.integers(0, len(false_list)))]
    got = assignment_of(lying)[student]
    assert rank_of(body, student, honest[student]) <= rank_of(body, student, got)


@given(choice_documents(), st.data())
def test_one_more_seat_hurts_no_student(body: Document, data: st.DataObject) -> None:
    before = assignment_of(body)
    more = copy.deepcopy(body)
    more["schools"][data.draw(st.sampled_from(sorted(body["schools"])))]["capacity"] += 1
    after = assignment_of(more)
    for student in body["students"]:
        assert rank_of(body, student, after[student]) <= rank_of(body, student, before[student])


@given(choice_documents(plain=False), st.randoms(use_true_random=False))
def test_the_order_of_keys_in_the_file_changes_nothing(body: Document, random) -> None:
    shuffled = dict(body)
    for section in ("schools", "students"):
        items = list(body[section].items())
        random.shuffle(items)
        shuffled[section] = dict(items)
    first, second = instance_from_dict(body), instance_from_dict(shuffled)
    assert first.sha256 == second.sha256
    assert solve(first).to_bytes() == solve(second).to_bytes()


def test_a_better_class_outranks_a_better_lottery_number() -> None:
    body = document(
        "deferred_acceptance",
        {"A": {"capacity": 1, "priority": [["near"], ["far"]]}},
        {"near": {"preferences": ["A"]}, "far": {"preferences": ["A"]}},
        lottery={"numbers": {"near": 9, "far": 1}},
    )
    assert assignment_of(body) == {"near": "A", "far": None}


def test_ten_thousand_children_in_one_tower_are_told_apart_by_the_lottery_alone() -> None:
    children = [f"c{number:05d}" for number in range(10_000)]
    body = document(
        "deferred_acceptance",
        {"A": {"capacity": 300, "priority": [children]}},
        {child: {"preferences": ["A"]} for child in children},
        lottery={"numbers": {child: (number * 7919) % 10_007 for number, child in enumerate(children)}},
    )
    instance = instance_from_dict(body)
    result = solve(instance)
    admitted = {child for child, school in result.assignment.items() if school}
    assert admitted == set(sorted(children, key=body["lottery"]["numbers"].__getitem__)[:300])
    assert result.cutoffs["A"]["open"]["lottery_decided"] is True
    assert verify(instance, result) == []
