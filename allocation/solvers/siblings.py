"""Deferred acceptance for brothers and sisters: as one unit, or with one seat more where the line parts them.

Preferences that depend on what a sibling gets can leave no stable outcome at all; the two rules here always end,
give the same answer whatever the order of input, and are simple enough to publish. ``joint`` is the exact search.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from allocation.instance import BoolArray, Instance, SiblingRule
from allocation.outcome import Outcome, Stage
from allocation.solvers.deferred_acceptance import student_optimal
from allocation.solvers.wishes import Wishes


@dataclass
class Unit:
    """A sibling group and the schools it may enter together, in the eldest's order.

    ``schools`` holds, per common school, the wish of each member there; ``attempt`` counts those given up.
    """

    members: tuple[int, ...]
    schools: list[tuple[int, ...]]
    attempt: int = 0

    @property
    def aim(self) -> tuple[int, ...] | None:
        """The members' wishes at the school now tried, or None where they apply singly."""
        return self.schools[self.attempt] if self.attempt < len(self.schools) else None


def list_units(instance: Instance, wishes: Wishes) -> list[Unit]:
    """Return every group of two or more with the schools where all are eligible and which all list.

    A school below a member's guaranteed one is left out: being together never costs a safe seat.
    """
    units = []
    for members in instance.siblings:
        if len(members) < 2:
            continue
        rows = [_wishes_of(wishes, member) for member in members]
        common = [
            tuple(row[school] for row in rows) for school in rows[0] if all(school in row for row in rows[1:])
        ]
        units.append(Unit(members, common))
    return units


def _wishes_of(wishes: Wishes, student: int) -> dict[int, int]:
    """Return the student's wishes by school, best first, down to the guaranteed school."""
    rows: dict[int, int] = {}
    for wish in range(int(wishes.start[student]), int(wishes.start[student + 1])):
        rows[int(wishes.school[wish])] = wish
        if wishes.guaranteed[wish]:
            break
    return rows


def linked_siblings(instance: Instance, wishes: Wishes) -> Outcome:
    """Admit each group as a unit at the first common school, in the eldest's order, that would take each member.

    All units try their school while everyone else applies as usual. At each school, of the units that were not
    taken whole, the one whose refused member stands lowest there goes on to its next common school; then all is
    settled afresh. Units without a further common school apply singly, each member with the full list.
    """
    units = list_units(instance, wishes)
    while True:
        kept = select_wishes(wishes, _keep_aims(wishes, units))
        outcome = student_optimal(instance, kept)
        leaving: dict[int, tuple[int, Unit]] = {}
        for unit in units:
            if unit.aim is None:
                continue
            refused = [
                wish
                for member, wish in zip(unit.members, unit.aim, strict=True)
                if outcome.school[member] < 0
            ]
            if refused:
                school = int(wishes.school[unit.aim[0]])
                lowest = max(int(wishes.key[wish]) for wish in refused)
                if school not in leaving or leaving[school][0] < lowest:
                    leaving[school] = (lowest, unit)
        if not leaving:
            return with_siblings(instance, outcome, [unit.members for unit in units if unit.aim])
        for _, unit in leaving.values():
            unit.attempt += 1


def _keep_aims(wishes: Wishes, units: Sequence[Unit]) -> BoolArray:
    """Return which wishes count: of units, only those at the school they try together."""
    keep = np.ones(len(wishes.school), dtype=np.bool_)
    for unit in units:
        if unit.aim is not None:
            for member, wish in zip(unit.members, unit.aim, strict=True):
                keep[wishes.start[member] : wishes.start[member + 1]] = False
                keep[wish] = True
    return keep


def select_wishes(wishes: Wishes, keep: BoolArray) -> Wishes:
    """Return the kept wishes as a list of their own."""
    rows = np.flatnonzero(keep)
    counts = np.bincount(wishes.student[rows], minlength=len(wishes.start) - 1)
    return Wishes(
        np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        wishes.school[rows],
        wishes.place[rows],
        wishes.value[rows],
        wishes.guaranteed[rows],
        wishes.key[rows],
    )


def with_siblings(instance: Instance, outcome: Outcome, together: Sequence[Sequence[int]]) -> Outcome:
    """Mark the seats that were given to groups as such; a guaranteed seat stays called guaranteed."""
    stage = outcome.stage.copy()
    for members in together:
        for member in members:
            if outcome.school[member] != instance.guaranteed[member]:
                stage[member] = Stage.SIBLINGS
    return Outcome(outcome.school, outcome.seat_type, stage)


