"""Chances before the draw: the same instance under many simulated lotteries.

The chance is over the lottery alone: lists, seats and priorities are taken as they stand. A family's list of last
year's or live applications therefore gives an honest interval only as far as the others' lists hold.
"""

import hashlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from allocation.engine import allocate_seats, settle
from allocation.errors import InstanceError
from allocation.instance import Instance, IntArray, Mechanism
from allocation.outcome import Outcome
from allocation.solvers.placing import place_the_rest
from allocation.solvers.wishes import Wishes, list_wishes, strict_keys

Z_95 = 1.959964


@dataclass(frozen=True, slots=True)
class Chance:
    """How often a student got a school: ``low`` and ``high`` bound the chance with 95 % confidence."""

    admitted: int
    runs: int

    @property
    def share(self) -> float:
        return self.admitted / self.runs

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's score interval: sensible also where it happened never or always."""
        centre = self.share + Z_95**2 / (2 * self.runs)
        half = Z_95 * math.sqrt(self.share * (1 - self.share) / self.runs + Z_95**2 / (4 * self.runs**2))
        scale = 1 + Z_95**2 / self.runs
        return max(0.0, (centre - half) / scale), min(1.0, (centre + half) / scale)


def simulate(instance: Instance, *, runs: int) -> Mapping[str, Mapping[str | None, Chance]]:
    """Return, per student and school (None: no seat), how often it came out over ``runs`` lotteries.

    The lotteries follow from the instance's hash, so that a repetition gives the same numbers.

    Raises:
        InstanceError: the mechanism draws no lottery.
    """
    if instance.mechanism is Mechanism.MIN_TRAVEL:
        raise InstanceError("$.mechanism", "min_travel draws no lottery, so there are no chances to simulate")
    if runs < 1:
        raise ValueError("at least one lottery must be simulated")
    codes = np.empty(0, dtype=np.int64)
    counts = np.empty(0, dtype=np.int64)
    width = len(instance.schools) + 1
    everyone = np.arange(len(instance.student_ids), dtype=np.int64)
    for outcome in simulate_outcomes(instance, runs=runs):
        codes, counts = _add(codes, counts, everyone * width + outcome.school + 1)
    chances: dict[str, dict[str | None, Chance]] = {student: {} for student in instance.student_ids}
    for code, count in zip(codes.tolist(), counts.tolist(), strict=True):
        student, school = divmod(code, width)
        school_id = instance.school_ids[school - 1] if school else None
        chances[instance.student_ids[student]][school_id] = Chance(count, runs)
    return chances


def _add(codes: IntArray, counts: IntArray, more: IntArray) -> tuple[IntArray, IntArray]:
    """Merge one outcome's (student, school) codes into the running counts; both are in ascending order."""
    joined = np.concatenate((codes, more))
    weights = np.concatenate((counts, np.ones(len(more), dtype=np.int64)))
    order = np.argsort(joined, kind="stable")
    joined, weights = joined[order], weights[order]
    first = np.flatnonzero(np.diff(joined, prepend=-1))
    return joined[first], np.add.reduceat(weights, first) if len(first) else weights


def simulate_outcomes(instance: Instance, *, runs: int) -> Iterator[Outcome]:
    """Yield the outcome of each simulated lottery."""
    wishes = list_wishes(instance)
    students = len(instance.student_ids)
    for run in range(runs):
        seed = hashlib.sha256(f"{instance.sha256}/{run}".encode()).digest()
        draw = np.random.Generator(np.random.PCG64(int.from_bytes(seed[:16], "big")))
        rank = draw.permutation(students).astype(np.int64)
        drawn = replace(instance, lottery_rank=rank)
        if instance.mechanism is not Mechanism.DEFERRED_ACCEPTANCE:
            yield allocate_seats(drawn)
            continue
        outcome = settle(drawn, with_lottery(wishes, rank, students=students))
        yield place_the_rest(drawn, outcome) if instance.place_everyone else outcome


def with_lottery(wishes: Wishes, rank: IntArray, *, students: int) -> Wishes:
    """Return the wishes with their keys under another lottery."""
    key = strict_keys(wishes.value, wishes.guaranteed, rank[wishes.student], students=students)
    return replace(wishes, key=key)
