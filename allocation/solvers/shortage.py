"""The proof that seats do not suffice: students, all the schools they can reach, and how many seats are missing."""

from dataclasses import dataclass

import numpy as np
from numba import njit

from allocation.instance import BoolArray, Instance, IntArray, Mechanism, SmallIntArray
from allocation.outcome import Outcome, Stage
from allocation.solvers.min_travel import allowed_arcs
from allocation.solvers.seat_bins import (
    SeatBins,
    bins_of_seats,
    expand_to_bins,
    list_all_bins,
    list_free_bins,
)

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
    shortage = _certificate(ALL_SEATS, everywhere)
    return shortage or _certificate(FREE_SEATS, _reach_of_waiting(instance, outcome))


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
    # Sorted by hand: numpy's hash-based np.unique takes ten times as long on millions of such pairs.
    pairs = np.sort(students.astype(np.int64) * len(instance.schools) + schools)
    pairs = pairs[np.diff(pairs, prepend=-1) != 0]
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
    seated = outcome.school[who] >= 0
    current[seated] = bins_of_seats(bins, outcome.school[who[seated]], outcome.seat_type[who[seated]])
    load = np.bincount(current[current >= 0], minlength=len(bins.capacity))
    return _Reach(
        who,
        np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        target.astype(np.int64),
        np.maximum(bins.capacity, load),
        current,
        bins,
    )


def _certificate(scope: str, reach: _Reach) -> Shortage | None:
    """Gather all that the students without a seat reach by alternating paths: a smallest minimum cut.

    None where everyone could have a seat.
    """
    current, reached = augment(reach.start, reach.bin, reach.capacity, reach.current.copy())
    without = current < 0
    if not without.any():
        return None
    inside = without.copy()
    inside[~without] = reached[current[~without]]
    return Shortage(
        scope=scope,
        students=tuple(int(student) for student in reach.student[inside]),
        schools=tuple(int(school) for school in np.unique(reach.bins.school[reached])),
        missing_seats=int(np.count_nonzero(without)),
    )


@njit(cache=True)
def augment(
    start: IntArray, bin: IntArray, capacity: IntArray, current: IntArray
) -> tuple[IntArray, BoolArray]:
    """Seat as many more students as any rearrangement allows.

    Shortest alternating paths, all of one length at a time.
    Source: Hopcroft & Karp (1973), SIAM J. Comput. 2, 225-231, with several seats per bin.

    Args:
        current: the bin of each student, -1 without one; changed in place.

    Returns:
        The bin of each student, and the bins that those still without one reach by alternating paths.
    """
    load = np.zeros(len(capacity), dtype=np.int64)
    for one in range(len(current)):
        if current[one] >= 0:
            load[current[one]] += 1
    while True:
        begin, member = _members(current, len(capacity))
        level, found = _levels(start, bin, capacity, load, current, begin, member)
        if not found:
            return current, level >= 0
        _seat_along_shortest_paths(start, bin, capacity, load, current, begin, member, level)


@njit(cache=True)
def _members(current: IntArray, bins: int) -> tuple[IntArray, IntArray]:
    """Return the students in each bin: those of bin ``b`` are ``member[begin[b]:begin[b + 1]]``."""
    begin = np.zeros(bins + 1, dtype=np.int64)
    for one in range(len(current)):
        if current[one] >= 0:
            begin[current[one] + 1] += 1
    begin = np.cumsum(begin)
    filled = begin[:-1].copy()
    member = np.empty(begin[-1], dtype=np.int64)
    for one in range(len(current)):
        if current[one] >= 0:
            member[filled[current[one]]] = one
            filled[current[one]] += 1
    return begin, member


@njit(cache=True)
def _levels(start, bin, capacity, load, current, begin, member):
    """Return how many moves away from those without a seat each bin is (-1: not reached), and if one has room."""
    bins = len(capacity)
    level = np.full(bins, -1, dtype=np.int64)
    queue = np.empty(bins, dtype=np.int64)
    head, tail = 0, 0
    for one in range(len(current)):
        if current[one] < 0:
            for arc in range(start[one], start[one + 1]):
                if level[bin[arc]] < 0:
                    level[bin[arc]] = 0
                    queue[tail] = bin[arc]
                    tail += 1
    nearest = -1
    while head < tail:
        here = queue[head]
        head += 1
        if load[here] < capacity[here] and nearest < 0:
            nearest = level[here]
        if nearest >= 0:
            continue
        for at in range(begin[here], begin[here + 1]):
            one = member[at]
            for arc in range(start[one], start[one + 1]):
                if level[bin[arc]] < 0:
                    level[bin[arc]] = level[here] + 1
                    queue[tail] = bin[arc]
                    tail += 1
    return level, nearest >= 0


@njit(cache=True)
def _seat_along_shortest_paths(start, bin, capacity, load, current, begin, member, level):
    """Seat students along paths that climb one level per move, until no such path is left."""
    bins = len(capacity)
    next_arc = start[:-1].copy()
    next_member = begin[:-1].copy()
    path = np.empty(bins + 1, dtype=np.int64)
    taken = np.empty(bins + 1, dtype=np.int64)
    for root in range(len(current)):
        if current[root] >= 0:
            continue
        depth = 0
        path[0] = root
        while depth >= 0:
            one = path[depth]
            if next_arc[one] == start[one + 1]:
                depth -= 1
                if depth >= 0:
                    next_member[taken[depth]] += 1
                continue
            there = bin[next_arc[one]]
            if level[there] != depth:
                next_arc[one] += 1
                continue
            taken[depth] = there
            if load[there] < capacity[there]:
                load[there] += 1
                for step in range(depth + 1):
                    current[path[step]] = taken[step]
                    next_arc[path[step]] += 1
                    if step < depth:
                        next_member[taken[step]] += 1
                break
            if next_member[there] == begin[there + 1]:
                next_arc[one] += 1
                continue
            depth += 1
            path[depth] = member[next_member[there]]
