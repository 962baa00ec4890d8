"""Least travel: seats go where they shorten the trips of all together, whatever families prefer."""

import numpy as np

from allocation.instance import NOT_ELIGIBLE, UNRANKED, BoolArray, Instance
from allocation.outcome import Outcome, Stage
from allocation.solvers.transport import Transport, solve_transport


def min_travel(instance: Instance) -> Outcome:
    """Return an outcome with fewest unplaced, least sum of tiers, fewest beyond the ceiling, least total seconds.

    A guaranteed student is placed, no farther away than the guaranteed school. Among equal answers the longest
    trip is shortest. A guaranteed student whom the school's priority does not name counts as one tier after its last.
    """
    rows = np.flatnonzero(allowed_arcs(instance))
    students, schools = instance.travel_student[rows], instance.travel_school[rows]
    seconds = instance.travel_s[rows]
    class_count = np.array([school.class_count for school in instance.schools], dtype=np.int64)
    value = instance.travel_value[rows]
    tier = np.where(value == UNRANKED, class_count[schools], value)
    counts = np.bincount(students, minlength=len(instance.student_ids))
    chosen = solve_transport(
        Transport(
            start=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
            bin=schools,
            capacity=instance.capacity,
            aims=[tier, instance.travel_beyond[rows].astype(np.int64), seconds],
            trip_s=seconds,
            must=instance.guaranteed >= 0,
        )
    )
    seated = chosen >= 0
    school = np.full(len(instance.student_ids), -1, dtype=np.int32)
    school[seated] = schools[chosen[seated]]
    stage = np.where(seated, Stage.PLACED, Stage.NONE).astype(np.int32)
    stage[seated & (school == instance.guaranteed)] = Stage.GUARANTEED
    return Outcome(school, np.where(seated, 0, -1).astype(np.int32), stage)


def allowed_arcs(instance: Instance) -> BoolArray:
    """Return which (student, school in reach) pairs may be used: eligible, and no farther than a guarantee."""
    own = instance.travel_school == instance.guaranteed[instance.travel_student]
    farthest = np.full(len(instance.student_ids), np.iinfo(np.int64).max)
    farthest[instance.travel_student[own]] = instance.travel_s[own]
    return (instance.travel_value != NOT_ELIGIBLE) & (instance.travel_s <= farthest[instance.travel_student])
