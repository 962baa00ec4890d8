"""Deferred acceptance where schools choose by seat types or by whole classes of equals.

Cumulative offers: a school chooses among all who ever applied, and a student it does not choose goes on. The
choices of formats/instance.md only ever tighten as more apply, so nobody refused would be taken later, and the
outcome does not depend on the order of applications.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

from allocation.errors import InstanceError, json_path
from allocation.instance import BoolArray, Instance, IntArray, SmallIntArray, Ties
from allocation.solvers.wishes import Wishes

BY_SEAT_TYPE, WHOLE_CLASSES_THAT_FIT, WHOLE_CLASSES_UNTIL_FULL = 0, 1, 2
_MODE = {
    Ties.LOTTERY: BY_SEAT_TYPE,
    Ties.NONE: WHOLE_CLASSES_THAT_FIT,
    Ties.ALL: WHOLE_CLASSES_UNTIL_FULL,
}


@dataclass(frozen=True, eq=False)
class Choosers:
    """How every school chooses, as arrays.

    Attributes:
        mode: per school, one of the three constants above.
        capacity: per school.
        type_start: the seat types of school ``s`` lie in ``type_start[s]:type_start[s + 1]``.
        type_seats, type_soft: per seat type.
        returned: seats per school handed from soft types to ``returned`` beforehand, because a guaranteed student
            may be open to no type.
        order: wishes by school, best first; those of school ``s`` lie in ``order_start[s]:order_start[s + 1]``.
        group: per wish, equal for tied wishes of one school; -1 for guaranteed ones.
        mask: per wish, bit ``t`` set where the student may take seat type ``t`` of the school.
    """

    mode: SmallIntArray
    capacity: IntArray
    type_start: IntArray
    type_seats: IntArray
    type_soft: BoolArray
    returned: IntArray
    order: IntArray
    order_start: IntArray
    group: IntArray
    mask: IntArray


def list_choosers(instance: Instance, wishes: Wishes) -> Choosers:
    """Lay out how each school of an instance chooses among its wishes."""
    order = np.lexsort((wishes.key, wishes.school)).astype(np.int64)
    counts = np.bincount(wishes.school, minlength=len(instance.schools))
    types = [kind for school in instance.schools for kind in school.seat_types]
    seats = np.array([kind.seats for kind in types], dtype=np.int64)
    soft = np.array([not kind.hard for kind in types], dtype=np.bool_)
    type_start = np.cumsum([0, *(len(school.seat_types) for school in instance.schools)], dtype=np.int64)
    returned = np.zeros(len(instance.schools), dtype=np.int64)
    mask = np.full(len(wishes.school), -1, dtype=np.int64)
    for index, school in enumerate(instance.schools):
        if school.has_seat_types:
            here = np.flatnonzero(wishes.school == index)
            mask[here] = [_mask(instance, int(wishes.student[wish]), index) for wish in here]
            span = slice(type_start[index], type_start[index + 1])
            safe = here[wishes.guaranteed[here]]
            in_order = wishes.student[safe[np.argsort(wishes.key[safe])]].tolist()
            returned[index] = _keep_for_guaranteed(instance, index, in_order, seats[span], soft[span])
    return Choosers(
        mode=np.array([_MODE[school.ties] for school in instance.schools], dtype=np.int32),
        capacity=instance.capacity,
        type_start=type_start,
        type_seats=seats,
        type_soft=soft,
        returned=returned,
        order=order,
        order_start=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        group=np.where(wishes.guaranteed, -1, wishes.key // max(len(instance.student_ids), 1)),
        mask=mask,
    )


def _mask(instance: Instance, student: int, school: int) -> int:
    return sum(1 << kind for kind in instance.eligible_types(student, school))


def _keep_for_guaranteed(
    instance: Instance, school: int, in_order: list[int], seats: IntArray, soft: BoolArray
) -> int:
    """Take soft seats out of their types, the last type first, for guaranteed students whom the types leave out.

    Changes ``seats``; returns how many were taken. Without this a guaranteed student in no group could be
    refused although there are seats enough.

    Args:
        in_order: the students with a guaranteed seat here, best first.

    Raises:
        InstanceError: hard seats shut out a guaranteed student.
    """
    left = seats.copy()
    outside = 0
    for student in in_order:
        member_of = [kind for kind in instance.eligible_types(student, school) if left[kind] > 0]
        if member_of:
            left[member_of[0]] -= 1
        else:
            outside += 1
    taken = 0
    for kind in reversed(range(len(seats))):
        if soft[kind]:
            handed = min(int(left[kind]), outside - taken)
            seats[kind] -= handed
            taken += handed
    if taken < outside:
        raise InstanceError(
            json_path(["schools", instance.school_ids[school], "seat_types"]),
            f"{outside - taken} students with a guaranteed seat find none that is open to them",
        )
    return taken


def accumulate_offers(wishes: Wishes, choosers: Choosers) -> tuple[IntArray, SmallIntArray]:
    """Return the wish that each student holds (-1 none) and the seat type of each (-1 none)."""
    return _accumulate(
        wishes.start,
        wishes.school,
        wishes.student,
        choosers.mode,
        choosers.capacity,
        choosers.type_start,
        choosers.type_seats,
        choosers.type_soft,
        choosers.returned,
        choosers.order,
        choosers.order_start,
        choosers.group,
        choosers.mask,
    )


@njit(cache=True)
def _accumulate(
    start, school, student, mode, capacity, type_start, type_seats, type_soft, returned,
    order, order_start, group, mask,
):  # fmt: skip
    """Let students apply until no school refuses anybody any more."""
    students, schools = len(start) - 1, len(capacity)
    place = np.empty(len(order), dtype=np.int64)
    for at in range(len(order)):
        place[order[at]] = at
    applied = np.zeros(len(order), dtype=np.bool_)
    seat = np.full(len(order), -1, dtype=np.int32)
    current = np.full(students, -1, dtype=np.int64)
    waiting = np.zeros(schools, dtype=np.bool_)
    queue = np.empty(schools, dtype=np.int64)
    head, length = 0, 0
    for one in range(students):
        if start[one] < start[one + 1]:
            current[one] = start[one]
            applied[place[start[one]]] = True
            here = school[start[one]]
            if not waiting[here]:
                waiting[here] = True
                queue[(head + length) % schools] = here
                length += 1
    while length > 0:
        here = queue[head]
        head = (head + 1) % schools
        length -= 1
        waiting[here] = False
        low, high = order_start[here], order_start[here + 1]
        if mode[here] == 0:
            span = slice(type_start[here], type_start[here + 1])
            _choose_by_type(
                order, low, high, applied, seat, mask, type_seats[span], type_soft[span], returned[here]
            )
        else:
            _choose_whole_classes(order, low, high, applied, seat, group, capacity[here], mode[here] == 2)
        for at in range(low, high):
            wish = order[at]
            one = student[wish]
            if not applied[at] or seat[at] >= 0 or current[one] != wish:
                continue
            if wish + 1 == start[one + 1]:
                current[one] = -1
                continue
            current[one] = wish + 1
            applied[place[wish + 1]] = True
            there = school[wish + 1]
            if not waiting[there]:
                waiting[there] = True
                queue[(head + length) % schools] = there
                length += 1
    seat_type = np.full(students, -1, dtype=np.int32)
    for one in range(students):
        if current[one] >= 0:
            seat_type[one] = seat[place[current[one]]]
    return current, seat_type


@njit(cache=True)
def _choose_by_type(order, low, high, applied, seat, mask, type_seats, type_soft, returned):
    """Each seat type in turn takes its best remaining students; what soft types leave over goes to anyone, last."""
    for at in range(low, high):
        seat[at] = -1
    left_over = returned
    for kind in range(len(type_seats)):
        free = type_seats[kind]
        for at in range(low, high):
            if free == 0:
                break
            if applied[at] and seat[at] < 0 and (mask[order[at]] >> kind) & 1:
                seat[at] = kind
                free -= 1
        if type_soft[kind]:
            left_over += free
    for at in range(low, high):
        if left_over == 0:
            break
        if applied[at] and seat[at] < 0:
            seat[at] = len(type_seats)
            left_over -= 1


@njit(cache=True)
def _choose_whole_classes(order, low, high, applied, seat, group, capacity, until_full):
    """Take whole classes of equals: as many as fit, or until the capacity is reached or passed."""
    for at in range(low, high):
        seat[at] = -1
    taken = 0
    at = low
    while at < high and not (until_full and taken >= capacity):
        end = at
        members = 0
        while end < high and group[order[end]] == group[order[at]]:
            members += applied[end]
            end += 1
        if not until_full and taken + members > capacity:
            break
        for inner in range(at, end):
            if applied[inner]:
                seat[inner] = 0
        taken += members
        at = end
