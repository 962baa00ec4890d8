"""The line at every school and seat type: the last admitted, and whether the lottery drew it."""

from collections import Counter
from decimal import Decimal
from typing import Any

import numpy as np

from allocation.canonical import plain_number
from allocation.instance import (
    RETURNED,
    SCORE_SCALE,
    BoolArray,
    Instance,
    IntArray,
    Ordering,
    SiblingRule,
    Ties,
)
from allocation.outcome import Outcome, Stage
from allocation.solvers.siblings import list_united
from allocation.solvers.wishes import Wishes

Line = dict[str, Any]


def list_cutoffs(instance: Instance, outcome: Outcome, wishes: Wishes) -> dict[str, dict[str, Line]]:
    """Return, per school and seat type, seats, admitted, the last admitted by choice and what decided."""
    held = _held_wishes(outcome, wishes)
    wanting = _wanting(wishes, held, list_united(instance, outcome, wishes))
    by_choice = np.flatnonzero(outcome.stage == Stage.CHOICE)
    last = _last_per_seat_type(instance, outcome, wishes, held, by_choice)
    refused = _refused_by_school(instance, wishes, wanting)
    counts: dict[tuple[int, int], int] = {}
    seated = np.flatnonzero(outcome.school >= 0)
    pairs, numbers = np.unique(
        np.stack((outcome.school[seated], outcome.seat_type[seated])), axis=1, return_counts=True
    )
    for (school, kind), number in zip(pairs.T.tolist(), numbers.tolist(), strict=True):
        counts[school, kind] = number
    added = _added_seats(instance, outcome)
    return {
        school_id: _lines_of_school(instance, index, counts, added, last, wishes, refused[index])
        for index, school_id in enumerate(instance.school_ids)
    }


def _held_wishes(outcome: Outcome, wishes: Wishes) -> IntArray:
    """Return the wish that each student's seat fulfils, or -1: no seat, or placed in the second stage."""
    held = np.full(len(outcome.school), -1, dtype=np.int64)
    hit = np.flatnonzero(
        (wishes.school == outcome.school[wishes.student]) & (outcome.stage[wishes.student] != Stage.PLACED)
    )
    held[wishes.student[hit]] = hit
    return held


def _wanting(wishes: Wishes, held: IntArray, united: BoolArray) -> IntArray:
    """Return the wishes that students prefer to what they have.

    Who was placed counts as having nothing; who is united with siblings wants nothing else.
    """
    index = np.arange(len(wishes.school))
    mine = held[wishes.student]
    return np.flatnonzero(((mine < 0) | (index < mine)) & ~united[wishes.student])


def _last_per_seat_type(
    instance: Instance, outcome: Outcome, wishes: Wishes, held: IntArray, by_choice: IntArray
) -> dict[tuple[int, int], int]:
    """Return the worst wish admitted by choice, per (school, seat type)."""
    rows = held[by_choice]
    order = np.lexsort((wishes.key[rows], outcome.seat_type[by_choice], outcome.school[by_choice]))
    last: dict[tuple[int, int], int] = {}
    schools, kinds = outcome.school[by_choice][order], outcome.seat_type[by_choice][order]
    ends = np.flatnonzero((np.diff(schools, append=-1) != 0) | (np.diff(kinds, append=-1) != 0))
    for end in ends.tolist():
        last[int(schools[end]), int(kinds[end])] = int(rows[order[end]])
    return last


def _refused_by_school(instance: Instance, wishes: Wishes, wanting: IntArray) -> list[IntArray]:
    """Return the wishes that each school refused."""
    by_school = wanting[np.argsort(wishes.school[wanting], kind="stable")]
    counts = np.bincount(wishes.school[wanting], minlength=len(instance.schools))
    return np.split(by_school, np.cumsum(counts)[:-1]) if len(counts) else []


def _added_seats(instance: Instance, outcome: Outcome) -> dict[tuple[int, int], int]:
    """Return how many seats the plus-one rule added, per (school, seat type); they take none of the type's own."""
    if instance.sibling_rule is not SiblingRule.PLUS_ONE:
        return {}
    rows = np.flatnonzero(outcome.stage == Stage.SIBLINGS)
    pairs = zip(outcome.school[rows].tolist(), outcome.seat_type[rows].tolist(), strict=True)
    return dict(Counter(pairs))


def _lines_of_school(
    instance: Instance,
    index: int,
    counts: dict[tuple[int, int], int],
    added: dict[tuple[int, int], int],
    last: dict[tuple[int, int], int],
    wishes: Wishes,
    refused: IntArray,
) -> dict[str, Line]:
    school = instance.schools[index]
    lines: dict[str, Line] = {}
    soft_left = 0
    for kind, seats in enumerate(school.seat_types):
        admitted = counts.get((index, kind), 0)
        if not seats.hard:
            soft_left += seats.seats - admitted + added.get((index, kind), 0)
        lines[seats.name] = _line(instance, index, kind, seats.seats, admitted, last, wishes, refused)
    if school.has_seat_types and soft_left > 0:
        kind = len(school.seat_types)
        admitted = counts.get((index, kind), 0)
        lines[RETURNED] = _line(instance, index, kind, soft_left, admitted, last, wishes, refused)
    return lines


def _line(
    instance: Instance,
    index: int,
    kind: int,
    seats: int,
    admitted: int,
    last: dict[tuple[int, int], int],
    wishes: Wishes,
    refused: IntArray,
) -> Line:
    """Return one line as the result file writes it."""
    school = instance.schools[index]
    line: Line = {"seats": seats, "admitted": admitted, "last": None, "lottery_decided": False}
    if school.rank_penalty:
        line["by_preference"] = None
    wish = last.get((index, kind))
    if wish is None:
        return line
    value = int(wishes.value[wish])
    number = instance.lottery_number(int(wishes.student[wish])) if school.ties is Ties.LOTTERY else None
    if school.ordering is Ordering.SCORES:
        line["last"] = {"score": score_of(value), "lottery": number}
    else:
        line["last"] = {"class": value, "lottery": number}
    if school.rank_penalty:
        line["by_preference"] = [score_of(value - step) for step in school.rank_penalty]
    if school.ties is Ties.LOTTERY:
        tied = refused[wishes.value[refused] == value]
        line["lottery_decided"] = any(
            kind == len(school.seat_types) or kind in instance.eligible_types(int(student), index)
            for student in wishes.student[tied]
        )
    return line


def score_of(value: int) -> int | float:
    """Return the score behind a value, as the shortest decimal."""
    return plain_number(Decimal(-value) / SCORE_SCALE)
