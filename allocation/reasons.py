"""Why a student was admitted here and not there: for every school considered, the key, the line, what decided.

The reasons are data; sentences, rounding and the hiding of small groups are the caller's. Everything is worked out
from the instance and a result, school by school, so that all students of a city take seconds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from allocation.errors import AllocationError
from allocation.instance import (
    NOT_ELIGIBLE,
    SCORE_SCALE,
    UNRANKED,
    Instance,
    IntArray,
    Mechanism,
    Ordering,
    Ties,
)
from allocation.outcome import Outcome, Stage
from allocation.result import Result
from allocation.solvers.siblings import list_united
from allocation.solvers.wishes import Wishes, list_wishes


class ReasonOutcome(StrEnum):
    """What came of one school for one student."""

    ADMITTED = "admitted"
    PLACED = "placed"
    BELOW_LINE = "below_line"
    NOT_ELIGIBLE = "not_eligible"
    NOT_CONSIDERED = "not_considered"
    """Listed below the school that admitted the student, so it never came to be asked."""


class DecidedBy(StrEnum):
    """The first element that decided."""

    GUARANTEED = "guaranteed"
    SEATS_LEFT = "seats_left"
    """There were seats for everyone who asked."""
    CLASS = "class"
    SCORE = "score"
    LOTTERY = "lottery"
    WHOLE_CLASS = "whole_class"
    """Equals are taken or refused together here."""
    GROUP = "group"
    """No seat type is open to the student's groups, and soft ones left nothing over."""
    NO_SEATS = "no_seats"
    """No seat was given by choice: there are none, or guaranteed students hold them all."""
    HIGHER_WISH = "higher_wish"
    SIBLINGS = "siblings"
    """The student is kept together with siblings: as a unit, or on an added seat."""
    ELIGIBILITY = "eligibility"
    TRAVEL = "travel"
    """Placed on a free seat so that all trips together are as good as can be."""


@dataclass(frozen=True, slots=True)
class Line:
    """The last student admitted by choice."""

    class_index: int | None
    score: float | None
    lottery: int | str | None


@dataclass(frozen=True, slots=True)
class SchoolReason:
    """One school, one student.

    Attributes:
        rank: 1 for the first preference; None for a school that is not on the list.
        class_index, score: the student's standing (score after the penalty); None where not eligible or not ranked so.
        lottery: the student's number, or None without a lottery.
        seats, admitted: of the school, all seat types together.
        seat_type: the one held here, or the one whose line is nearest to the student's reach.
        last: the last admitted by choice of that seat type; None where nobody was.
        ahead_by_class: (class, number of students ahead in it) among those who asked, best class first.
        position: 1 for the best of those who asked; None where the school was never asked.
        travel_s: seconds to the school where the instance names them.
    """

    school: str
    rank: int | None
    outcome: ReasonOutcome
    decided_by: DecidedBy
    class_index: int | None
    score: float | None
    lottery: int | str | None
    seats: int
    admitted: int
    seat_type: str | None
    last: Line | None
    ahead_by_class: tuple[tuple[int, int], ...]
    position: int | None
    travel_s: int | None


def explain(instance: Instance, result: Result, student: str) -> list[SchoolReason]:
    """Return a reason per school on the student's list, then for the school of the result where it is not listed.

    Raises:
        AllocationError: the instance has no such student, or the result belongs to another instance.
    """
    explainer = Explainer(instance, result)
    if student not in instance.student_index:
        raise AllocationError(f"there is no student {student!r} in this instance")
    return explainer.reasons(instance.student_index[student])


def explain_all(instance: Instance, result: Result) -> Iterator[tuple[str, list[SchoolReason]]]:
    """Yield each student's id and reasons, in id order."""
    explainer = Explainer(instance, result)
    for index, student in enumerate(instance.student_ids):
        yield student, explainer.reasons(index)


