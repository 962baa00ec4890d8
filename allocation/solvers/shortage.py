"""The proof that seats do not suffice: students, all the schools they can reach, and how many seats are missing."""

from dataclasses import dataclass

import numpy as np
from numba import njit

from allocation.instance import BoolArray, Instance, IntArray, Mechanism, SmallIntArray
from allocation.outcome import Outcome, Stage
from allocation.solvers.min_travel import allowed_arcs
from allocation.solvers.seat_bins import SeatBins, expand_to_bins, list_all_bins, list_free_bins

ALL_SEATS = "all_seats"
FREE_SEATS = "free_seats"


@dataclass(frozen=True)
class Shortage:
    """A smallest group of students for whom the schools they can reach have ``missing_seats`` seats too few.

    ``scope`` is ``all_seats`` where no assignment at all could place them, ``free_seats`` where only the seats
    given in the first stage stand in the way.
    """

    scope: str
    students: tuple[int, ...]
    schools: tuple[int, ...]
    missing_seats: int


@dataclass(frozen=True, eq=False)
class _Reach:
    """Students, the bins each may go to, and the bin each is in (-1 none)."""

    student: SmallIntArray
    start: IntArray
    bin: IntArray
    capacity: IntArray
    current: IntArray
    bins: SeatBins


def find_shortage(instance: Instance, outcome: Outcome) -> Shortage | None:
    """Return why somebody is left without a seat, or None where nobody is."""
    if np.all(outcome.school >= 0):
        return None
    everywhere = _reach_of_all(instance, outcome)
    current, stuck = augment(everywhere.start, everywhere.bin, everywhere.capacity, everywhere.current.copy())
    if stuck.any():
        return _certificate(ALL_SEATS, everywhere, current)
    free = _reach_of_waiting(instance, outcome)
    return _certificate(FREE_SEATS, free, free.current)


