"""The definitions of the field in their plainest form, on documents: slow, short, for comparison only."""

import hashlib
import hmac
import itertools
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

Document = dict[str, Any]
Assignment = dict[str, str | None]


def value_at(document: Document, student: str, school: str) -> Decimal | int | None:
    """Class index or minus the score after the penalty, None where not eligible; lower is better."""
    body = document["schools"][school]
    if "priority" in body:
        return next((at for at, members in enumerate(body["priority"]) if student in members), None)
    if "scores" in body:
        if student not in body["scores"]:
            return None
        steps = body.get("rank_penalty", [0])
        listed = document["students"][student].get("preferences", [])
        rank = listed.index(school) if school in listed else len(listed)
        penalty = Decimal(str(steps[min(rank, len(steps) - 1)]))
        return -(Decimal(str(body["scores"][student])) - penalty)
    return 0


def lottery_number(document: Document, student: str) -> int:
    """The student's number from the seed."""
    seed = bytes.fromhex(document["lottery"]["seed"])
    return int.from_bytes(hmac.new(seed, student.encode(), hashlib.sha256).digest(), "big")


def wishes(document: Document, student: str) -> list[str]:
    """Eligible preferences, the guaranteed school last where not listed."""
    body = document["students"][student]
    listed = list(body.get("preferences", []))
    safe = body.get("guaranteed")
    if safe is not None and safe not in listed:
        listed.append(safe)
    return [one for one in listed if value_at(document, student, one) is not None or one == safe]


def strict_key(document: Document, student: str, school: str) -> tuple[int, Decimal, int]:
    """Guaranteed first, then value, then lottery."""
    safe = document["students"][student].get("guaranteed") == school
    value = value_at(document, student, school)
    return (
        0 if safe else 1,
        Decimal(10**9) if value is None else Decimal(value),
        lottery_number(document, student),
    )


def choose_plainly(document: Document, school: str, asking: set[str]) -> set[str]:
    """The best who ask, up to the capacity."""
    order = sorted(asking, key=lambda one: strict_key(document, one, school))
    return set(order[: document["schools"][school]["capacity"]])


def all_assignments(document: Document, open_to: dict[str, list[str]]) -> Iterator[Assignment]:
    """Every way to give each student one of the schools open to it or none, within the capacities."""
    students = sorted(document["students"])
    for chosen in itertools.product(*([None, *open_to[student]] for student in students)):
        if all(chosen.count(school) <= body["capacity"] for school, body in document["schools"].items()):
            yield dict(zip(students, chosen, strict=True))


def is_stable(document: Document, assignment: Assignment) -> bool:
    """No student prefers a school that has a free seat or took somebody ranked lower."""
    for student in document["students"]:
        for school in wishes(document, student):
            if school == assignment[student]:
                break
            inside = {one for one, got in assignment.items() if got == school}
            if student in choose_plainly(document, school, inside | {student}):
                return False
    return True


def rank_of(document: Document, student: str, school: str | None) -> int:
    """Place of a school in the student's wishes; behind all of them without a seat."""
    mine = wishes(document, student)
    return mine.index(school) if school in mine else len(mine)