class Explainer:
    """Queues and lines of every school, prepared once for any number of students."""

    def __init__(self, instance: Instance, result: Result) -> None:
        if result.instance_sha256 != instance.sha256:
            raise AllocationError("the result belongs to another instance: their hashes differ")
        self._instance = instance
        self._result = result
        self._wishes = list_wishes(instance)
        self._seated = np.array(
            [self._school_index(result.assignment.get(student)) for student in instance.student_ids],
            dtype=np.int64,
        )
        self._with_siblings = np.array(
            [result.seats.get(student, {}).get("stage") == "siblings" for student in instance.student_ids],
            dtype=np.bool_,
        )
        self._placed = np.array(
            [result.seats.get(student, {}).get("stage") == "placed" for student in instance.student_ids],
            dtype=np.bool_,
        )
        self._admitted = np.bincount(
            self._seated[self._seated >= 0], minlength=len(instance.schools)
        ).tolist()
        self._united = list_united(
            instance,
            Outcome(
                self._seated.astype(np.int32),
                np.zeros(len(self._seated), dtype=np.int32),
                np.where(self._placed, Stage.PLACED, Stage.CHOICE).astype(np.int32),
            ),
            self._wishes,
        )
        self._position, self._ahead = self._queues()

    def _school_index(self, school: str | None) -> int:
        return -1 if school is None else self._instance.school_index[school]

    def _queues(self) -> tuple[IntArray, list[list[tuple[int, int]]]]:
        """Rank, per school, all who asked: admitted by choice or preferring it to what they have.

        Returns the 1-based position per wish (0: not asked), and per school the students per class.
        """
        wishes = self._wishes
        asked = _asked(wishes, np.where(self._placed, -1, self._seated))
        asked &= ~(self._united[wishes.student] & (wishes.school != self._seated[wishes.student]))
        rows = np.flatnonzero(asked)
        rows = rows[np.lexsort((wishes.key[rows], wishes.school[rows]))]
        bounds = np.searchsorted(wishes.school[rows], np.arange(len(self._instance.schools) + 1))
        position = np.zeros(len(wishes.school), dtype=np.int64)
        position[rows] = np.arange(len(rows)) - bounds[wishes.school[rows]] + 1
        ahead: list[list[tuple[int, int]]] = []
        for school in range(len(self._instance.schools)):
            here = rows[bounds[school] : bounds[school + 1]]
            here = here[wishes.value[here] != UNRANKED]
            if self._instance.schools[school].ordering is Ordering.SCORES:
                ahead.append([])
                continue
            classes, numbers = np.unique(wishes.value[here], return_counts=True)
            ahead.append(list(zip(classes.tolist(), numbers.tolist(), strict=True)))
        return position, ahead

    def reasons(self, student: int) -> list[SchoolReason]:
        """Return the reasons of one student, given by index."""
        instance = self._instance
        seated = int(self._seated[student])
        listed = instance.preference_school[
            instance.preference_start[student] : instance.preference_start[student + 1]
        ].tolist()
        wish = int(self._wishes.start[student])
        wishes_end = int(self._wishes.start[student + 1])
        travel = self._travel_s(student)
        reasons = []
        reached = False
        for place, school in enumerate(listed):
            mine = wish if wish < wishes_end and self._wishes.school[wish] == school else -1
            wish += mine >= 0
            held = school == seated
            reasons.append(self._reason(student, school, place + 1, mine, reached, travel.get(school)))
            reached = reached or (held and not self._placed[student])
        if seated >= 0 and seated not in listed:
            mine = wish if wish < wishes_end and self._wishes.school[wish] == seated else -1
            reasons.append(self._reason(student, seated, None, mine, False, travel.get(seated)))
        return reasons

    def _travel_s(self, student: int) -> dict[int, int]:
        instance = self._instance
        row = slice(instance.travel_start[student], instance.travel_start[student + 1])
        return dict(zip(instance.travel_school[row].tolist(), instance.travel_s[row].tolist(), strict=True))

    def _reason(
        self, student: int, school: int, rank: int | None, wish: int, reached: bool, travel_s: int | None
    ) -> SchoolReason:
        """Put one reason together; ``wish`` is -1 where the student has no right to ask."""
        instance = self._instance
        value = int(self._wishes.value[wish]) if wish >= 0 else self._value(student, school)
        seat_type, line = self._nearest_line(student, school)
        outcome, decided_by = self._verdict(student, school, wish, reached, value, line)
        ranked = value not in (NOT_ELIGIBLE, UNRANKED)
        by_score = instance.schools[school].ordering is Ordering.SCORES
        asked = wish >= 0 and bool(self._position[wish])
        return SchoolReason(
            school=instance.school_ids[school],
            rank=rank,
            outcome=outcome,
            decided_by=decided_by,
            class_index=value if ranked and not by_score else None,
            score=-value / SCORE_SCALE if ranked and by_score else None,
            lottery=instance.lottery_number(student),
            seats=int(instance.capacity[school]),
            admitted=self._admitted[school],
            seat_type=seat_type,
            last=_line_of(line),
            ahead_by_class=self._ahead_of(school, wish, value) if asked else (),
            position=int(self._position[wish]) if asked else None,
            travel_s=travel_s,
        )

    def _value(self, student: int, school: int) -> int:
        pair = np.array([student], dtype=np.int32), np.array([school], dtype=np.int32)
        return int(self._instance.values_at(*pair)[0])

    def _nearest_line(self, student: int, school: int) -> tuple[str | None, dict[str, Any] | None]:
        """Return the seat type held here, or the open one with the lowest line, and its cutoff."""
        lines = self._result.cutoffs.get(self._instance.school_ids[school])
        if lines is None:
            return None, None
        name = self._instance.student_ids[student]
        if self._seated[student] == school:
            held = self._result.seats[name]["seat_type"]
            return held, dict(lines.get(held, {})) or None
        types = self._instance.schools[school].seat_types
        names = [types[place].name for place in self._instance.eligible_types(student, school)]
        names += [name for name in lines if name not in {kind.name for kind in types}]
        if not names:
            return None, None
        lowest = max(names, key=lambda one: _line_order(dict(lines[one])))
        return lowest, dict(lines[lowest])

    def _verdict(
        self, student: int, school: int, wish: int, reached: bool, value: int, line: dict[str, Any] | None
    ) -> tuple[ReasonOutcome, DecidedBy]:
        instance = self._instance
        if self._seated[student] == school:
            return self._why_seated(student, school, value, line)
        if wish < 0:
            return ReasonOutcome.NOT_ELIGIBLE, DecidedBy.ELIGIBILITY
        if self._united[student]:
            return ReasonOutcome.NOT_CONSIDERED, DecidedBy.SIBLINGS
        if reached:
            return ReasonOutcome.NOT_CONSIDERED, DecidedBy.HIGHER_WISH
        if instance.mechanism is Mechanism.MIN_TRAVEL:
            return ReasonOutcome.NOT_CONSIDERED, DecidedBy.TRAVEL
        by_score = instance.schools[school].ordering is Ordering.SCORES
        if instance.schools[school].ties is not Ties.LOTTERY:
            return ReasonOutcome.BELOW_LINE, self._why_class_refused(school, value, line)
        if line is None:
            return ReasonOutcome.BELOW_LINE, DecidedBy.GROUP
        if line["last"] is None:
            return ReasonOutcome.BELOW_LINE, DecidedBy.NO_SEATS
        if value == _value_of(line):
            return ReasonOutcome.BELOW_LINE, DecidedBy.LOTTERY
        return ReasonOutcome.BELOW_LINE, DecidedBy.SCORE if by_score else DecidedBy.CLASS

    def _why_class_refused(self, school: int, value: int, line: dict[str, Any] | None) -> DecidedBy:
        """Under ``none`` the first class that does not fit is refused whole; below it the class itself decides."""
        last = None if line is None or line["last"] is None else _value_of(line)
        better = [one for one, _ in self._ahead[school] if one < value and (last is None or one > last)]
        if self._instance.schools[school].ordering is Ordering.SCORES:
            wishes = self._wishes
            rivals = (wishes.school == school) & (self._position > 0) & (wishes.value < value)
            floor = last if last is not None else NOT_ELIGIBLE
            decided_above = bool(np.any(rivals & (wishes.value > floor)))
            by_all = self._instance.schools[school].ties is Ties.ALL
            return DecidedBy.SCORE if decided_above or by_all else DecidedBy.WHOLE_CLASS
        if better or self._instance.schools[school].ties is Ties.ALL:
            return DecidedBy.CLASS
        return DecidedBy.WHOLE_CLASS

    def _why_seated(
        self, student: int, school: int, value: int, line: dict[str, Any] | None
    ) -> tuple[ReasonOutcome, DecidedBy]:
        if self._placed[student]:
            return ReasonOutcome.PLACED, DecidedBy.TRAVEL
        if self._with_siblings[student]:
            return ReasonOutcome.ADMITTED, DecidedBy.SIBLINGS
        if self._instance.guaranteed[student] == school:
            return ReasonOutcome.ADMITTED, DecidedBy.GUARANTEED
        if line is None or line["admitted"] < line["seats"]:
            return ReasonOutcome.ADMITTED, DecidedBy.SEATS_LEFT
        if line["lottery_decided"] and value == _value_of(line):
            return ReasonOutcome.ADMITTED, DecidedBy.LOTTERY
        by_score = self._instance.schools[school].ordering is Ordering.SCORES
        return ReasonOutcome.ADMITTED, DecidedBy.SCORE if by_score else DecidedBy.CLASS

    def _ahead_of(self, school: int, wish: int, value: int) -> tuple[tuple[int, int], ...]:
        """Return how many stand ahead in each class up to the student's own."""
        position = int(self._position[wish])
        ahead = [(one, number) for one, number in self._ahead[school] if one < value]
        if value == UNRANKED or self._wishes.guaranteed[wish]:
            return ()
        own = position - 1 - sum(number for _, number in ahead)
        return (*ahead, (value, own)) if own > 0 else tuple(ahead)


