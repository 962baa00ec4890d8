"""What if a school had another capacity, or stood elsewhere? A least-travel plan changed, not solved anew.

OR-Tools' flow starts from nothing each time. Here the last optimum is kept as prices of places and the cheapest
exchange between every two schools; opening or closing one seat is then one shortest path over schools, not over
students. That the answer is optimal follows from the prices; the tests hold it against OR-Tools solving anew.
Source: Ahuja, Magnanti & Orlin (1993), Network Flows, chapters 9.7 and 12 (successive shortest paths).
"""

from collections.abc import Mapping

import numpy as np
from numba import njit

from allocation.errors import AllocationError
from allocation.instance import UNRANKED, Instance, IntArray, Mechanism
from allocation.outcome import Outcome, Stage
from allocation.solvers.min_travel import allowed_arcs, min_travel
from allocation.solvers.transport import FAR

MAX_COST = 2**60


class TravelPlan:
    """A least-travel outcome that follows changes of capacity and place.

    Aims as in ``min_travel``: fewest unplaced, least sum of tiers, fewest beyond the ceiling, least total seconds.
    """

    def __init__(self, instance: Instance) -> None:
        """Solve the instance once with OR-Tools and price the answer.

        Raises:
            AllocationError: not a least-travel instance, guaranteed seats (their bounds would have to move as well),
                or costs too large for exact sums.
        """
        if instance.mechanism is not Mechanism.MIN_TRAVEL:
            raise AllocationError("only a least-travel instance can be changed and solved again")
        if np.any(instance.guaranteed >= 0):
            raise AllocationError("a plan with guaranteed seats must be solved anew")
        self._instance = instance
        self._schools = len(instance.schools)
        rows = np.flatnonzero(allowed_arcs(instance))
        self._student = instance.travel_student[rows].astype(np.int64)
        self._bin = instance.travel_school[rows].astype(np.int64)
        self._cost, self._unplaced_cost = self._joint_costs(rows)
        self._start = _starts(self._student, len(instance.student_ids))
        self.capacity = instance.capacity.copy()
        self._chosen = self._arcs_of(min_travel(instance))
        self._price_afresh(np.zeros(self._schools + 1, dtype=np.int64))

    def _joint_costs(self, rows: IntArray) -> tuple[IntArray, int]:
        """Return one cost per arc and the cost of no seat, each aim outweighing the next along any exchange."""
        instance = self._instance
        value = instance.travel_value[rows]
        worst = np.array([school.class_count for school in instance.schools], dtype=np.int64)
        tier = np.where(value == UNRANKED, worst[instance.travel_school[rows]], value)
        self._second_s = (self._schools + 3) * (int(instance.travel_s.max(initial=0)) + 1) * 4
        self._second_tier = (self._schools + 3) * (self._second_s * 2)
        cost = (
            instance.travel_s[rows] + instance.travel_beyond[rows] * self._second_s + tier * self._second_tier
        )
        highest = (int(worst.max(initial=0)) + 1) * self._second_tier
        unplaced = (self._schools + 3) * highest
        if unplaced * 4 > MAX_COST:
            raise AllocationError("the tiers and travel times are too large to be changed step by step")
        return cost.astype(np.int64), unplaced

    def _arcs_of(self, outcome: Outcome) -> IntArray:
        """Return the arc that each student takes, -1 for none."""
        chosen = np.full(len(outcome.school), -1, dtype=np.int64)
        hit = np.flatnonzero(outcome.school[self._student] == self._bin)
        chosen[self._student[hit]] = hit
        return chosen

    def _price_afresh(self, price: IntArray) -> None:
        """Rebuild the exchanges, and lower the prices until every exchange costs at least what it gains."""
        self._first, self._following, self._previous, self._load = _link(
            self._bin, self._chosen, self._schools
        )
        self._exchange = np.full((self._schools + 1, self._schools + 1), FAR, dtype=np.int64)
        for school in range(self._schools + 1):
            _refresh_row(
                self._start, self._bin, self._cost, self._unplaced_cost, self._chosen, self._first,
                self._following, self._exchange, school,
            )  # fmt: skip
        self._price = _lower_prices(self._exchange, price)

    def set_capacity(self, school: str, seats: int) -> None:
        """Open or close seats, one shortest path each."""
        index = self._instance.school_index[school]
        self._change_seats(index, seats - int(self.capacity[index]))

    def _change_seats(self, school: int, difference: int) -> None:
        _change_seats(
            self._start, self._student, self._bin, self._cost, self._unplaced_cost, self._chosen, self._first,
            self._following, self._previous, self._load, self.capacity, self._exchange, self._price, school,
            difference,
        )  # fmt: skip

    def move_school(
        self, school: str, travel_s: Mapping[str, int], *, beyond: frozenset[str] = frozenset()
    ) -> None:
        """Put a school elsewhere: new travel times, reaching perhaps other students.

        Args:
            travel_s: seconds per student in reach of the new place; students not eligible there are passed over.
            beyond: students for whom the new place is beyond the ceiling.
        """
        index = self._instance.school_index[school]
        seats = int(self.capacity[index])
        self._change_seats(index, -seats)
        students = np.array(
            sorted(self._instance.student_index[student] for student in travel_s), dtype=np.int64
        )
        ids = [self._instance.student_ids[student] for student in students]
        value = self._instance.values_at(
            students.astype(np.int32), np.full(len(students), index, dtype=np.int32)
        )
        eligible = value >= 0
        far = np.array([student in beyond for student in ids], dtype=np.int64)
        cost = np.array([travel_s[student] for student in ids], dtype=np.int64) + far * self._second_s
        cost += np.where(eligible, value, 0) * self._second_tier
        self._replace_arcs(index, students[eligible], cost[eligible])
        self._price_afresh(self._price)
        self._change_seats(index, seats)

    def _replace_arcs(self, school: int, students: IntArray, cost: IntArray) -> None:
        """Put new arcs to an empty school in place of the old ones."""
        keep = self._bin != school
        places = self._bin[self._chosen]
        student = np.concatenate((self._student[keep], students))
        order = np.argsort(student, kind="stable")
        bins = np.concatenate((self._bin[keep], np.full(len(students), school, dtype=np.int64)))[order]
        self._cost = np.concatenate((self._cost[keep], cost))[order]
        seated = self._chosen >= 0
        self._student, self._bin = student[order], bins
        self._start = _starts(self._student, len(self._chosen))
        wanted = np.where(seated, places, -1)
        hit = np.flatnonzero(self._bin == wanted[self._student])
        self._chosen = np.full(len(seated), -1, dtype=np.int64)
        self._chosen[self._student[hit]] = hit

    def outcome(self) -> Outcome:
        """Return who sits where now."""
        seated = self._chosen >= 0
        school = np.where(seated, self._bin[self._chosen], -1).astype(np.int32)
        stage = np.where(seated, Stage.PLACED, Stage.NONE).astype(np.int32)
        return Outcome(school, np.where(seated, 0, -1).astype(np.int32), stage)

    def aims(self) -> tuple[int, int, int, int]:
        """Return the number unplaced, the sum of tiers, the number beyond the ceiling and the total seconds."""
        taken = self._cost[self._chosen[self._chosen >= 0]]
        tier, rest = np.divmod(taken, self._second_tier)
        beyond, seconds = np.divmod(rest, self._second_s)
        return int(np.count_nonzero(self._chosen < 0)), int(tier.sum()), int(beyond.sum()), int(seconds.sum())


