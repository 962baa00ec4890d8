"""What students may ask for and how schools rank them, worked out afresh from the instance for checking.

Nothing here is shared with the solvers: an error in how they key students must not hide itself.
"""

from dataclasses import dataclass

import numpy as np

from allocation.instance import NOT_ELIGIBLE, UNRANKED, BoolArray, Instance, IntArray, SmallIntArray, Ties

LARGEST_DIRECT_LEVEL = 2**40


@dataclass(frozen=True, eq=False)
class Requests:
    """Every (student, school) pair at which a seat may be asked for, by student, best first.

    Attributes:
        first: the requests of student ``i`` are ``first[i]:first[i + 1]``.
        student, school: of each request.
        value: class index or minus the score after the penalty; ``UNRANKED`` where only a guarantee gives access.
        safe: whether the school is the student's guaranteed one.
        level: 0 for safe ones, else equal for tied requests, lower is better.
        standing: strict order among all who ask at one school, lower is better.
        open_types: bit ``t`` set where the student may take the school's seat type ``t``.
    """

    first: IntArray
    student: SmallIntArray
    school: SmallIntArray
    value: IntArray
    safe: BoolArray
    level: IntArray
    standing: IntArray
    open_types: IntArray


def gather_requests(instance: Instance) -> Requests:
    """Collect the requests of an instance."""
    students, schools = instance.preference_student, instance.preference_school
    value = instance.preference_value
    value = np.where(value == UNRANKED, UNRANKED, value + instance.preference_penalty)
    value = np.where(instance.preference_value == NOT_ELIGIBLE, NOT_ELIGIBLE, value)
    extra = _unlisted_guarantees(instance)
    if len(extra):
        where = instance.preference_start[extra + 1]
        students = np.insert(students, where, extra)
        schools = np.insert(schools, where, instance.guaranteed[extra])
        value = np.insert(value, where, [_unlisted_value(instance, int(one)) for one in extra])
    keep = value != NOT_ELIGIBLE
    students, schools, value = students[keep], schools[keep], value[keep]
    safe = schools == instance.guaranteed[students]
    level = np.where(safe, 0, 1 + _levels(value))
    count = np.bincount(students, minlength=len(instance.student_ids))
    return Requests(
        first=np.append(0, np.cumsum(count)).astype(np.int64),
        student=students,
        school=schools,
        value=value,
        safe=safe,
        level=level,
        standing=level * len(instance.student_ids) + instance.lottery_rank[students],
        open_types=_open_types(instance, students, schools),
    )


def _unlisted_guarantees(instance: Instance) -> IntArray:
    """Return the students whose guaranteed school does not stand on their list."""
    own = instance.guaranteed[instance.preference_student] == instance.preference_school
    holders = np.flatnonzero(instance.guaranteed >= 0)
    return holders[~np.isin(holders, instance.preference_student[own])].astype(np.int64)


def _unlisted_value(instance: Instance, student: int) -> int:
    """Return the value at an unlisted guaranteed school: a wish after the last one."""
    school = int(instance.guaranteed[student])
    row = slice(instance.listed_start[school], instance.listed_start[school + 1])
    named = np.flatnonzero(instance.listed_student[row] == student)
    if not len(named):
        return 0 if instance.schools[school].ordering == "all_tied" else UNRANKED
    steps = instance.schools[school].rank_penalty
    length = int(instance.preference_start[student + 1] - instance.preference_start[student])
    penalty = steps[min(length, len(steps) - 1)] if steps else 0
    return int(instance.listed_value[row][named[0]]) + penalty


def _levels(value: IntArray) -> IntArray:
    """Return values as small whole numbers in the same order."""
    if not len(value):
        return value
    lowest = value.min()
    if value.max() < LARGEST_DIRECT_LEVEL and lowest > -LARGEST_DIRECT_LEVEL // 2**20:
        return value - lowest
    return np.unique(value, return_inverse=True)[1].astype(np.int64)


def _open_types(instance: Instance, students: SmallIntArray, schools: SmallIntArray) -> IntArray:
    """Return which seat types each request may end in."""
    masks = np.ones(len(students), dtype=np.int64)
    for index, school in enumerate(instance.schools):
        if not school.has_seat_types:
            continue
        for row in np.flatnonzero(schools == index):
            groups = instance.groups[students[row]] if instance.groups else frozenset()
            masks[row] = 0
            for place, kind in enumerate(school.seat_types):
                if kind.open_to is None or not kind.open_to.isdisjoint(groups):
                    masks[row] |= 1 << place
    return masks


def has_plain_order(instance: Instance, school: int) -> bool:
    """Whether the school simply takes its best students up to its capacity."""
    return not instance.schools[school].has_seat_types and instance.schools[school].ties is Ties.LOTTERY
