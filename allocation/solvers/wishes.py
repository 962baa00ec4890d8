"""What each student asks for and in which strict order each school ranks those who ask."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from allocation.instance import NOT_ELIGIBLE, UNRANKED, BoolArray, Instance, IntArray, SmallIntArray


@dataclass(frozen=True, eq=False)
class Wishes:
    """The eligible preferences of every student, best first, the guaranteed school last where not listed.

    Attributes:
        start: the wishes of student ``i`` lie in ``start[i]:start[i + 1]``.
        school: shape (wishes,).
        place: position in the student's list as given, 0 best; the list's length for an appended school.
        value: class index, or minus the score after the penalty; ``UNRANKED`` for an unnamed guaranteed student.
        guaranteed: whether the school is the student's guaranteed one.
        key: the school's strict order, lower is better; different for every two students.
    """

    start: IntArray
    school: SmallIntArray
    place: SmallIntArray
    value: IntArray
    guaranteed: BoolArray
    key: IntArray

    @cached_property
    def student(self) -> SmallIntArray:
        return np.repeat(np.arange(len(self.start) - 1, dtype=np.int32), np.diff(self.start))


def list_wishes(instance: Instance) -> Wishes:
    """Gather the wishes of an instance and key them: guaranteed first, then value, then lottery."""
    students = len(instance.student_ids)
    school, place, value, student = _listed(instance)
    appended = _appended(instance)
    if len(appended):
        lengths = np.diff(instance.preference_start)[appended].astype(np.int32)
        student = np.concatenate((student, appended))
        school = np.concatenate((school, instance.guaranteed[appended]))
        place = np.concatenate((place, lengths))
        penalty = _appended_penalty(instance, appended, lengths)
        named = instance.values_at(appended, instance.guaranteed[appended])
        value = np.concatenate((value, np.where(named == UNRANKED, UNRANKED, named + penalty)))
        order = np.argsort(student, kind="stable")
        student, school, place, value = student[order], school[order], place[order], value[order]
    start = np.concatenate(([0], np.cumsum(np.bincount(student, minlength=students)))).astype(np.int64)
    guaranteed = instance.guaranteed[student] == school
    key = strict_keys(value, guaranteed, instance.lottery_rank[student], students=students)
    return Wishes(start, school, place, value, guaranteed, key)


def _listed(instance: Instance) -> tuple[SmallIntArray, SmallIntArray, IntArray, SmallIntArray]:
    """Return school, place in the list, value and student of every preference at which the student is eligible."""
    value = instance.preference_value
    keep = value != NOT_ELIGIBLE
    lengths = np.diff(instance.preference_start)
    place = np.arange(len(value)) - np.repeat(instance.preference_start[:-1], lengths)
    adjusted = np.where(value == UNRANKED, UNRANKED, value + instance.preference_penalty)
    return (
        instance.preference_school[keep],
        place[keep].astype(np.int32),
        adjusted[keep],
        instance.preference_student[keep],
    )


def _appended(instance: Instance) -> SmallIntArray:
    """Return the students whose guaranteed school is not on their list."""
    listed = np.zeros(len(instance.student_ids), dtype=np.bool_)
    own = instance.preference_school == instance.guaranteed[instance.preference_student]
    listed[instance.preference_student[own]] = True
    return np.flatnonzero((instance.guaranteed >= 0) & ~listed).astype(np.int32)


def _appended_penalty(instance: Instance, students: SmallIntArray, places: SmallIntArray) -> IntArray:
    """Return what a score at the appended guaranteed school loses, as a wish after the last listed one."""
    penalty = np.zeros(len(students), dtype=np.int64)
    for row, (student, place) in enumerate(zip(students, places, strict=True)):
        steps = instance.schools[instance.guaranteed[student]].rank_penalty
        if steps:
            penalty[row] = steps[min(int(place), len(steps) - 1)]
    return penalty


def strict_keys(value: IntArray, guaranteed: BoolArray, lottery_rank: IntArray, *, students: int) -> IntArray:
    """Pack (guaranteed first, value, lottery) into one integer per wish; lower is better.

    ``key // students`` is equal exactly for wishes tied but for the lottery.

    Values are replaced by their place among all values where their range would not fit beside the lottery.
    """
    if not len(value):
        return np.empty(0, dtype=np.int64)
    named = value != UNRANKED
    lowest = int(value[named].min()) if named.any() else 0
    span = int(value[named].max()) - lowest + 2 if named.any() else 1
    level = np.where(named, value - lowest, span - 1)
    if span >= 2**61 // students:
        level = np.unique(value, return_inverse=True)[1].astype(np.int64)
        span = int(level.max()) + 1
    return np.where(guaranteed, level, level + span) * students + lottery_rank
