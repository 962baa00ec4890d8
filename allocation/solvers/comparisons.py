"""Immediate acceptance and top trading cycles: for simulation beside deferred acceptance, not for real rounds."""

import numpy as np
from numba import njit

from allocation.instance import Instance, IntArray, SmallIntArray
from allocation.outcome import Outcome
from allocation.solvers.deferred_acceptance import outcome_of_wishes
from allocation.solvers.wishes import list_wishes


def immediate_acceptance(instance: Instance) -> Outcome:
    """Give seats for good, first wishes first (the Boston mechanism).

    In round k everyone still without a seat asks at the k-th school of the list where the student is eligible.
    Families who dare not name their true first choice lose by it: deferred acceptance does not punish honesty.
    """
    wishes = list_wishes(instance)
    held = np.full(len(instance.student_ids), -1, dtype=np.int64)
    free = instance.capacity.copy()
    lengths = np.diff(wishes.start)
    for turn in range(int(lengths.max(initial=0))):
        asking = np.flatnonzero((held < 0) & (lengths > turn))
        rows = wishes.start[asking] + turn
        rows = rows[np.lexsort((wishes.key[rows], wishes.school[rows]))]
        schools = wishes.school[rows]
        place = np.arange(len(rows)) - np.searchsorted(schools, schools)
        taken = rows[place < free[schools]]
        held[wishes.student[taken]] = taken
        free -= np.bincount(wishes.school[taken], minlength=len(free))
    return outcome_of_wishes(wishes, held, np.where(held >= 0, 0, -1).astype(np.int32))


def top_trading_cycles(instance: Instance) -> Outcome:
    """Let students trade their places in the schools' orders along cycles.

    Each school with a free seat points to the best remaining student who lists it, each student to the best
    listed school with a free seat; everyone on a cycle gets the school pointed to. Efficient for students, but a
    student may be passed over at a school by one with lower priority.
    Source: Abdulkadiroğlu & Sönmez (2003), Amer. Econ. Rev. 93, 729-747.
    """
    wishes = list_wishes(instance)
    order = np.lexsort((wishes.key, wishes.school)).astype(np.int64)
    bounds = np.searchsorted(wishes.school[order], np.arange(len(instance.schools) + 1)).astype(np.int64)
    held = _trade(wishes.start, wishes.school, wishes.student[order], bounds, instance.capacity)
    return outcome_of_wishes(wishes, held, np.where(held >= 0, 0, -1).astype(np.int32))


@njit(cache=True)
def _trade(
    start: IntArray, school: SmallIntArray, queue: SmallIntArray, bounds: IntArray, capacity: IntArray
) -> IntArray:
    """Follow pointers from each student in turn, carrying out every cycle that closes."""
    students = len(start) - 1
    held = np.full(students, -1, dtype=np.int64)
    done = np.zeros(students, dtype=np.bool_)
    upcoming = start[:-1].copy()
    front = bounds[:-1].copy()
    free = capacity.copy()
    on_path = np.zeros(students, dtype=np.bool_)
    path = np.empty(students + 1, dtype=np.int64)
    for first in range(students):
        length = 0
        one = first
        while not done[first]:
            while upcoming[one] < start[one + 1] and free[school[upcoming[one]]] == 0:
                upcoming[one] += 1
            if upcoming[one] == start[one + 1]:
                done[one] = True
                if length:
                    length -= 1
                    one = path[length]
                    on_path[one] = False
                continue
            if not on_path[one]:
                on_path[one] = True
                path[length] = one
                length += 1
                here = school[upcoming[one]]
                while done[queue[front[here]]]:
                    front[here] += 1
                one = queue[front[here]]
                continue
            closing = one
            while True:
                length -= 1
                one = path[length]
                held[one] = upcoming[one]
                free[school[upcoming[one]]] -= 1
                done[one] = True
                on_path[one] = False
                if one == closing:
                    break
            one = first
            if length:
                length -= 1
                one = path[length]
                on_path[one] = False
    return held