def list_united(instance: Instance, outcome: Outcome, wishes: Wishes) -> BoolArray:
    """Return who is with all siblings at a common school by the first stage, and so wants nothing singly.

    Nobody under ``plus_one``, where each member applies singly throughout.
    """
    united = np.zeros(len(instance.student_ids), dtype=np.bool_)
    if not instance.siblings or instance.sibling_rule is SiblingRule.PLUS_ONE:
        return united
    for unit in list_units(instance, wishes):
        school = int(outcome.school[unit.members[0]])
        common = {int(wishes.school[aim[0]]) for aim in unit.schools}
        if school in common and all(
            outcome.school[member] == school and outcome.stage[member] != Stage.PLACED
            for member in unit.members
        ):
            united[list(unit.members)] = True
    return united


def plus_one(instance: Instance, wishes: Wishes) -> Outcome:
    """Add one seat at a school whose line parts a group: all but one member in, the last one wanting to be.

    Each school gives at most one such seat, to the best in its own order; then all is settled afresh, because the
    seat left behind may start a chain. The student still applies to schools liked better. Seats once added stay.
    """
    units = list_units(instance, wishes)
    added: dict[int, int] = {}
    while True:
        keep = np.ones(len(wishes.school), dtype=np.bool_)
        for student, wish in added.items():
            keep[wish : wishes.start[student + 1]] = False
        kept = select_wishes(wishes, keep)
        outcome = _with_added(instance, student_optimal(instance, kept), wishes, added)
        best: dict[int, int] = {}
        full = {int(wishes.school[wish]) for wish in added.values()}
        for unit in units:
            joining = _parted(unit, outcome, wishes, added)
            if joining is None or int(wishes.school[joining]) in full:
                continue
            school = int(wishes.school[joining])
            if _added_type(instance, int(wishes.student[joining]), school) < 0:
                continue
            if school not in best or wishes.key[joining] < wishes.key[best[school]]:
                best[school] = joining
        if not best:
            return outcome
        added.update({int(wishes.student[wish]): wish for wish in best.values()})


def _parted(unit: Unit, outcome: Outcome, wishes: Wishes, added: dict[int, int]) -> int | None:
    """Return the wish of the one member who would complete the group where the others are, or None.

    Where two members could each join the other, the younger joins the elder.
    """
    if any(member in added for member in unit.members):
        return None
    for place in range(len(unit.members) - 1, -1, -1):
        member = unit.members[place]
        others = {int(outcome.school[other]) for other in unit.members if other != member}
        if len(others) != 1 or outcome.school[member] in others:
            continue
        for wish in unit_wishes(unit, place):
            held = _held_wish(wishes, member, int(outcome.school[member]))
            if int(wishes.school[wish]) in others and (held is None or wish < held):
                return wish
    return None


def unit_wishes(unit: Unit, place: int) -> list[int]:
    """Return one member's wishes at the common schools."""
    return [wishes[place] for wishes in unit.schools]


def _held_wish(wishes: Wishes, student: int, school: int) -> int | None:
    for wish in range(int(wishes.start[student]), int(wishes.start[student + 1])):
        if wishes.school[wish] == school:
            return wish
    return None


def _with_added(instance: Instance, outcome: Outcome, wishes: Wishes, added: dict[int, int]) -> Outcome:
    """Return the outcome with the added seats, where the student did not get a better one."""
    school, seat_type, stage = outcome.school.copy(), outcome.seat_type.copy(), outcome.stage.copy()
    for student, wish in added.items():
        if school[student] >= 0:
            continue
        school[student] = wishes.school[wish]
        seat_type[student] = _added_type(instance, student, int(wishes.school[wish]))
        stage[student] = Stage.SIBLINGS
    return Outcome(school, seat_type, stage)


def _added_type(instance: Instance, student: int, school: int) -> int:
    """Return the seat type of an added seat: the first open to the student, else the first soft one, else -1."""
    types = instance.schools[school].seat_types
    soft = [place for place, kind in enumerate(types) if not kind.hard]
    return [*instance.eligible_types(student, school), *soft, -1][0]
