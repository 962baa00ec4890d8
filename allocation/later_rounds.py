"""Waiting lists and later rounds: the same keys, the same numbers, and nobody who holds a seat gets worse.

After the answers to the offers the allocation runs again. Who accepted keeps the seat as a guaranteed one and, when
waiting for better schools, still lists those; who declined leaves. So a freed seat goes to the child first in line,
whose own seat becomes free, and so on: the chain is shown move by move.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from allocation.errors import AllocationError
from allocation.instance import Instance
from allocation.reasons import Explainer
from allocation.result import Result

Document = Mapping[str, Any]


class Answer(StrEnum):
    """What a family said to its offer. Who says nothing keeps the seat and waits: silence costs no child a place."""

    ACCEPT = "accept"
    ACCEPT_AND_WAIT = "accept_and_wait"
    DECLINE = "decline"


def next_round(document: Document, result: Result, answers: Mapping[str, Answer]) -> dict[str, Any]:
    """Return the instance document of the next round.

    A held seat becomes the guaranteed one: its school is the last preference that counts, so that the student can
    only rise. Accepting for good leaves no other preference; declining leaves the round. Students without a seat
    keep their list. Capacities, priorities and lottery stay as they were; sibling rules have done their part.

    Raises:
        AllocationError: an answer for a student without an offer.
    """
    following = deepcopy(dict(document))
    following.pop("siblings", None)
    following.pop("sibling_rule", None)
    for student, answer in answers.items():
        if result.assignment.get(student) is None:
            raise AllocationError(f"student {student!r} has no offer to answer")
        if answer is Answer.DECLINE:
            _leave(following, student)
    for student, body in following["students"].items():
        school = result.assignment.get(student)
        if school is None or answers.get(student) is Answer.DECLINE:
            continue
        wishes = list(body.get("preferences", []))
        better = wishes[: wishes.index(school)] if school in wishes else wishes
        if answers.get(student) is Answer.ACCEPT:
            better = []
        body["preferences"] = [*better, school]
        body["guaranteed"] = school
    _widen_for_held_seats(following)
    return following


def _leave(document: dict[str, Any], student: str) -> None:
    """Let a student ask for nothing more; the id stays, so that hashes and numbers of the others do not change."""
    body = document["students"][student]
    body["preferences"] = []
    body.pop("guaranteed", None)
    body.pop("travel_s", None)
    body.pop("beyond_ceiling", None)


def _widen_for_held_seats(document: dict[str, Any]) -> None:
    """Raise the capacity where equals or twins were admitted above it: a held seat is never taken back."""
    held: dict[str, int] = {}
    for body in document["students"].values():
        if "guaranteed" in body:
            held[body["guaranteed"]] = held.get(body["guaranteed"], 0) + 1
    for school, number in held.items():
        seats = document["schools"][school]
        surplus = number - seats["capacity"]
        if surplus > 0:
            seats["capacity"] = number
            for kind in [one for one in seats.get("seat_types", []) if not one.get("hard")][-1:]:
                kind["seats"] += surplus


@dataclass(frozen=True)
class Move:
    """One student moves from a seat (None: from none) to another."""

    student: str
    before: str | None
    after: str | None


def list_chains(before: Result, after: Result) -> list[list[Move]]:
    """Return the moves between two rounds as chains: each seat left behind leads to the move that fills it.

    A chain begins with who leaves the round or goes to a seat that nobody left; it ends with who came from nowhere,
    or where a seat left stays free. Moves in a circle begin at the first student by id.
    """
    moves = [
        Move(student, school, after.assignment.get(student))
        for student, school in sorted(before.assignment.items())
        if after.assignment.get(student) != school
    ]
    into: dict[str | None, list[Move]] = {}
    for move in moves:
        into.setdefault(move.after, []).append(move)
    unused = dict.fromkeys(moves)
    left = {move.before for move in moves}
    starts = [move for move in moves if move.after is None or move.after not in left]
    chains = []
    for start in [*starts, *moves]:
        chain = []
        current: Move | None = start
        while current is not None and current in unused:
            chain.append(current)
            del unused[current]
            follow = into.get(current.before, []) if current.before is not None else []
            current = next((one for one in follow if one in unused), None)
        if chain:
            chains.append(chain)
    return chains


def list_worse_off(document: Document, before: Result, after: Result) -> list[str]:
    """Return the students who held a seat and now have none or one they like less; must be empty but for decliners."""
    worse = []
    for student, school in before.assignment.items():
        now = after.assignment.get(student)
        if school is None or now == school:
            continue
        wishes = list(document["students"][student].get("preferences", []))
        rank = wishes.index(school) if school in wishes else len(wishes)
        if now not in wishes[:rank]:
            worse.append(student)
    return sorted(worse)


def waiting_list(instance: Instance, result: Result, school: str) -> list[str]:
    """Return who waits for a school, first in line first: those who prefer it to what they have."""
    explainer = Explainer(instance, result)
    waiting = []
    for index, student in enumerate(instance.student_ids):
        for reason in explainer.reasons(index):
            if reason.school == school and reason.outcome == "below_line" and reason.position is not None:
                waiting.append((reason.position, student))
    return [student for _, student in sorted(waiting)]
