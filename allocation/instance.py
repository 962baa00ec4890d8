"""An allocation instance as arrays: what the solvers and the verification both read, and nothing they decide.

Students and schools are numbered by the code-point order of their ids, so the order of keys in a file changes
nothing. Lists per student are stored one behind the other: those of student ``i`` lie in
``start[i]:start[i + 1]``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
SmallIntArray = npt.NDArray[np.int32]
BoolArray = npt.NDArray[np.bool_]

INSTANCE_FORMAT = "dungtuyen-instance/1"
NOT_ELIGIBLE = np.iinfo(np.int64).min
UNRANKED = np.iinfo(np.int64).max
"""Value of a student at the guaranteed school when its priority or scores do not name the student."""
SCORE_PLACES = 4
SCORE_SCALE = 10**SCORE_PLACES
OPEN = "open"
RETURNED = "returned"


class Mechanism(StrEnum):
    """The principle by which seats are given."""

    DEFERRED_ACCEPTANCE = "deferred_acceptance"
    SCHOOL_PROPOSING = "school_proposing"
    IMMEDIATE_ACCEPTANCE = "immediate_acceptance"
    TOP_TRADING_CYCLES = "top_trading_cycles"
    MIN_TRAVEL = "min_travel"


class Ties(StrEnum):
    """What a school does when equals meet at its line."""

    LOTTERY = "lottery"
    NONE = "none"
    ALL = "all"


class SiblingRule(StrEnum):
    """What is done for brothers and sisters who apply together."""

    LINKED = "linked"
    PLUS_ONE = "plus_one"
    JOINT = "joint"


class Ordering(StrEnum):
    """What a school knows about its students."""

    ALL_TIED = "all_tied"
    CLASSES = "classes"
    SCORES = "scores"


@dataclass(frozen=True)
class SeatType:
    """A part of a school's seats; ``open_to`` None means open to everyone."""

    name: str
    seats: int
    open_to: frozenset[str] | None
    hard: bool


@dataclass(frozen=True)
class School:
    """What one school brings, apart from its list of students."""

    capacity: int
    ordering: Ordering
    class_count: int
    ties: Ties
    seat_types: tuple[SeatType, ...]
    has_seat_types: bool
    rank_penalty: tuple[int, ...]
    """What a score loses when the school is the 1st, 2nd, ... choice, times ``SCORE_SCALE``; empty: nothing."""


@dataclass(frozen=True, eq=False)
class Instance:
    """One sound allocation problem. Built by ``reading``; never changed afterwards."""

    mechanism: Mechanism
    school_ids: tuple[str, ...]
    student_ids: tuple[str, ...]
    schools: tuple[School, ...]
    capacity: IntArray
    listed_start: IntArray
    """Students that each school's priority or scores name, school after school."""
    listed_student: SmallIntArray
    listed_value: IntArray
    """Class index, or minus the score times ``SCORE_SCALE``: lower is better either way."""
    preference_start: IntArray
    preference_school: SmallIntArray
    """Preferences as given, schools where the student is not eligible included."""
    travel_start: IntArray
    travel_school: SmallIntArray
    travel_s: IntArray
    travel_beyond: BoolArray
    """Whether the school is farther than the law's ceiling."""
    guaranteed: SmallIntArray
    """School index or -1."""
    groups: tuple[frozenset[str], ...]
    """Empty tuple when no student names any."""
    siblings: tuple[tuple[int, ...], ...]
    sibling_rule: SiblingRule
    place_everyone: bool
    lottery_numbers: Sequence[int] | Sequence[bytes] | None
    """As given, or the digests of the seed; None without a lottery."""
    lottery_rank: IntArray
    """A strict order, 0 best: by number, inside a sibling group the earlier first; by id without a lottery."""
    sha256: str

    @cached_property
    def student_index(self) -> dict[str, int]:
        return {student: index for index, student in enumerate(self.student_ids)}

    @cached_property
    def school_index(self) -> dict[str, int]:
        return {school: index for index, school in enumerate(self.school_ids)}

    @cached_property
    def preference_value(self) -> IntArray:
        """Class index or minus the score (before any penalty) at each preference, or ``NOT_ELIGIBLE``."""
        return self.values_at(self.preference_student, self.preference_school)

    @cached_property
    def travel_value(self) -> IntArray:
        """Class index or minus the score at each school in reach, or ``NOT_ELIGIBLE``."""
        return self.values_at(self.travel_student, self.travel_school)

    @cached_property
    def preference_student(self) -> SmallIntArray:
        return np.repeat(np.arange(len(self.student_ids), dtype=np.int32), np.diff(self.preference_start))

    @cached_property
    def travel_student(self) -> SmallIntArray:
        return np.repeat(np.arange(len(self.student_ids), dtype=np.int32), np.diff(self.travel_start))

    @cached_property
    def preference_penalty(self) -> IntArray:
        """What the score loses at each preference because of its place in the student's list."""
        penalty = np.zeros(len(self.preference_school), dtype=np.int64)
        place = np.arange(len(penalty)) - np.repeat(
            self.preference_start[:-1], np.diff(self.preference_start)
        )
        for index, school in enumerate(self.schools):
            if school.rank_penalty:
                here = np.flatnonzero(self.preference_school == index)
                steps = np.asarray(school.rank_penalty, dtype=np.int64)
                penalty[here] = steps[np.minimum(place[here], len(steps) - 1)]
        return penalty

    def values_at(self, students: SmallIntArray, schools: SmallIntArray) -> IntArray:
        """Return the value of each (student, school) pair, ``NOT_ELIGIBLE`` where the school does not take the student.

        A guaranteed student whom the school does not name is eligible there with ``UNRANKED``.
        """
        values = np.zeros(len(students), dtype=np.int64)
        # 16-bit keys make numpy's stable sort a radix sort, ten times faster on millions of pairs.
        keys = schools.astype(np.uint16) if len(self.school_ids) < 2**16 else schools
        by_school = np.argsort(keys, kind="stable")
        bounds = np.concatenate(([0], np.cumsum(np.bincount(schools, minlength=len(self.school_ids)))))
        known = np.full(len(self.student_ids), NOT_ELIGIBLE, dtype=np.int64)
        for index, school in enumerate(self.schools):
            if school.ordering is Ordering.ALL_TIED or bounds[index] == bounds[index + 1]:
                continue
            listed = slice(self.listed_start[index], self.listed_start[index + 1])
            known[self.listed_student[listed]] = self.listed_value[listed]
            here = by_school[bounds[index] : bounds[index + 1]]
            values[here] = known[students[here]]
            known[self.listed_student[listed]] = NOT_ELIGIBLE
        unnamed = (values == NOT_ELIGIBLE) & (self.guaranteed[students] == schools)
        values[unnamed] = UNRANKED
        return values

    def lottery_number(self, student: int) -> int | str | None:
        """Return the student's number as a result file writes it: an integer, or 64 hex digits from a seed."""
        if self.lottery_numbers is None:
            return None
        number = self.lottery_numbers[student]
        return number.hex() if isinstance(number, bytes) else number

    def eligible_types(self, student: int, school: int) -> list[int]:
        """Return the indices of the school's seat types that are open to the student."""
        groups = self.groups[student] if self.groups else frozenset()
        types = self.schools[school].seat_types
        return [index for index, kind in enumerate(types) if kind.open_to is None or groups & kind.open_to]