def _starts(student: IntArray, students: int) -> IntArray:
    return np.concatenate(([0], np.cumsum(np.bincount(student, minlength=students)))).astype(np.int64)


@njit(cache=True)
def _link(bin, chosen, bins):
    """Return linked lists of the students in each bin (the last bin: no seat), and the loads."""
    first = np.full(bins + 1, -1, dtype=np.int64)
    following = np.full(len(chosen), -1, dtype=np.int64)
    previous = np.full(len(chosen), -1, dtype=np.int64)
    load = np.zeros(bins + 1, dtype=np.int64)
    for one in range(len(chosen)):
        here = bin[chosen[one]] if chosen[one] >= 0 else bins
        load[here] += 1
        following[one] = first[here]
        if first[here] >= 0:
            previous[first[here]] = one
        first[here] = one
    return first, following, previous, load


@njit(cache=True)
def _refresh_row(start, bin, cost, unplaced_cost, chosen, first, following, exchange, here):
    """Work out the cheapest move from one bin to every other."""
    bins = len(first) - 1
    exchange[here, :] = FAR
    one = first[here]
    while one >= 0:
        paid = cost[chosen[one]] if chosen[one] >= 0 else unplaced_cost
        for arc in range(start[one], start[one + 1]):
            exchange[here, bin[arc]] = min(exchange[here, bin[arc]], cost[arc] - paid)
        exchange[here, bins] = min(exchange[here, bins], unplaced_cost - paid)
        one = following[one]
    exchange[here, here] = FAR


