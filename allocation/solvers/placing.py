"""The second stage: students left without a seat are placed on the seats still free, all at once."""

import numpy as np

from allocation.instance import Instance
from allocation.outcome import Outcome, Stage
from allocation.solvers.seat_bins import expand_to_bins, list_free_bins
from allocation.solvers.transport import Transport, solve_transport


def place_the_rest(instance: Instance, outcome: Outcome) -> Outcome:
    """Place everyone without a seat at a school in reach where the student is eligible.

    Aims in order: fewest unplaced, fewest beyond the ceiling, least total seconds, shortest longest trip.
    Nobody who holds a seat is moved. One-by-one placement would leave children out and send others farther.
    """
    waiting = outcome.school < 0
    rows = np.flatnonzero(waiting[instance.travel_student])
    if not len(rows):
        return outcome
    students, schools = instance.travel_student[rows], instance.travel_school[rows]
    bins = list_free_bins(instance, outcome)
    pair, target = expand_to_bins(instance, bins, students, schools, instance.travel_value[rows])
    waiting_students = np.flatnonzero(waiting)
    counts = np.bincount(np.searchsorted(waiting_students, students[pair]), minlength=len(waiting_students))
    seconds = instance.travel_s[rows][pair]
    chosen = solve_transport(
        Transport(
            start=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
            bin=target.astype(np.int32),
            capacity=bins.capacity,
            aims=[instance.travel_beyond[rows][pair].astype(np.int64), seconds],
            trip_s=seconds,
            must=np.zeros(len(waiting_students), dtype=np.bool_),
        )
    )
    return _seat(outcome, waiting_students[chosen >= 0], target[chosen[chosen >= 0]], bins)


def _seat(outcome, students, targets, bins) -> Outcome:
    """Return the outcome with the given students in the given bins."""
    school, seat_type, stage = outcome.school.copy(), outcome.seat_type.copy(), outcome.stage.copy()
    school[students] = bins.school[targets]
    seat_type[students] = bins.seat_type[targets]
    stage[students] = Stage.PLACED
    return Outcome(school, seat_type, stage)
