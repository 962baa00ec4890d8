"""Who could sit where: students, places by school (and hard seat type), and the pairs between them."""

from dataclasses import dataclass

import numpy as np

from allocation.instance import NOT_ELIGIBLE, BoolArray, Instance, IntArray, Mechanism, SmallIntArray
from allocation.outcome import Outcome, Stage


@dataclass(frozen=True, eq=False)
class Places:
    """A seating problem and the seating that the outcome gives.

    Attributes:
        who: the students concerned, ascending.
        school: per kind of place.
        seats: per kind of place.
        row, place: of each possible pair; ``row`` counts in ``who``, ascending.
        pair: of each possible pair, its index among the pairs handed in.
        now: per row, the kind of place held, -1 without one.
    """

    who: IntArray
    school: IntArray
    seats: IntArray
    row: IntArray
    place: IntArray
    pair: IntArray
    now: IntArray


def is_late(outcome: Outcome) -> BoolArray:
    """Return who holds no seat from the first stage."""
    return (outcome.school < 0) | (outcome.stage == Stage.PLACED)


def no_farther_than_guaranteed(instance: Instance) -> BoolArray:
    """Return which schools in reach a least-travel outcome may use for the student."""
    own = instance.guaranteed[instance.travel_student] == instance.travel_school
    bound = np.full(len(instance.student_ids), np.iinfo(np.int64).max, dtype=np.int64)
    bound[instance.travel_student[own]] = instance.travel_s[own]
    return (instance.travel_value != NOT_ELIGIBLE) & (bound[instance.travel_student] >= instance.travel_s)


def lay_out_places(
    instance: Instance, outcome: Outcome, who: BoolArray, students: SmallIntArray, schools: SmallIntArray
) -> Places:
    """Lay out the seats that those not in ``who`` leave, and who of ``who`` may take which.

    Args:
        who: shape (all students,).
        students, schools: pairs to consider, by student; those where the student is not eligible are dropped.
    """
    holding = (outcome.school >= 0) & ~who
    taken = np.bincount(outcome.school[holding], minlength=len(instance.schools))
    common = np.maximum(instance.capacity - taken, 0)
    place_school, place_seats, kind_of_place = [], [], []
    for index, school in enumerate(instance.schools):
        for number, kind in enumerate(school.seat_types if school.has_seat_types else ()):
            if kind.hard:
                inside = holding & (outcome.school == index) & (outcome.seat_type == number)
                room = max(kind.seats - int(np.count_nonzero(inside)), 0)
                common[index] -= room
                place_school.append(index)
                place_seats.append(room)
                kind_of_place.append(kind)
    offset = len(place_school)
    eligible = np.flatnonzero(instance.values_at(students, schools) != NOT_ELIGIBLE)
    rows = np.searchsorted(np.flatnonzero(who), students[eligible])
    found = [(rows, schools[eligible].astype(np.int64) + offset, eligible)]
    for place, kind in enumerate(kind_of_place):
        here = np.flatnonzero(schools[eligible] == place_school[place])
        member = np.array(
            [
                kind.open_to is None
                or bool(instance.groups and not kind.open_to.isdisjoint(instance.groups[student]))
                for student in students[eligible[here]]
            ],
            dtype=np.bool_,
        )
        inside = here[member] if len(here) else here
        found.append((rows[inside], np.full(len(inside), place), eligible[inside]))
    row, taken_place, pair = (np.concatenate(columns) for columns in zip(*found, strict=True))
    order = np.argsort(row, kind="stable")
    now = _current_places(instance, outcome, np.flatnonzero(who), place_school, kind_of_place)
    seats = np.concatenate((np.array(place_seats, dtype=np.int64), np.maximum(common, 0)))
    seats = np.maximum(seats, np.bincount(now[now >= 0], minlength=len(seats)))
    return Places(
        who=np.flatnonzero(who),
        school=np.concatenate((np.array(place_school, dtype=np.int64), np.arange(len(instance.schools)))),
        seats=seats,
        row=row[order],
        place=taken_place[order],
        pair=pair[order],
        now=now,
    )


def _current_places(instance, outcome, who, place_school, kind_of_place) -> IntArray:
    """Return the kind of place that each student holds: that of its hard seat type, else the school's common one."""
    now = np.where(outcome.school[who] >= 0, outcome.school[who].astype(np.int64) + len(place_school), -1)
    for place, (school, kind) in enumerate(zip(place_school, kind_of_place, strict=True)):
        number = instance.schools[school].seat_types.index(kind)
        now[(outcome.school[who] == school) & (outcome.seat_type[who] == number)] = place
    return now


def pairs_anywhere(instance: Instance) -> tuple[SmallIntArray, SmallIntArray]:
    """Return every pair of a student and a listed, reachable or guaranteed school, each once, by student."""
    if instance.mechanism is Mechanism.MIN_TRAVEL:
        usable = no_farther_than_guaranteed(instance)
        return instance.travel_student[usable], instance.travel_school[usable]
    safe = np.flatnonzero(instance.guaranteed >= 0)
    students = np.concatenate((instance.travel_student, instance.preference_student, safe.astype(np.int32)))
    schools = np.concatenate((instance.travel_school, instance.preference_school, instance.guaranteed[safe]))
    order = np.argsort(students.astype(np.int64) << 32 | schools)
    students, schools = students[order], schools[order]
    first = np.append(True, (np.diff(students) != 0) | (np.diff(schools) != 0))[: len(students)]
    return students[first], schools[first]
