"""Deferred acceptance, students proposing or schools proposing."""

import numpy as np
from numba import njit

from allocation.instance import Instance, IntArray, SmallIntArray, Ties
from allocation.outcome import Outcome, Stage
from allocation.solvers.offers import accumulate_offers, list_choosers
from allocation.solvers.proposals import propose
from allocation.solvers.wishes import Wishes, list_wishes


def student_optimal(instance: Instance, wishes: Wishes) -> Outcome:
    """Return the stable outcome that every student likes at least as much as any other stable one."""
    if has_plain_schools(instance):
        held = propose(wishes.start, wishes.school, wishes.key, wishes.student, instance.capacity)
        seat_type = np.where(held >= 0, 0, -1).astype(np.int32)
    else:
        held, seat_type = accumulate_offers(wishes, list_choosers(instance, wishes))
    return outcome_of_wishes(wishes, held, seat_type)


def school_proposing(instance: Instance) -> Outcome:
    """Return the stable outcome that every school likes at least as much as any other stable one."""
    wishes = list_wishes(instance)
    order = np.lexsort((wishes.key, wishes.school)).astype(np.int64)
    bounds = np.searchsorted(wishes.school[order], np.arange(len(instance.schools) + 1)).astype(np.int64)
    held = _schools_propose(order, bounds, wishes.student, instance.capacity, len(instance.student_ids))
    return outcome_of_wishes(wishes, held, np.where(held >= 0, 0, -1).astype(np.int32))


@njit(cache=True)
def _schools_propose(
    order: IntArray, bounds: IntArray, student: SmallIntArray, capacity: IntArray, students: int
) -> IntArray:
    """Let every school offer its seats in its own order; students keep their best offer, the earliest wish."""
    held = np.full(students, -1, dtype=np.int64)
    school_of = np.full(students, -1, dtype=np.int64)
    upcoming = bounds[:-1].copy()
    free = capacity.copy()
    stack = np.arange(len(capacity))
    waiting = np.ones(len(capacity), dtype=np.bool_)
    depth = len(capacity)
    while depth > 0:
        depth -= 1
        here = stack[depth]
        waiting[here] = False
        while free[here] > 0 and upcoming[here] < bounds[here + 1]:
            wish = order[upcoming[here]]
            upcoming[here] += 1
            one = student[wish]
            if held[one] >= 0 and held[one] < wish:
                continue
            left = school_of[one]
            held[one], school_of[one] = wish, here
            free[here] -= 1
            if left >= 0:
                free[left] += 1
                if not waiting[left]:
                    waiting[left] = True
                    stack[depth] = left
                    depth += 1
    return held


def has_plain_schools(instance: Instance) -> bool:
    """Whether every school fills all its seats in one strict order."""
    return all(not school.has_seat_types and school.ties is Ties.LOTTERY for school in instance.schools)


def outcome_of_wishes(wishes: Wishes, held: IntArray, seat_type: SmallIntArray) -> Outcome:
    """Turn the wish that each student holds into seats and stages."""
    seated = held >= 0
    school = np.full(len(held), -1, dtype=np.int32)
    school[seated] = wishes.school[held[seated]]
    stage = np.full(len(held), Stage.NONE, dtype=np.int32)
    stage[seated] = np.where(wishes.guaranteed[held[seated]], Stage.GUARANTEED, Stage.CHOICE)
    return Outcome(school, seat_type, stage)
