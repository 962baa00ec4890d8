"""Blocking pairs: students whom a school would choose and who would rather be there."""

import numpy as np

from allocation.instance import BoolArray, Instance, IntArray, SiblingRule
from allocation.outcome import Outcome, Stage
from allocation.verification.choice import choose, gather_rules
from allocation.verification.requests import Requests
from allocation.verification.siblings import content_students, group_blocks


def held_requests(requests: Requests, outcome: Outcome) -> IntArray:
    """Return the request that each student's seat answers; -1 for no seat, a seat never asked for, or a placed one."""
    held = np.full(len(outcome.school), -1, dtype=np.int64)
    answers = (outcome.school[requests.student] == requests.school) & (
        outcome.stage[requests.student] != Stage.PLACED
    )
    rows = np.flatnonzero(answers)
    held[requests.student[rows]] = rows
    return held


def preferred_requests(requests: Requests, held: IntArray, content: BoolArray) -> BoolArray:
    """Return which requests their students prefer to what they have; ``content`` students prefer nothing."""
    mine = held[requests.student]
    return ((mine < 0) | (np.arange(len(requests.student)) < mine)) & ~content[requests.student]


def blocking_pairs(instance: Instance, requests: Requests, outcome: Outcome) -> list[tuple[int, int]]:
    """Return every (student, school) that a choice among admitted and wanting would add, by school then student.

    For each school its choice is applied to its students admitted by choice and all who prefer it to what they
    have. A pair blocks where the student is chosen but not admitted. Under ``joint`` a group that would rather be
    together adds a pair of its own, named by the eldest.
    """
    held = held_requests(requests, outcome)
    wants = preferred_requests(requests, held, content_students(instance, requests, outcome))
    involved = wants.copy()
    counted = held >= 0
    if instance.sibling_rule is SiblingRule.PLUS_ONE:
        # An added seat is beside the school's own: it neither fills one of them nor competes for one.
        counted &= outcome.stage != Stage.SIBLINGS
    involved[held[counted]] = True
    rows = np.flatnonzero(involved)
    rows = rows[np.lexsort((requests.standing[rows], requests.school[rows]))]
    bounds = np.append(0, np.cumsum(np.bincount(requests.school[rows], minlength=len(instance.schools))))
    rules = gather_rules(instance, requests)
    pairs: list[tuple[int, int]] = []
    for school in range(len(instance.schools)):
        here = rows[bounds[school] : bounds[school + 1]]
        if not len(here) or not wants[here].any():
            continue
        span = slice(rules.type_first[school], rules.type_first[school + 1])
        chosen = choose(
            rules.kind[school],
            rules.seats[school],
            rules.type_seats[span],
            rules.type_hard[span],
            rules.handed_over[school],
            requests.level[here],
            requests.open_types[here],
        )
        added = here[(chosen >= 0) & wants[here]]
        pairs.extend((student, school) for student in np.sort(requests.student[added]).tolist())
    if instance.siblings and instance.sibling_rule is SiblingRule.JOINT:
        pairs.extend(group_blocks(instance, requests, outcome, held))
    return pairs