def _reach_of_all(instance: Instance, outcome: Outcome) -> _Reach:
    """Everyone, all seats, and every school that is listed or in reach and takes the student."""
    students, schools = instance.travel_student, instance.travel_school
    if instance.mechanism is Mechanism.MIN_TRAVEL:
        allowed = allowed_arcs(instance)
        students, schools = students[allowed], schools[allowed]
    else:
        holders = np.flatnonzero(instance.guaranteed >= 0).astype(np.int32)
        students = np.concatenate((students, instance.preference_student, holders))
        schools = np.concatenate((schools, instance.preference_school, instance.guaranteed[holders]))
    pairs = np.unique(students.astype(np.int64) * len(instance.schools) + schools)
    students = (pairs // len(instance.schools)).astype(np.int32)
    schools = (pairs % len(instance.schools)).astype(np.int32)
    everyone = np.arange(len(instance.student_ids), dtype=np.int32)
    return _reach(instance, outcome, list_all_bins(instance), everyone, students, schools)


def _reach_of_waiting(instance: Instance, outcome: Outcome) -> _Reach:
    """Those whom the first stage left without a seat, and the seats it left free."""
    late = (outcome.school < 0) | (outcome.stage == Stage.PLACED)
    first_stage = Outcome(
        np.where(late, -1, outcome.school).astype(np.int32),
        np.where(late, -1, outcome.seat_type).astype(np.int32),
        np.where(late, Stage.NONE, outcome.stage).astype(np.int32),
    )
    rows = late[instance.travel_student]
    return _reach(
        instance,
        outcome,
        list_free_bins(instance, first_stage),
        np.flatnonzero(late).astype(np.int32),
        instance.travel_student[rows],
        instance.travel_school[rows],
    )


def _reach(
    instance: Instance,
    outcome: Outcome,
    bins: SeatBins,
    who: SmallIntArray,
    students: SmallIntArray,
    schools: SmallIntArray,
) -> _Reach:
    """Lay out who may go where; a school over its capacity counts as exactly full."""
    pair, target = expand_to_bins(instance, bins, students, schools, instance.values_at(students, schools))
    counts = np.bincount(np.searchsorted(who, students[pair]), minlength=len(who))
    current = np.full(len(who), -1, dtype=np.int64)
    for row in np.flatnonzero(outcome.school[who] >= 0):
        current[row] = _bin_of_seat(bins, int(outcome.school[who[row]]), int(outcome.seat_type[who[row]]))
    load = np.bincount(current[current >= 0], minlength=len(bins.capacity))
    return _Reach(
        who,
        np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        target.astype(np.int64),
        np.maximum(bins.capacity, load),
        current,
        bins,
    )


def _bin_of_seat(bins: SeatBins, school: int, seat_type: int) -> int:
    """Return the bin a held seat belongs to: its hard type's, else the school's common one."""
    for bin in range(int(bins.start[school]), int(bins.start[school + 1])):
        if bins.seat_type[bin] == seat_type:
            return bin
    return int(bins.start[school + 1]) - 1


def _certificate(scope: str, reach: _Reach, current: IntArray) -> Shortage:
    """Gather all that the students without a seat reach by alternating paths: a smallest minimum cut."""
    reached = reached_bins(reach.start, reach.bin, len(reach.capacity), current)
    inside = (current < 0) | np.where(current >= 0, reached[current], False)
    return Shortage(
        scope=scope,
        students=tuple(int(student) for student in reach.student[inside]),
        schools=tuple(int(school) for school in np.unique(reach.bins.school[reached])),
        missing_seats=int(np.count_nonzero(current < 0)),
    )


@njit(cache=True)
def _members(current: IntArray, bins: int) -> tuple[IntArray, IntArray, IntArray]:
    """Return linked lists of the students in each bin: first, following and previous."""
    first = np.full(bins, -1, dtype=np.int64)
    following = np.full(len(current), -1, dtype=np.int64)
    previous = np.full(len(current), -1, dtype=np.int64)
    for one in range(len(current)):
        here = current[one]
        if here >= 0:
            following[one] = first[here]
            if first[here] >= 0:
                previous[first[here]] = one
            first[here] = one
    return first, following, previous


@njit(cache=True)
def augment(
    start: IntArray, bin: IntArray, capacity: IntArray, current: IntArray
) -> tuple[IntArray, BoolArray]:
    """Seat as many more students as any rearrangement allows; return the new bins and who stays without.

    Bins that a failed search has reached stay closed: no later search can find a free seat through them.
    """
    bins, students = len(capacity), len(start) - 1
    first, following, previous = _members(current, bins)
    load = np.zeros(bins, dtype=np.int64)
    for one in range(students):
        if current[one] >= 0:
            load[current[one]] += 1
    stuck = np.zeros(students, dtype=np.bool_)
    closed = np.zeros(bins, dtype=np.bool_)
    seen = np.zeros(bins, dtype=np.bool_)
    queue = np.empty(bins, dtype=np.int64)
    mover = np.empty(bins, dtype=np.int64)
    for root in range(students):
        if current[root] >= 0:
            continue
        head, tail, goal = 0, 0, -1
        one = root
        while True:
            for arc in range(start[one], start[one + 1]):
                there = bin[arc]
                if not seen[there] and not closed[there]:
                    seen[there] = True
                    mover[there] = one
                    queue[tail] = there
                    tail += 1
            one = -1 if one == root else following[one]
            while one < 0 and head < tail and goal < 0:
                if load[queue[head]] < capacity[queue[head]]:
                    goal = queue[head]
                else:
                    one = first[queue[head]]
                head += 1
            if one < 0:
                break
        for at in range(tail):
            seen[queue[at]] = False
            closed[queue[at]] = closed[queue[at]] or goal < 0
        if goal < 0:
            stuck[root] = True
            continue
        load[goal] += 1
        here = goal
        while True:
            one = mover[here]
            left = current[one]
            if left >= 0:
                if previous[one] >= 0:
                    following[previous[one]] = following[one]
                else:
                    first[left] = following[one]
                if following[one] >= 0:
                    previous[following[one]] = previous[one]
            current[one] = here
            previous[one] = -1
            following[one] = first[here]
            if first[here] >= 0:
                previous[first[here]] = one
            first[here] = one
            if one == root:
                break
            here = left
    return current, stuck


@njit(cache=True)
def reached_bins(start: IntArray, bin: IntArray, bins: int, current: IntArray) -> BoolArray:
    """Return the bins that students without a seat reach by alternating paths."""
    first, following, _ = _members(current, bins)
    reached = np.zeros(bins, dtype=np.bool_)
    queue = np.empty(bins, dtype=np.int64)
    head, tail = 0, 0
    for one in range(len(start) - 1):
        if current[one] < 0:
            for arc in range(start[one], start[one + 1]):
                if not reached[bin[arc]]:
                    reached[bin[arc]] = True
                    queue[tail] = bin[arc]
                    tail += 1
    while head < tail:
        one = first[queue[head]]
        head += 1
        while one >= 0:
            for arc in range(start[one], start[one + 1]):
                if not reached[bin[arc]]:
                    reached[bin[arc]] = True
                    queue[tail] = bin[arc]
                    tail += 1
            one = following[one]
    return reached
