"""How a school chooses among those who want it, written straight from formats/instance.md."""

from dataclasses import dataclass

import numpy as np
from numba import njit

from allocation.instance import BoolArray, Instance, IntArray, Ties
from allocation.verification.requests import Requests

PLAIN, SEAT_TYPES, FITTING_CLASSES, FILLING_CLASSES = 0, 1, 2, 3


@dataclass(frozen=True, eq=False)
class Rules:
    """How each school chooses.

    Attributes:
        kind: per school, one of the four constants.
        seats: per school.
        type_first: the seat types of school ``s`` are ``type_first[s]:type_first[s + 1]``.
        type_seats, type_hard: per seat type.
        handed_over: soft seats per school open to anyone from the start, so that a guarantee outside all groups holds.
    """

    kind: IntArray
    seats: IntArray
    type_first: IntArray
    type_seats: IntArray
    type_hard: BoolArray
    handed_over: IntArray


def gather_rules(instance: Instance, requests: Requests) -> Rules:
    """Read how every school of the instance chooses."""
    kinds: list[int] = []
    type_first: list[int] = [0]
    type_seats: list[int] = []
    type_hard: list[bool] = []
    handed_over: list[int] = []
    for index, school in enumerate(instance.schools):
        if school.has_seat_types:
            kinds.append(SEAT_TYPES)
        else:
            kinds.append(
                {Ties.LOTTERY: PLAIN, Ties.NONE: FITTING_CLASSES, Ties.ALL: FILLING_CLASSES}[school.ties]
            )
        seats = [kind.seats for kind in school.seat_types]
        handed_over.append(_hand_over(instance, requests, index, seats) if school.has_seat_types else 0)
        type_seats.extend(seats)
        type_hard.extend(kind.hard for kind in school.seat_types)
        type_first.append(len(type_seats))
    return Rules(
        np.array(kinds, dtype=np.int64),
        instance.capacity,
        np.array(type_first, dtype=np.int64),
        np.array(type_seats, dtype=np.int64),
        np.array(type_hard, dtype=np.bool_),
        np.array(handed_over, dtype=np.int64),
    )


def _hand_over(instance: Instance, requests: Requests, school: int, seats: list[int]) -> int:
    """Lower soft types, last first, by the guaranteed students no type has room for; return by how many."""
    types = instance.schools[school].seat_types
    room = list(seats)
    homeless = 0
    safe = np.flatnonzero(requests.safe & (requests.school == school))
    for row in safe[np.argsort(requests.standing[safe])].tolist():
        for place in range(len(types)):
            if room[place] and (int(requests.open_types[row]) >> place) & 1:
                room[place] -= 1
                break
        else:
            homeless += 1
    total = 0
    for place in range(len(types) - 1, -1, -1):
        if not types[place].hard:
            lowered = min(room[place], homeless - total)
            seats[place] -= lowered
            total += lowered
    return total


@njit(cache=True)
def choose(kind, seats, type_seats, type_hard, handed_over, level, open_types):
    """Return the seat type of each applicant of one school, -1 for those not chosen.

    Args:
        level, open_types: per applicant, in the school's strict order, best first.
        The other arguments are one school's part of ``Rules``.
    """
    chosen = np.full(len(level), -1, dtype=np.int64)
    if kind == 0:
        for row in range(min(seats, len(level))):
            chosen[row] = 0
    elif kind == 1:
        room = type_seats.copy()
        for row in range(len(level)):
            for place in range(len(room)):
                if room[place] > 0 and (open_types[row] >> place) & 1:
                    chosen[row] = place
                    room[place] -= 1
                    break
        returned = handed_over
        for place in range(len(room)):
            if not type_hard[place]:
                returned += room[place]
        for row in range(len(level)):
            if chosen[row] < 0 and returned > 0:
                chosen[row] = len(type_seats)
                returned -= 1
    else:
        for row in range(len(level)):
            ahead = np.searchsorted(level, level[row])
            ahead_or_equal = np.searchsorted(level, level[row], side="right")
            if (kind == 2 and ahead_or_equal <= seats) or (kind == 3 and ahead < seats):
                chosen[row] = 0
    return chosen
