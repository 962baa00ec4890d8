"""Free seats as bins: one per school, or where a school has seat types one per hard type and one for the rest."""

from dataclasses import dataclass

import numpy as np

from allocation.instance import NOT_ELIGIBLE, Instance, IntArray, SmallIntArray
from allocation.outcome import Outcome


@dataclass(frozen=True, eq=False)
class SeatBins:
    """Bins of seats and who may take one of them.

    Attributes:
        school, seat_type: per bin; the seat type a student gets who is sent there.
        start: the bins of school ``s`` are ``start[s]:start[s + 1]``, hard seat types first, in list order.
        capacity: per bin.
    """

    school: SmallIntArray
    seat_type: SmallIntArray
    start: IntArray
    capacity: IntArray


def list_free_bins(instance: Instance, outcome: Outcome) -> SeatBins:
    """Return the seats that an outcome leaves free. Hard seats stay with their groups; soft ones go to anyone."""
    return _list_bins(instance, outcome)


def list_all_bins(instance: Instance) -> SeatBins:
    """Return all seats, as if nobody held one."""
    return _list_bins(instance, Outcome.empty(instance))


def _list_bins(instance: Instance, outcome: Outcome) -> SeatBins:
    schools: list[int] = []
    types: list[int] = []
    capacity: list[int] = []
    start = [0]
    held = outcome.school >= 0
    load = np.bincount(outcome.school[held], minlength=len(instance.schools))
    for index, school in enumerate(instance.schools):
        free = max(int(instance.capacity[index]) - int(load[index]), 0)
        if school.has_seat_types:
            here = outcome.seat_type[outcome.school == index]
            for kind, seats in enumerate(school.seat_types):
                if seats.hard:
                    left = max(seats.seats - int(np.count_nonzero(here == kind)), 0)
                    schools.append(index)
                    types.append(kind)
                    capacity.append(left)
                    free -= left
            types.append(len(school.seat_types))
        else:
            types.append(0)
        schools.append(index)
        capacity.append(max(free, 0))
        start.append(len(schools))
    return SeatBins(
        np.array(schools, dtype=np.int32),
        np.array(types, dtype=np.int32),
        np.array(start, dtype=np.int64),
        np.array(capacity, dtype=np.int64),
    )


def expand_to_bins(
    instance: Instance, bins: SeatBins, students: SmallIntArray, schools: SmallIntArray, values: IntArray
) -> tuple[IntArray, IntArray]:
    """Return, for eligible (student, school) pairs, which pair and which bin each arc joins, in pair order."""
    usable = values != NOT_ELIGIBLE
    width = np.where(usable, np.diff(bins.start)[schools], 0)
    pair = np.repeat(np.arange(len(students)), width)
    offset = np.arange(len(pair)) - np.repeat(np.cumsum(width) - width, width)
    target = bins.start[schools[pair]] + offset
    keep = np.ones(len(pair), dtype=np.bool_)
    for index in np.flatnonzero(target < bins.start[schools[pair] + 1] - 1):
        kind = int(bins.seat_type[target[index]])
        keep[index] = kind in instance.eligible_types(int(students[pair[index]]), int(schools[pair[index]]))
    return pair[keep], target[keep]


def bins_of_seats(bins: SeatBins, schools: SmallIntArray, seat_types: SmallIntArray) -> IntArray:
    """Return the bin each held seat belongs to: its hard seat type's, else the school's common one."""
    held = bins.start[schools + 1] - 1
    for bin in np.flatnonzero(np.diff(bins.school, append=-1) == 0):
        held[(schools == bins.school[bin]) & (seat_types == bins.seat_type[bin])] = bin
    return held