@njit(cache=True)
def _lower_prices(exchange, price):
    """Return prices with ``price[b] <= price[a] + exchange[a, b]`` throughout (Bellman and Ford)."""
    price = price.copy()
    for _ in range(len(price) + 1):
        changed = False
        for a in range(len(price)):
            for b in range(len(price)):
                if exchange[a, b] < FAR and price[a] + exchange[a, b] < price[b]:
                    price[b] = price[a] + exchange[a, b]
                    changed = True
        if not changed:
            break
    return price


@njit(cache=True)
def _distances(exchange, price, source, backwards):
    """Return Dijkstra's distances under the prices, from (or, backwards, to) a bin, and the neighbour towards it."""
    count = len(price)
    distance = np.full(count, FAR, dtype=np.int64)
    neighbour = np.full(count, -1, dtype=np.int64)
    done = np.zeros(count, dtype=np.bool_)
    distance[source] = 0
    while True:
        here = -1
        for b in range(count):
            if not done[b] and distance[b] < FAR and (here < 0 or distance[b] < distance[here]):
                here = b
        if here < 0:
            return distance, neighbour
        done[here] = True
        for b in range(count):
            move = exchange[b, here] if backwards else exchange[here, b]
            if done[b] or move >= FAR:
                continue
            reduced = move + price[b] - price[here] if backwards else move + price[here] - price[b]
            if distance[here] + reduced < distance[b]:
                distance[b] = distance[here] + reduced
                neighbour[b] = here


@njit(cache=True)
def _move_one(
    start, bin, cost, unplaced_cost, chosen, first, following, previous, load, exchange, here, there
):
    """Move the student for whom going from one bin to another is cheapest."""
    bins = len(first) - 1
    mover, arc_taken, lowest = -1, -1, FAR
    one = first[here]
    while one >= 0:
        paid = cost[chosen[one]] if chosen[one] >= 0 else unplaced_cost
        if there == bins:
            if unplaced_cost - paid < lowest or (unplaced_cost - paid == lowest and one < mover):
                mover, arc_taken, lowest = one, -1, unplaced_cost - paid
        else:
            for arc in range(start[one], start[one + 1]):
                change = cost[arc] - paid
                if bin[arc] == there and (change < lowest or (change == lowest and one < mover)):
                    mover, arc_taken, lowest = one, arc, change
        one = following[one]
    if previous[mover] >= 0:
        following[previous[mover]] = following[mover]
    else:
        first[here] = following[mover]
    if following[mover] >= 0:
        previous[following[mover]] = previous[mover]
    chosen[mover] = arc_taken
    load[here] -= 1
    load[there] += 1
    return mover


@njit(cache=True)
def _insert(first, following, previous, here, one):
    previous[one] = -1
    following[one] = first[here]
    if first[here] >= 0:
        previous[first[here]] = one
    first[here] = one


@njit(cache=True)
def _change_seats(
    start, student, bin, cost, unplaced_cost, chosen, first, following, previous, load, capacity, exchange,
    price, school, difference,
):  # fmt: skip
    """Open (difference above 0) or close seats of a school one by one, keeping the plan optimal."""
    bins = len(first) - 1
    opening = difference > 0
    way = np.empty(bins + 2, dtype=np.int64)
    movers = np.empty(bins + 2, dtype=np.int64)
    for _ in range(abs(difference)):
        capacity[school] += 1 if opening else -1
        if opening and load[school] < capacity[school] - 1:
            continue
        if not opening and load[school] <= capacity[school]:
            continue
        distance, neighbour = _distances(exchange, price, school, opening)
        end, best = -1, FAR
        for b in range(bins + 1):
            if distance[b] >= FAR or b == school:
                continue
            if opening:
                real = distance[b] - price[b] + price[school]
                usable = load[b] > 0
            else:
                real = distance[b] + price[b] - price[school]
                usable = b == bins or load[b] < capacity[b]
            if usable and real < best:
                end, best = b, real
        if end < 0 or (opening and best >= 0):
            continue
        for b in range(bins + 1):
            shift = min(distance[b], distance[end])
            price[b] += -shift if opening else shift
        length = 0
        here = end
        while here >= 0:
            way[length] = here
            length += 1
            here = neighbour[here]
        if not opening:
            way[:length] = way[:length][::-1].copy()
        for step in range(length - 1):
            movers[step] = _move_one(
                start, bin, cost, unplaced_cost, chosen, first, following, previous, load, exchange, way[step],
                way[step + 1],
            )  # fmt: skip
        for step in range(length - 1):
            _insert(first, following, previous, way[step + 1], movers[step])
        for step in range(length):
            _refresh_row(start, bin, cost, unplaced_cost, chosen, first, following, exchange, way[step])
