"""Blocking pairs: students whom a school would choose and who would rather be there."""

import numpy as np

from allocation.instance import BoolArray, Instance, IntArray
from allocation.outcome import Outcome, Stage
from allocation.verification.choice import choose, gather_rules
from allocation.verification.requests import Requests


def held_requests(requests: Requests, outcome: Outcome) -> IntArray:
    """Return the request that each student's seat answers; -1 for no seat, a seat never asked for, or a placed one."""
    held = np.full(len(outcome.school), -1, dtype=np.int64)
    answers = (outcome.school[requests.student] == requests.school) & (
        outcome.stage[requests.student] != Stage.PLACED
    )
    rows = np.flatnonzero(answers)
    held[requests.student[rows]] = rows
    return held


def preferred_requests(requests: Requests, held: IntArray) -> BoolArray:
    """Return which requests their students prefer to what they have."""
    mine = held[requests.student]
    return (mine < 0) | (np.arange(len(requests.student)) < mine)


def blocking_pairs(instance: Instance, requests: Requests, outcome: Outcome) -> list[tuple[int, int]]:
    """Return every (student, school) that a choice among admitted and wanting would add, by school then student.

    For each school its choice is applied to its students admitted by choice and all who prefer it to what they
    have. A pair blocks where the student is chosen but not admitted.
    """
    held = held_requests(requests, outcome)
    wants = preferred_requests(requests, held)
    involved = wants.copy()
    involved[held[held >= 0]] = True
    rows = np.flatnonzero(involved)
    rows = rows[np.lexsort((requests.standing[rows], requests.school[rows]))]
    bounds = np.append(0, np.cumsum(np.bincount(requests.school[rows], minlength=len(instance.schools))))
    rules = gather_rules(instance)
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
    return pairs