def _asked(wishes: Wishes, seated_by_choice: IntArray) -> np.ndarray:
    """Return which wishes were asked for: the one that came true and all above it, or all without a seat."""
    index = np.arange(len(wishes.school))
    came_true = np.flatnonzero(wishes.school == seated_by_choice[wishes.student])
    last = np.full(len(wishes.start) - 1, np.iinfo(np.int64).max)
    last[wishes.student[came_true]] = came_true
    return index <= last[wishes.student]


def _value_of(line: dict[str, Any]) -> int | None:
    """Return a line as a class index or minus a scaled score, comparable with a student's value."""
    last = line["last"]
    if last is None:
        return None
    return last["class"] if "class" in last else -round(float(last["score"]) * SCORE_SCALE)


def _line_order(line: dict[str, Any]) -> tuple[int, int]:
    """Order lines from hardest to easiest to meet; a type that admitted nobody by choice is hardest."""
    value = _value_of(line)
    if value is None:
        return (-1, 0)
    lottery = line["last"]["lottery"]
    number = int(lottery, 16) if isinstance(lottery, str) else lottery or 0
    return (value, number) if value >= 0 else (value + 2**62, number)


def _line_of(line: dict[str, Any] | None) -> Line | None:
    if line is None or line["last"] is None:
        return None
    last = line["last"]
    score = last.get("score")
    return Line(last.get("class"), None if score is None else float(score), last["lottery"])
