"""The sibling rules once more, on the second solver: who should be together, who gets the added seat, who blocks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from allocation.instance import BoolArray, Instance, IntArray, SiblingRule, SmallIntArray
from allocation.outcome import Outcome, Stage
from allocation.verification.requests import Requests
from allocation.verification.tightening import tighten


@dataclass(frozen=True)
class Family:
    """Brothers and sisters, eldest first, and their requests at each school that all of them list."""

    members: tuple[int, ...]
    shared: tuple[tuple[int, ...], ...]


def list_families(instance: Instance, requests: Requests) -> list[Family]:
    """Return the groups of two or more; shared schools in the eldest's order, none below a guaranteed one."""
    families = []
    for members in instance.siblings:
        if len(members) == 1:
            continue
        by_school = []
        for member in members:
            rows = list(range(int(requests.first[member]), int(requests.first[member + 1])))
            safe = [at for at, row in enumerate(rows) if requests.safe[row]]
            by_school.append(
                {int(requests.school[row]): row for row in rows[: safe[0] + 1 if safe else None]}
            )
        shared = [
            tuple(rows[school] for rows in by_school)
            for school in by_school[0]
            if set.intersection(*({school} & rows.keys() for rows in by_school))
        ]
        families.append(Family(members, tuple(shared)))
    return families


def is_together(family: Family, requests: Requests, outcome: Outcome) -> bool:
    """Whether all members sit at one shared school by the first stage."""
    schools = {int(outcome.school[member]) for member in family.members}
    shared = {int(requests.school[rows[0]]) for rows in family.shared}
    placed = any(outcome.stage[member] == Stage.PLACED for member in family.members)
    return len(schools) == 1 and schools <= shared and not placed


def content_students(instance: Instance, requests: Requests, outcome: Outcome) -> BoolArray:
    """Return who wants nothing singly: members of a group that is together under ``linked`` or ``joint``."""
    content = np.zeros(len(instance.student_ids), dtype=np.bool_)
    if instance.sibling_rule is not SiblingRule.PLUS_ONE:
        for family in list_families(instance, requests) if instance.siblings else ():
            if is_together(family, requests, outcome):
                content[list(family.members)] = True
    return content


def added_seats(instance: Instance, outcome: Outcome) -> BoolArray:
    """Return whose seats are beyond the capacity by the plus-one rule."""
    plus_one = instance.sibling_rule is SiblingRule.PLUS_ONE
    return (outcome.stage == Stage.SIBLINGS) & (outcome.school >= 0) & plus_one


def keep_requests(requests: Requests, keep: BoolArray) -> Requests:
    """Return only some of the requests, as if the students had made no others."""
    count = np.bincount(requests.student[keep], minlength=len(requests.first) - 1)
    return Requests(
        np.append(0, np.cumsum(count)).astype(np.int64),
        requests.student[keep],
        requests.school[keep],
        requests.value[keep],
        requests.safe[keep],
        requests.level[keep],
        requests.standing[keep],
        requests.open_types[keep],
    )


def second_answer(instance: Instance, requests: Requests) -> tuple[SmallIntArray, SmallIntArray]:
    """Return school and seat type per student by the second solver, under ``linked`` or ``plus_one``."""
    if not instance.siblings:
        return tighten(instance, requests)
    families = list_families(instance, requests)
    if instance.sibling_rule is SiblingRule.PLUS_ONE:
        return _with_one_more(instance, requests, families)
    return _linked(instance, requests, families)


def _linked(
    instance: Instance, requests: Requests, families: Sequence[Family]
) -> tuple[SmallIntArray, SmallIntArray]:
    """Try each group at its shared schools; per school and round the group with the lowest refused member gives up."""
    given_up = [0] * len(families)
    while True:
        keep = np.ones(len(requests.student), dtype=np.bool_)
        for number, family in enumerate(families):
            if given_up[number] < len(family.shared):
                keep &= ~np.isin(requests.student, family.members)
                keep[list(family.shared[given_up[number]])] = True
        school, seat_type = tighten(instance, keep_requests(requests, keep))
        losers: dict[int, list[tuple[int, int]]] = {}
        for number, family in enumerate(families):
            if given_up[number] < len(family.shared):
                rows = family.shared[given_up[number]]
                out = [int(requests.standing[row]) for row in rows if school[requests.student[row]] < 0]
                if out:
                    losers.setdefault(int(requests.school[rows[0]]), []).append((max(out), number))
        if not losers:
            return school, seat_type
        for candidates in losers.values():
            given_up[max(candidates)[1]] += 1


def _with_one_more(
    instance: Instance, requests: Requests, families: Sequence[Family]
) -> tuple[SmallIntArray, SmallIntArray]:
    """Add at most one seat per school for the member whom its line parts from all others of the group."""
    extra: dict[int, int] = {}
    while True:
        keep = np.ones(len(requests.student), dtype=np.bool_)
        for student, row in extra.items():
            keep[row : requests.first[student + 1]] = False
        school, seat_type = tighten(instance, keep_requests(requests, keep))
        for student, row in extra.items():
            if school[student] < 0:
                school[student] = requests.school[row]
                counted_as = _type_of_extra(instance, requests, row)
                seat_type[student] = -1 if counted_as is None else counted_as
        served = {int(requests.school[row]) for row in extra.values()}
        offers: dict[int, list[tuple[int, int]]] = {}
        for family in families:
            joining = _joining_request(family, requests, school, extra)
            if joining is None or int(requests.school[joining]) in served:
                continue
            if _type_of_extra(instance, requests, joining) is not None:
                standing = int(requests.standing[joining])
                offers.setdefault(int(requests.school[joining]), []).append((standing, joining))
        if not offers:
            return school, seat_type
        for candidates in offers.values():
            row = min(candidates)[1]
            extra[int(requests.student[row])] = row


def _type_of_extra(instance: Instance, requests: Requests, row: int) -> int | None:
    """Return which seat type an added seat counts as: one open to the student before any soft one."""
    types = instance.schools[int(requests.school[row])].seat_types
    for place in range(len(types)):
        if (int(requests.open_types[row]) >> place) & 1:
            return place
    return next((place for place, kind in enumerate(types) if not kind.hard), None)


def _joining_request(
    family: Family, requests: Requests, school: SmallIntArray, extra: dict[int, int]
) -> int | None:
    """Return the request by which the youngest possible member would join all the others, if there is one."""
    if set(family.members) & extra.keys():
        return None
    for place, member in reversed(list(enumerate(family.members))):
        elsewhere = {int(school[other]) for other in family.members if other != member}
        for rows in family.shared:
            row = rows[place]
            if elsewhere == {int(requests.school[row])} and school[member] != requests.school[row]:
                better = requests.school[requests.first[member] : row + 1]
                if school[member] not in better:
                    return row
    return None


def group_blocks(
    instance: Instance, requests: Requests, outcome: Outcome, held: IntArray
) -> list[tuple[int, int]]:
    """Return (eldest, school) where a group under ``joint`` would rather be together and the school takes them all.

    Those at the school and the whole group stand in the school's order; the group blocks when its last member is
    among the first ``capacity``.
    """
    pairs = []
    for family in list_families(instance, requests):
        for rows in family.shared:
            school = int(requests.school[rows[0]])
            if all(held[requests.student[row]] == row for row in rows):
                break
            inside = held[(held >= 0) & (outcome.school == school)]
            standings = np.sort(requests.standing[np.union1d(inside, np.array(rows))])
            worst = max(int(requests.standing[row]) for row in rows)
            if np.searchsorted(standings, worst) < instance.capacity[school]:
                pairs.append((family.members[0], school))
    return pairs
