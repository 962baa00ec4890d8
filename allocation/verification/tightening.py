"""The second solver: lines that only ever rise, no proposals and no heaps.

Everyone asks at the first school whose line they meet. Where more ask than the school chooses, its line rises to
the last one chosen, and those below ask at the next school whose line they meet. Lines reach the student-optimal
outcome from above (Azevedo & Leshno 2016, J. Political Economy 124, 1235-1268: market-clearing cutoffs).
Schools with seat types or whole classes have no single line and choose among all who ever asked.
"""

import numpy as np
from numba import njit

from allocation.instance import Instance, IntArray, SmallIntArray
from allocation.verification.choice import Rules, choose, gather_rules
from allocation.verification.requests import Requests


def tighten(instance: Instance, requests: Requests) -> tuple[SmallIntArray, SmallIntArray]:
    """Return the school (-1 none) and the seat type of each student in the student-optimal stable outcome."""
    rules = gather_rules(instance, requests)
    at = _tighten(
        requests.first,
        requests.student,
        requests.school,
        requests.level,
        requests.standing,
        requests.open_types,
        rules.kind,
        rules.seats,
        rules.type_first,
        rules.type_seats,
        rules.type_hard,
        rules.handed_over,
    )
    school = np.where(at >= 0, requests.school[np.maximum(at, 0)], -1) if len(requests.school) else at
    return school.astype(np.int32), seat_types_of(requests, rules, at)


def loosen(instance: Instance, requests: Requests) -> tuple[SmallIntArray, SmallIntArray]:
    """Return school and seat type in the school-optimal stable outcome: lines that only ever fall.

    All lines start above everybody. A school with free seats lowers its line by as many applicants as it has free
    seats; everyone then sits at the best school whose line they meet, which frees seats elsewhere.
    """
    order = np.lexsort((requests.standing, requests.school))
    bounds = np.searchsorted(requests.school[order], np.arange(len(instance.schools) + 1))
    passed = bounds[:-1].copy()
    at = np.full(len(instance.student_ids), np.iinfo(np.int64).max, dtype=np.int64)
    while True:
        seated = at < np.iinfo(np.int64).max
        load = np.zeros(len(instance.schools), dtype=np.int64)
        np.add.at(load, requests.school[at[seated]], 1)
        more = np.minimum(np.maximum(instance.capacity - load, 0), bounds[1:] - passed)
        if not more.any():
            break
        for here in np.flatnonzero(more):
            rows = order[passed[here] : passed[here] + more[here]]
            students = requests.student[rows]
            at[students] = np.minimum(at[students], rows)
            passed[here] += more[here]
    at[at == np.iinfo(np.int64).max] = -1
    school = np.where(at >= 0, requests.school[np.maximum(at, 0)], -1) if len(requests.school) else at
    return school.astype(np.int32), np.where(at >= 0, 0, -1).astype(np.int32)


def seat_types_of(requests: Requests, rules: Rules, at: IntArray) -> SmallIntArray:
    """Return the seat type of each student that holds request ``at``, from one choice per school."""
    seat_type = np.full(len(at), -1, dtype=np.int32)
    seated = np.flatnonzero(at >= 0)
    plain = rules.kind[requests.school[at[seated]]] != 1 if len(seated) else np.empty(0, dtype=np.bool_)
    seat_type[seated[plain]] = 0
    for school in np.flatnonzero(rules.kind == 1):
        members = seated[requests.school[at[seated]] == school]
        rows = at[members]
        order = np.argsort(requests.standing[rows])
        span = slice(rules.type_first[school], rules.type_first[school + 1])
        seat_type[members[order]] = choose(
            1,
            rules.seats[school],
            rules.type_seats[span],
            rules.type_hard[span],
            rules.handed_over[school],
            requests.level[rows[order]],
            requests.open_types[rows[order]],
        )
    return seat_type


@njit(cache=True)
def _tighten(
    first, student, school, level, standing, open_types,
    kind, seats, type_first, type_seats, type_hard, handed_over,
):  # fmt: skip
    """Return the request that each student ends with, or -1."""
    schools = len(seats)
    begin = np.zeros(schools + 1, dtype=np.int64)
    for row in range(len(school)):
        begin[school[row] + 1] += 1
    begin = np.cumsum(begin)
    crowd = np.empty(len(school), dtype=np.int64)
    size = np.zeros(schools, dtype=np.int64)
    line = np.full(schools, np.iinfo(np.int64).max, dtype=np.int64)
    at = np.full(len(first) - 1, -1, dtype=np.int64)
    queued = np.zeros(schools, dtype=np.bool_)
    queue = np.empty(schools + 1, dtype=np.int64)
    head, tail = 0, 0
    for one in range(len(first) - 1):
        if first[one] < first[one + 1]:
            at[one] = first[one]
            here = school[first[one]]
            crowd[begin[here] + size[here]] = first[one]
            size[here] += 1
    for here in range(schools):
        if size[here] > seats[here] or kind[here] != 0:
            queue[tail] = here
            tail += 1
            queued[here] = True
    while head != tail:
        here = queue[head]
        head = (head + 1) % (schools + 1)
        queued[here] = False
        rows = crowd[begin[here] : begin[here] + size[here]]
        rows = rows[np.argsort(standing[rows])]
        crowd[begin[here] : begin[here] + size[here]] = rows
        if kind[here] == 0:
            kept = seats[here]
            line[here] = standing[rows[kept - 1]] if kept > 0 else -1
            size[here] = kept
            leaving = rows[kept:]
        else:
            span = slice(type_first[here], type_first[here + 1])
            chosen = choose(
                kind[here], seats[here], type_seats[span], type_hard[span], handed_over[here],
                level[rows], open_types[rows],
            )  # fmt: skip
            leaving = rows[chosen < 0]
        for row in leaving:
            one = student[row]
            if at[one] != row:
                continue
            upcoming = row + 1
            while upcoming < first[one + 1] and standing[upcoming] > line[school[upcoming]]:
                upcoming += 1
            if upcoming == first[one + 1]:
                at[one] = -1
                continue
            at[one] = upcoming
            there = school[upcoming]
            crowd[begin[there] + size[there]] = upcoming
            size[there] += 1
            if not queued[there] and (size[there] > seats[there] or kind[there] != 0):
                queued[there] = True
                queue[tail] = there
                tail = (tail + 1) % (schools + 1)
    return at
