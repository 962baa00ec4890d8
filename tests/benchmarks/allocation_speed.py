"""`make bench-allocation`: the engine at city size, beside its peers in the same run.

Prints figures as it goes and one JSON line at the end. Ends with 1 only when an answer is wrong.
Options: --quick leaves out the million students and the largest flow.
"""

import argparse
import heapq
import json
import resource
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow
from scipy.spatial import cKDTree

from allocation.instance import (
    OPEN,
    Instance,
    IntArray,
    Mechanism,
    Ordering,
    School,
    SeatType,
    SiblingRule,
    Ties,
)
from allocation.solvers.deferred_acceptance import student_optimal
from allocation.solvers.min_travel import min_travel
from allocation.solvers.placing import place_the_rest
from allocation.solvers.proposals import propose
from allocation.solvers.resolving import TravelPlan
from allocation.solvers.wishes import Wishes, list_wishes
from allocation.verification.requests import gather_requests
from allocation.verification.stability import blocking_pairs
from allocation.verification.tightening import tighten
from allocation.verification.travel import is_optimal, total_travel_s

TARGETS = {
    "city_da_s": 1.0,
    "million_da_s": 10.0,
    "flow_ratio": 1.0,
    "what_if_capacity_s": 2.0,
    "what_if_moved_s": 2.0,
    "engine_mb_per_million": 1000,
}


class Figures:
    """What was measured, told at once and gathered for the last line."""

    def __init__(self) -> None:
        """Start with nothing measured."""
        self.values: dict[str, float] = {}
        self.cpu_s: dict[str, float] = {}
        self.wrong: list[str] = []

    @contextmanager
    def measuring(self, name: str, text: str) -> Iterator[None]:
        """Time a block."""
        begin, begin_cpu = time.perf_counter(), time.process_time()
        yield
        self.tell(name, time.perf_counter() - begin, text, "s")
        self.cpu_s[name] = time.process_time() - begin_cpu

    def tell(self, name: str, value: float, text: str, unit: str) -> None:
        """Note one figure."""
        self.values[name] = round(value, 4)
        print(f"  {text:<70} {value:10.3f} {unit}", flush=True)

    def check(self, holds: bool, text: str) -> None:
        """Note an answer that is not right."""
        if not holds:
            self.wrong.append(text)
            print(f"  WRONG: {text}", flush=True)


