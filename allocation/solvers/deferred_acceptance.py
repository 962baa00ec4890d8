"""Deferred acceptance, students proposing: the default way to give seats where families rank schools."""

import numpy as np

from allocation.instance import Instance, IntArray, SmallIntArray, Ties
from allocation.outcome import Outcome, Stage
from allocation.solvers.offers import accumulate_offers, list_choosers
from allocation.solvers.proposals import propose
from allocation.solvers.wishes import Wishes, list_wishes


def deferred_acceptance(instance: Instance) -> Outcome:
    """Return the stable outcome that every student likes at least as much as any other stable one."""
    wishes = list_wishes(instance)
    if has_plain_schools(instance):
        held = propose(wishes.start, wishes.school, wishes.key, wishes.student, instance.capacity)
        seat_type = np.where(held >= 0, 0, -1).astype(np.int32)
    else:
        held, seat_type = accumulate_offers(wishes, list_choosers(instance, wishes))
    return outcome_of_wishes(instance, wishes, held, seat_type)


def has_plain_schools(instance: Instance) -> bool:
    """Whether every school fills all its seats in one strict order."""
    return all(not school.has_seat_types and school.ties is Ties.LOTTERY for school in instance.schools)


def outcome_of_wishes(
    instance: Instance, wishes: Wishes, held: IntArray, seat_type: SmallIntArray
) -> Outcome:
    """Turn the wish that each student holds into seats and stages."""
    seated = held >= 0
    school = np.full(len(held), -1, dtype=np.int32)
    school[seated] = wishes.school[held[seated]]
    stage = np.full(len(held), Stage.NONE, dtype=np.int32)
    stage[seated] = np.where(wishes.guaranteed[held[seated]], Stage.GUARANTEED, Stage.CHOICE)
    return Outcome(school, seat_type, stage)
