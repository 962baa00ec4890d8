"""Around a run: commitments before it, the gate after it, waiting lists and later rounds."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocation import AllocationError, InstanceError, Result, instance_from_dict, solve
from allocation.commitment import MerkleTree, is_inside, leaf_hash, make_seed, nonce_commitment
from allocation.gate import check_release
from allocation.later_rounds import Answer, Move, list_chains, list_worse_off, next_round, waiting_list
from tests.allocation.strategies import Document, choice_documents, document, sibling_documents


@given(st.integers(1, 40))
def test_every_receipt_leads_to_the_root_and_no_other_leaf_does(count: int) -> None:
    leaves = [leaf_hash(bytes([number]) * 16, {"receipt": number}) for number in range(count)]
    tree = MerkleTree(leaves)
    stranger = leaf_hash(b"s" * 16, {"receipt": 99})
    for leaf in leaves:
        assert is_inside(leaf, tree.path(leaf), tree.root)
        assert not is_inside(stranger, tree.path(leaf), tree.root)
    assert MerkleTree(leaves[::-1]).root == tree.root
    with pytest.raises(KeyError):
        tree.path(stranger)


def test_the_seed_needs_the_committed_nonce_and_depends_on_drawing_and_inputs() -> None:
    nonce, root = b"n" * 32, MerkleTree([leaf_hash(b"x" * 16, {"a": 1})]).root
    commitment = nonce_commitment(nonce)
    seed = make_seed(nonce, "12 07 33", root, commitment=commitment)
    assert len(bytes.fromhex(seed)) == 32
    assert seed == make_seed(nonce, "12 07 33", root, commitment=commitment)
    assert seed != make_seed(nonce, "12 07 34", root, commitment=commitment)
    with pytest.raises(ValueError, match="nonce"):
        make_seed(b"m" * 32, "12 07 33", root, commitment=commitment)


@given(choice_documents(plain=False, guarantees=True, max_students=7))
def test_the_gate_opens_for_every_true_result(body: Document) -> None:
    try:
        instance = instance_from_dict(body)
        result = solve(instance)
    except InstanceError:
        return
    assert check_release(instance, result).faults == ()


def test_the_gate_stays_shut_for_a_moved_child_and_for_mechanisms_of_comparison() -> None:
    schools = {"A": {"capacity": 1, "priority": [["x"], ["y"]]}}
    students = {"x": {"preferences": ["A"]}, "y": {"preferences": ["A"]}}
    instance = instance_from_dict(document("deferred_acceptance", schools, students))
    result = solve(instance)
    parts = copy.deepcopy({key: value for key, value in result.to_dict().items() if key != "format"})
    parts["assignment"] = {"x": None, "y": "A"}
    parts["seats"] = {"y": parts["seats"]["x"]}
    assert check_release(instance, result).is_open
    assert not check_release(instance, Result(**parts)).is_open
    boston = instance_from_dict(document("immediate_acceptance", schools, students))
    assert not check_release(boston, solve(boston)).is_open


CASCADE: dict[str, Any] = document(
    "deferred_acceptance",
    {
        "A": {"capacity": 1, "priority": [["a"], ["b"], ["c"]]},
        "B": {"capacity": 1, "priority": [["b"], ["c"], ["a"]]},
        "C": {"capacity": 1, "priority": [["c"], ["d"]]},
    },
    {
        "a": {"preferences": ["A"]},
        "b": {"preferences": ["A", "B"]},
        "c": {"preferences": ["A", "B", "C"]},
        "d": {"preferences": ["C"]},
    },
)


def test_a_declined_seat_starts_a_chain_that_reaches_the_last_child_waiting() -> None:
    first = solve(instance_from_dict(CASCADE))
    assert first.assignment == {"a": "A", "b": "B", "c": "C", "d": None}
    following = next_round(CASCADE, first, {"a": Answer.DECLINE})
    second = solve(instance_from_dict(following))
    assert second.assignment == {"a": None, "b": "A", "c": "B", "d": "C"}
    assert list_chains(first, second) == [
        [Move("a", "A", None), Move("b", "B", "A"), Move("c", "C", "B"), Move("d", None, "C")]
    ]
    assert list_worse_off(CASCADE, first, second) == ["a"]


def test_who_accepts_for_good_stays_and_the_chain_stops_there() -> None:
    first = solve(instance_from_dict(CASCADE))
    answers = {"a": Answer.DECLINE, "b": Answer.ACCEPT}
    second = solve(instance_from_dict(next_round(CASCADE, first, answers)))
    assert second.assignment == {"a": None, "b": "B", "c": "A", "d": "C"}


def test_an_answer_without_an_offer_is_refused() -> None:
    first = solve(instance_from_dict(CASCADE))
    with pytest.raises(AllocationError, match="no offer"):
        next_round(CASCADE, first, {"d": Answer.ACCEPT})


def test_the_waiting_list_stands_in_the_order_of_the_school() -> None:
    instance = instance_from_dict(CASCADE)
    assert waiting_list(instance, solve(instance), "A") == ["b", "c"]


@given(choice_documents(plain=False, max_students=6), st.data())
def test_in_a_later_round_nobody_who_holds_a_seat_gets_worse(body: Document, data: st.DataObject) -> None:
    first = solve(instance_from_dict(body))
    holders = sorted(student for student, school in first.assignment.items() if school)
    answers = {student: data.draw(st.sampled_from(list(Answer))) for student in holders}
    try:
        second = solve(instance_from_dict(next_round(body, first, answers)))
    except InstanceError:
        return
    declined = {student for student, answer in answers.items() if answer is Answer.DECLINE}
    assert set(list_worse_off(body, first, second)) <= declined
    for student, answer in answers.items():
        if answer is Answer.ACCEPT:
            assert second.assignment[student] == first.assignment[student]


@given(sibling_documents())
def test_under_every_sibling_rule_the_result_may_be_released_and_no_more_children_stay_outside(
    body: Document,
) -> None:
    try:
        instance = instance_from_dict(body)
        result = solve(instance)
        singly = solve(instance_from_dict({**body, "siblings": [], "place_everyone": False}))
    except InstanceError:
        return
    assert check_release(instance, result).faults == ()
    if body["sibling_rule"] != "linked":
        first_stage = [one for one, seat in result.seats.items() if seat["stage"] != "placed"]
        assert len(first_stage) >= len(singly.seats)