def made_up_city(
    students: int, schools: int, *, reach: int, mechanism: Mechanism, seed: int = 1, spare: float = 0.03
) -> Instance:
    """Build an instance as arrays: homes in clusters, lists of ten out of the schools in reach, 60-second bands."""
    draw = np.random.default_rng(seed)
    centres = draw.random((40, 2))
    homes = centres[draw.integers(0, 40, students)] + draw.normal(0, 0.06, (students, 2))
    sites = np.vstack((centres[draw.integers(0, 40, schools // 2)], draw.random((schools - schools // 2, 2))))
    sites += draw.normal(0, 0.04, sites.shape)
    far, near = cKDTree(sites).query(homes, k=reach)
    order = np.argsort(near, axis=1)
    travel_school = np.take_along_axis(near, order, axis=1)
    travel_s = (np.take_along_axis(far, order, axis=1) * 20_000).astype(np.int64)
    wishes = np.argsort(draw.random((students, reach)) + np.arange(reach) * 0.02, axis=1)[:, :10]
    seats = np.full(schools, int(students * (1 + spare) / schools) + 1, dtype=np.int64)
    by_school = np.argsort(travel_school.ravel(), kind="stable")
    choosing = mechanism is Mechanism.DEFERRED_ACCEPTANCE
    return Instance(
        mechanism=mechanism,
        school_ids=tuple(f"s{number:05d}" for number in range(schools)),
        student_ids=tuple(f"c{number:07d}" for number in range(students)),
        schools=tuple(
            School(
                int(seats[0]),
                Ordering.CLASSES if choosing else Ordering.ALL_TIED,
                200,
                Ties.LOTTERY,
                (SeatType(OPEN, int(seats[0]), None, hard=False),),
                False,
                (),
            )
            for _ in range(schools)
        ),
        capacity=seats,
        listed_start=_bounds(travel_school.ravel(), schools),
        listed_student=(by_school // reach).astype(np.int32),
        listed_value=np.minimum(travel_s.ravel()[by_school] // 60, 199),
        preference_start=np.arange(students + 1, dtype=np.int64) * wishes.shape[1],
        preference_school=np.take_along_axis(near, wishes, axis=1).ravel().astype(np.int32),
        travel_start=np.arange(students + 1, dtype=np.int64) * reach,
        travel_school=travel_school.ravel().astype(np.int32),
        travel_s=travel_s.ravel(),
        travel_beyond=(travel_s > 3000).ravel(),
        guaranteed=np.full(students, -1, dtype=np.int32),
        groups=(),
        siblings=(),
        sibling_rule=SiblingRule.LINKED,
        place_everyone=choosing,
        lottery_numbers=range(students),
        lottery_rank=draw.permutation(students).astype(np.int64),
        sha256="0" * 64,
    )


def _bounds(schools: IntArray, count: int) -> IntArray:
    return np.concatenate(([0], np.cumsum(np.bincount(schools, minlength=count)))).astype(np.int64)


def python_deferred_acceptance(wishes: Wishes, capacity: IntArray) -> dict[int, int]:
    """Return the school of each student, by plain Python with heaps: what one writes first."""
    start, school, key = wishes.start.tolist(), wishes.school.tolist(), wishes.key.tolist()
    seats = capacity.tolist()
    upcoming = start[:-1]
    held: list[list[tuple[int, int]]] = [[] for _ in seats]
    free = list(range(len(upcoming) - 1, -1, -1))
    upcoming = list(upcoming)
    while free:
        student = free.pop()
        while upcoming[student] < start[student + 1]:
            wish = upcoming[student]
            upcoming[student] += 1
            heap = held[school[wish]]
            if len(heap) < seats[school[wish]]:
                heapq.heappush(heap, (-key[wish], student))
                break
            refused = heapq.heappushpop(heap, (-key[wish], student))[1]
            if refused != student:
                free.append(refused)
                break
    return {student: number for number, heap in enumerate(held) for _, student in heap}


def matching_package(wishes: Wishes, capacity: IntArray) -> tuple[dict[int, int], float]:
    """Return the outcome of the PyPI ``matching`` package and its seconds, its own objects built before."""
    from matching.games import HospitalResident

    students = {
        str(student): [
            str(school) for school in wishes.school[wishes.start[student] : wishes.start[student + 1]]
        ]
        for student in range(len(wishes.start) - 1)
    }
    order = np.lexsort((wishes.key, wishes.school))
    schools: dict[str, list[str]] = {}
    for wish in order.tolist():
        schools.setdefault(str(wishes.school[wish]), []).append(str(wishes.student[wish]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        game = HospitalResident.create_from_dictionaries(
            students, schools, {school: int(capacity[int(school)]) for school in schools}
        )
        begin = time.perf_counter()
        found = game.solve(optimal="resident")
        seconds = time.perf_counter() - begin
    return {int(one.name): int(school.name) for school, members in found.items() for one in members}, seconds


def hand_written_flow(instance: Instance) -> int:
    """Return the least weighted cost by one OR-Tools model as one writes it: a penalty per aim."""
    students, schools = len(instance.student_ids), len(instance.schools)
    sink = students + schools
    flow = SimpleMinCostFlow()
    penalty = 3 * int(instance.travel_s.max()) + 1
    cost = instance.travel_s + penalty * instance.travel_beyond
    flow.add_arcs_with_capacity_and_unit_cost(
        instance.travel_student,
        (instance.travel_school + students).astype(np.int32),
        np.ones(len(cost), dtype=np.int64),
        cost,
    )
    flow.add_arcs_with_capacity_and_unit_cost(
        np.arange(students, dtype=np.int32),
        np.full(students, sink, dtype=np.int32),
        np.ones(students, dtype=np.int64),
        np.full(students, 4 * penalty, dtype=np.int64),
    )
    flow.add_arcs_with_capacity_and_unit_cost(
        np.arange(students, sink, dtype=np.int32),
        np.full(schools, sink, dtype=np.int32),
        instance.capacity,
        np.zeros(schools, dtype=np.int64),
    )
    flow.set_nodes_supplies(
        np.arange(sink + 1, dtype=np.int32),
        np.append(np.append(np.ones(students), np.zeros(schools)), -students),
    )
    if flow.solve() != flow.OPTIMAL:
        raise RuntimeError("the hand-written model did not end in an optimum")
    return int(flow.optimal_cost())


def warm_up() -> None:
    """Load or compile everything once, outside the clock."""
    small = made_up_city(300, 20, reach=12, mechanism=Mechanism.DEFERRED_ACCEPTANCE, spare=-0.05)
    outcome = place_the_rest(small, student_optimal(small, list_wishes(small)))
    requests = gather_requests(small)
    tighten(small, requests)
    blocking_pairs(small, requests, outcome)
    is_optimal(small, outcome)
    plan = TravelPlan(made_up_city(300, 20, reach=12, mechanism=Mechanism.MIN_TRAVEL))
    plan.set_capacity("s00000", 1)
    plan.move_school("s00001", {"c0000001": 5})


def peers(figures: Figures) -> None:
    """The largest case that the matching package finishes in reasonable time, and ours."""
    print("peer: matching, 4,000 students x 35 schools, lists of 10")
    instance = made_up_city(4000, 35, reach=12, mechanism=Mechanism.DEFERRED_ACCEPTANCE)
    wishes = list_wishes(instance)
    begin = time.perf_counter()
    outcome = student_optimal(instance, wishes)
    ours_s = time.perf_counter() - begin
    theirs, theirs_s = matching_package(wishes, instance.capacity)
    figures.check(theirs == _seated(outcome.school), "matching finds another outcome")
    figures.tell("peer_matching_s", theirs_s, "matching", "s")
    figures.tell("peer_ours_s", ours_s, "ours", "s")
    figures.tell("peer_matching_ratio", theirs_s / ours_s, "times as fast", "x")


def _seated(school: IntArray) -> dict[int, int]:
    return {student: int(where) for student, where in enumerate(school) if where >= 0}


def choices(figures: Figures) -> None:
    """Deferred acceptance for a large city, its verification, and the second stage."""
    print("deferred acceptance, 200,000 students x 781 schools, lists of 10")
    instance = made_up_city(200_000, 781, reach=16, mechanism=Mechanism.DEFERRED_ACCEPTANCE)
    with figures.measuring("city_keys_s", "strict keys from classes and lottery"):
        wishes = list_wishes(instance)
    with figures.measuring("city_propose_s", "proposals"):
        propose(wishes.start, wishes.school, wishes.key, wishes.student, instance.capacity)
    with figures.measuring("city_da_s", "whole first stage"):
        first = student_optimal(instance, list_wishes(instance))
    with figures.measuring("city_python_s", "peer: plain Python with heaps"):
        plain = python_deferred_acceptance(wishes, instance.capacity)
    figures.check(plain == _seated(first.school), "plain Python finds another outcome")
    ratio = figures.values["city_python_s"] / figures.values["city_propose_s"]
    figures.tell("city_python_ratio", ratio, "times as fast", "x")
    with figures.measuring("city_place_s", f"second stage for {int((first.school < 0).sum())} students"):
        both = place_the_rest(instance, first)
    with figures.measuring("city_verify_s", "verification: second solver, blocking pairs, optimum"):
        requests = gather_requests(instance)
        second, _ = tighten(instance, requests)
        pairs = blocking_pairs(instance, requests, both)
        optimal = is_optimal(instance, both)
    figures.check(bool(np.array_equal(second, first.school)), "the second solver finds another outcome")
    figures.check(not pairs, "there are blocking pairs")
    figures.check(optimal, "the second stage is not optimal")


def growth(figures: Figures, sizes: list[int]) -> None:
    """How time and memory grow with the number of students."""
    print("growth: first stage, lists of 10, 250 students per school")
    for students in sizes:
        before_mb = peak_mb()
        instance = made_up_city(
            students, max(20, students // 250), reach=10, mechanism=Mechanism.DEFERRED_ACCEPTANCE
        )
        built_mb = peak_mb()
        begin = time.perf_counter()
        student_optimal(instance, list_wishes(instance))
        seconds = time.perf_counter() - begin
        figures.tell(f"grow_{students}_s", seconds, f"{students:,} students", "s")
        if students >= 1_000_000:
            figures.tell("million_da_s", seconds, "a million students, 4,000 schools", "s")
            engine_mb = peak_mb() - built_mb + _arrays_mb(instance)
            figures.tell(
                "engine_mb_per_million", engine_mb, f"arrays and solver (peak {before_mb} before)", "MB"
            )


def _arrays_mb(instance: Instance) -> float:
    arrays = (value for value in vars(instance).values() if isinstance(value, np.ndarray))
    return sum(array.nbytes for array in arrays) / 2**20


def flows(figures: Figures, students: int, schools: int, reach: int) -> None:
    """Least travel beside a hand-written model, and what-if changes."""
    print(
        f"least travel, {students:,} students x {schools} schools, {students * reach / 1e6:.1f} million arcs"
    )
    instance = made_up_city(students, schools, reach=reach, mechanism=Mechanism.MIN_TRAVEL)
    with figures.measuring("flow_peer_s", "peer: one hand-written OR-Tools model, penalties"):
        hand_written_flow(instance)
    with figures.measuring("flow_ours_s", "ours: exact aims in order, shortest longest trip"):
        outcome = min_travel(instance)
    ratio = figures.cpu_s["flow_ours_s"] / figures.cpu_s["flow_peer_s"]
    figures.tell("flow_ratio", ratio, "of the peer's core-seconds", "x")
    with figures.measuring("flow_verify_s", "verification by prices"):
        figures.check(is_optimal(instance, outcome), "the flow is not optimal")
    plan = TravelPlan(instance)
    busiest = int(np.bincount(outcome.school[outcome.school >= 0]).argmax())
    school = instance.school_ids[busiest]
    seats = int(instance.capacity[busiest]) - 35
    with figures.measuring("what_if_capacity_s", "what if one school loses a class of 35 seats"):
        plan.set_capacity(school, seats)
    changed = replace(instance, capacity=np.where(np.arange(schools) == busiest, seats, instance.capacity))
    confirm(figures, changed, plan, "a changed capacity")
    other = (busiest + schools // 2) % schools
    here = instance.travel_student[instance.travel_school == other]
    moved = {instance.student_ids[student]: 100 + int(student) % 1500 for student in here}
    with figures.measuring("what_if_moved_s", "what if one school stands elsewhere"):
        plan.move_school(instance.school_ids[other], moved)
    travel_s, beyond = changed.travel_s.copy(), changed.travel_beyond.copy()
    rows = np.flatnonzero(changed.travel_school == other)
    travel_s[rows] = 100 + changed.travel_student[rows] % 1500
    beyond[rows] = False
    confirm(figures, replace(changed, travel_s=travel_s, travel_beyond=beyond), plan, "a moved school")


def confirm(figures: Figures, instance: Instance, plan: TravelPlan, text: str) -> None:
    """Let OR-Tools solve the changed problem anew; the seconds must be the same."""
    with figures.measuring(f"anew_{text.split()[-1]}_s", f"peer: OR-Tools anew after {text}"):
        anew = min_travel(instance)
    same = total_travel_s(instance, anew) == plan.aims()[3]
    figures.check(same and is_optimal(instance, plan.outcome()), f"after {text} the plan is not optimal")


def peak_mb() -> int:
    """Return the most memory this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> int:
    """Run everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="leave out the largest sizes")
    quick = parser.parse_args().quick
    figures = Figures()
    warm_up()
    stages: list[Callable[[], None]] = [
        lambda: peers(figures),
        lambda: choices(figures),
        lambda: growth(figures, [10_000, 100_000] if quick else [10_000, 100_000, 1_000_000]),
        lambda: flows(figures, *((50_000, 200, 16) if quick else (200_000, 781, 16))),
    ]
    for stage in stages:
        stage()
    for name, target in TARGETS.items():
        if name in figures.values:
            reached = "reached" if figures.values[name] <= target else "MISSED"
            print(f"  target {name:<24} {figures.values[name]:10.3f} of {target:8.2f}  {reached}")
    print(json.dumps({**figures.values, "wrong": figures.wrong}))
    return 1 if figures.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
