"""Sending every student to one of several bins of seats by OR-Tools min-cost flow, aims in strict order.

One weighted sum of all aims overflows OR-Tools' cost range at city size, and large weights slow it down. Three
facts keep the answer exact and quick:

1. A flow is optimal when no cycle of exchanges improves it, and a simple cycle passes each bin once. So a more
   important aim needs to outweigh only (bins + 3) times the largest lower cost, not the number of students.
2. OR-Tools may be given much lighter weights, under which its answer is nearly always right already: cycles of
   exchanges between bins that still improve the exact cost are found by Bellman and Ford and carried out.
3. Where the exact weights do not fit into 64 bits, aims are solved in stages: bin prices taken from one stage's
   answer show which arcs any optimal answer of that stage may use, and the next chooses among those alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numba import njit
from ortools.graph.python import max_flow, min_cost_flow

from allocation.errors import SolverError
from allocation.instance import BoolArray, IntArray, SmallIntArray

COST_LIMIT = 2**60
LIGHT = 3
FAR = np.iinfo(np.int64).max // 4


@dataclass(frozen=True, eq=False)
class Transport:
    """Students and the bins that each may go to.

    Attributes:
        start: the arcs of student ``i`` lie in ``start[i]:start[i + 1]``.
        bin: per arc, index of the bin.
        capacity: per bin.
        aims: costs per arc, 0 or more, the most important aim first; all are least sums.
        trip_s: per arc, for the last aim: the shortest longest trip.
        must: per student, whether leaving the student out is no option.
    """

    start: IntArray
    bin: SmallIntArray
    capacity: IntArray
    aims: Sequence[IntArray]
    trip_s: IntArray
    must: BoolArray

    @property
    def student(self) -> SmallIntArray:
        return np.repeat(np.arange(len(self.start) - 1, dtype=np.int32), np.diff(self.start))


@dataclass(eq=False)
class _Plan:
    """The problem in which everyone goes somewhere: bin 0 stands for no seat.

    ``open`` are the arcs still allowed, ``forced`` the bins that must be filled to ``capacity``.
    """

    start: IntArray
    student: SmallIntArray
    bin: SmallIntArray
    capacity: IntArray
    open: BoolArray
    forced: BoolArray
    chosen: IntArray = field(default_factory=lambda: np.empty(0, dtype=np.int64))


def solve_transport(problem: Transport) -> IntArray:
    """Return the arc that each student takes, or -1; fewest left out, then the aims in order, then the longest trip.

    Raises:
        SolverError: OR-Tools ended without an optimum.
    """
    students = len(problem.start) - 1
    if not students:
        return np.empty(0, dtype=np.int64)
    stages = _stages(problem)
    plan, original = _with_no_seat(problem, 0)
    everyone_fits = bool(np.all(np.diff(problem.start) > 0)) and _solve_stage(
        plan, _on_plan(_light_cost(stages[0]), original)
    )
    if not everyone_fits:
        plan, original = _with_no_seat(problem, students - _most_placed(problem))
    for number, aims in enumerate(stages):
        if not (everyone_fits and number == 0) and not _solve_stage(
            plan, _on_plan(_light_cost(aims), original)
        ):
            raise SolverError("the minimum-cost flow of students to seats found no answer where there is one")
        exact = _on_plan(_joint_cost(aims, bins=len(problem.capacity)), original)
        _improve_by_exchanges(plan, exact)
        _keep_optimal_face(plan, exact)
    chosen = shorten_longest_trip(
        plan.start,
        plan.student,
        plan.bin,
        _on_plan(problem.trip_s, original),
        plan.open,
        plan.forced,
        plan.capacity,
        plan.chosen,
    )
    return original[chosen]


def _on_plan(cost: IntArray, original: IntArray) -> IntArray:
    """Return costs of the problem's arcs on the plan's, where no seat costs nothing."""
    on_plan = np.zeros(len(original), dtype=np.int64)
    on_plan[original >= 0] = cost[original[original >= 0]]
    return on_plan


def _most_placed(problem: Transport) -> int:
    """Return how many students can have a seat at the same time, by OR-Tools max flow."""
    students, bins = len(problem.start) - 1, len(problem.capacity)
    if not len(problem.bin):
        return 0
    source, sink = students + bins, students + bins + 1
    everyone = np.arange(students, dtype=np.int32)
    flow = max_flow.SimpleMaxFlow()
    flow.add_arcs_with_capacity(
        np.full(students, source, dtype=np.int32), everyone, np.ones(students, dtype=np.int64)
    )
    flow.add_arcs_with_capacity(
        problem.student, (problem.bin + students).astype(np.int32), np.ones(len(problem.bin), dtype=np.int64)
    )
    flow.add_arcs_with_capacity(
        np.arange(students, students + bins, dtype=np.int32),
        np.full(bins, sink, dtype=np.int32),
        np.minimum(problem.capacity, students),
    )
    if flow.solve(source, sink) != flow.OPTIMAL:
        raise SolverError("the maximum flow of students to seats did not end in an optimum")
    return int(flow.optimal_flow())


def _with_no_seat(problem: Transport, unplaced: int) -> tuple[_Plan, IntArray]:
    """Add bin 0, no seat, of exactly ``unplaced`` places, open to all but those who must be placed.

    Those who must be placed can be, beside as many others as ever: the sets of students that can have seats
    together form a matroid. Returns the plan and, per arc of the plan, the arc of the problem or -1.
    """
    students = len(problem.start) - 1
    extra = np.flatnonzero(~problem.must) if unplaced else np.empty(0, dtype=np.int64)
    student = np.concatenate((extra.astype(np.int32), problem.student))
    order = np.argsort(student, kind="stable")
    original = np.concatenate((np.full(len(extra), -1, dtype=np.int64), np.arange(len(problem.bin))))[order]
    bins = np.concatenate((np.zeros(len(extra), dtype=np.int32), problem.bin + np.int32(1)))[order]
    student = student[order]
    start = np.concatenate(([0], np.cumsum(np.bincount(student, minlength=students)))).astype(np.int64)
    capacity = np.concatenate(([unplaced], np.minimum(problem.capacity, students))).astype(np.int64)
    forced = np.zeros(len(capacity), dtype=np.bool_)
    forced[0] = True
    return _Plan(start, student, bins, capacity, np.ones(len(bins), dtype=np.bool_), forced), original


def _stages(problem: Transport) -> list[list[IntArray]]:
    """Join as many aims, one after the other, as fit into one exact cost; usually all."""
    bins = len(problem.capacity)
    stages: list[list[IntArray]] = [[]]
    for aim in problem.aims:
        if stages[-1] and _largest_joint_cost([*stages[-1], aim], bins=bins) * (bins + 3) >= COST_LIMIT:
            stages.append([])
        stages[-1].append(aim)
    return stages


def _light_cost(aims: Sequence[IntArray]) -> IntArray:
    """Return one cost in which each aim outweighs a few of the next one's worst arcs."""
    cost = np.zeros(len(aims[0]), dtype=np.int64)
    weight = 1
    for aim in reversed(aims):
        cost += weight * aim
        weight = LIGHT * int(cost.max(initial=0)) + 1
    return cost


def _weights(aims: Sequence[IntArray], *, bins: int) -> list[int]:
    """Return a weight per aim such that any gain in it outweighs all losses below it along one cycle."""
    weights: list[int] = []
    below = 0
    for aim in reversed(aims):
        weight = (bins + 3) * below + 1
        weights.append(weight)
        below += weight * int(aim.max(initial=0))
    return weights[::-1]


def _largest_joint_cost(aims: Sequence[IntArray], *, bins: int) -> int:
    return sum(
        weight * int(aim.max(initial=0)) for weight, aim in zip(_weights(aims, bins=bins), aims, strict=True)
    )


def _joint_cost(aims: Sequence[IntArray], *, bins: int) -> IntArray:
    return sum(
        (aim * weight for weight, aim in zip(_weights(aims, bins=bins), aims, strict=True)),
        start=np.zeros(len(aims[0]), dtype=np.int64),
    )


def _solve_stage(plan: _Plan, cost: IntArray) -> bool:
    """Find a least-cost way to send everyone over the open arcs, by OR-Tools min-cost flow; False: there is none."""
    students, bins = len(plan.start) - 1, len(plan.capacity)
    arcs = np.flatnonzero(plan.open)
    sink = students + bins
    floating = np.flatnonzero(~plan.forced)
    supply = np.concatenate((np.ones(students, dtype=np.int64), np.zeros(bins + 1, dtype=np.int64)))
    supply[students + np.flatnonzero(plan.forced)] = -plan.capacity[plan.forced]
    supply[sink] = -supply.sum()
    flow = min_cost_flow.SimpleMinCostFlow()
    flow.add_arcs_with_capacity_and_unit_cost(
        plan.student[arcs],
        (plan.bin[arcs] + students).astype(np.int32),
        np.ones(len(arcs), dtype=np.int64),
        cost[arcs],
    )
    flow.add_arcs_with_capacity_and_unit_cost(
        (floating + students).astype(np.int32),
        np.full(len(floating), sink, dtype=np.int32),
        plan.capacity[floating],
        np.zeros(len(floating), dtype=np.int64),
    )
    flow.set_nodes_supplies(np.arange(students + bins + 1, dtype=np.int32), supply)
    status = flow.solve()
    if status == flow.INFEASIBLE:
        return False
    if status != flow.OPTIMAL:
        raise SolverError(f"the minimum-cost flow of students to seats ended with {status.name}")
    taken = arcs[flow.flows(np.arange(len(arcs), dtype=np.int32)) == 1]
    plan.chosen = np.empty(students, dtype=np.int64)
    plan.chosen[plan.student[taken]] = taken
    return True


def _improve_by_exchanges(plan: _Plan, cost: IntArray) -> None:
    """Carry out cycles of exchanges between bins as long as one lowers the cost."""
    bins = len(plan.capacity)
    exchange = np.full((bins + 1, bins + 1), FAR, dtype=np.int64)
    exchange[:bins, :bins] = exchange_costs(
        plan.start, plan.student, plan.bin, plan.open, cost, plan.chosen, bins
    )
    _cancel_cycles(plan.start, plan.bin, plan.open, cost, plan.chosen, plan.capacity, plan.forced, exchange)


@njit(cache=True)
def _cancel_cycles(start, bin, open_arcs, cost, chosen, capacity, forced, exchange):
    """Change ``chosen`` along improving cycles; the last node of ``exchange`` stands for an empty place."""
    bins = len(capacity)
    load = np.zeros(bins, dtype=np.int64)
    for one in range(len(chosen)):
        load[bin[chosen[one]]] += 1
    movers = np.empty(bins + 1, dtype=np.int64)
    arcs = np.empty(bins + 1, dtype=np.int64)
    while True:
        for b in range(bins):
            exchange[b, bins] = 0 if not forced[b] and load[b] < capacity[b] else FAR
            exchange[bins, b] = 0 if not forced[b] and load[b] > 0 else FAR
        cycle = _improving_cycle(exchange)
        if not len(cycle):
            return
        for step in range(len(cycle)):
            here, there = cycle[step], cycle[(step + 1) % len(cycle)]
            movers[step] = -1
            if here < bins and there < bins:
                movers[step], arcs[step] = _cheapest_move(start, bin, open_arcs, cost, chosen, here, there)
        for step in range(len(cycle)):
            if movers[step] >= 0:
                load[bin[chosen[movers[step]]]] -= 1
                load[bin[arcs[step]]] += 1
                chosen[movers[step]] = arcs[step]
        for step in range(len(cycle)):
            if cycle[step] < bins:
                _refresh_exchange(start, bin, open_arcs, cost, chosen, exchange, cycle[step])


@njit(cache=True)
def _improving_cycle(exchange: IntArray) -> IntArray:
    """Return the nodes of a cycle of negative cost, in order; none where there is no such cycle."""
    count = len(exchange)
    price = np.zeros(count, dtype=np.int64)
    before = np.full(count, -1, dtype=np.int64)
    last = -1
    for _ in range(count + 1):
        last = -1
        for a in range(count):
            for b in range(count):
                if exchange[a, b] < FAR and price[a] + exchange[a, b] < price[b]:
                    price[b] = price[a] + exchange[a, b]
                    before[b] = a
                    last = b
        if last < 0:
            return np.empty(0, dtype=np.int64)
    for _ in range(count):
        last = before[last]
    cycle = np.empty(count, dtype=np.int64)
    length = 0
    at = last
    while length == 0 or at != last:
        cycle[length] = at
        length += 1
        at = before[at]
    return cycle[:length][::-1].copy()


@njit(cache=True)
def _cheapest_move(start, bin, open_arcs, cost, chosen, here, there):
    """Return the student, and the arc, that goes from one bin to another at the least cost."""
    mover, taken, lowest = -1, -1, FAR
    for one in range(len(chosen)):
        if bin[chosen[one]] != here:
            continue
        for arc in range(start[one], start[one + 1]):
            if open_arcs[arc] and bin[arc] == there and cost[arc] - cost[chosen[one]] < lowest:
                mover, taken, lowest = one, arc, cost[arc] - cost[chosen[one]]
    return mover, taken


@njit(cache=True)
def _refresh_exchange(start, bin, open_arcs, cost, chosen, exchange, here):
    """Work out the least cost of moving one student from a bin to each other."""
    exchange[here, : len(exchange) - 1] = FAR
    for one in range(len(chosen)):
        if bin[chosen[one]] != here:
            continue
        for arc in range(start[one], start[one + 1]):
            if open_arcs[arc]:
                change = cost[arc] - cost[chosen[one]]
                exchange[here, bin[arc]] = min(exchange[here, bin[arc]], change)


def _keep_optimal_face(plan: _Plan, cost: IntArray) -> None:
    """Close every arc that no answer of the same cost uses, and force the bins that all of them fill."""
    exchange = exchange_costs(
        plan.start, plan.student, plan.bin, plan.open, cost, plan.chosen, len(plan.capacity)
    )
    load = np.bincount(plan.bin[plan.chosen], minlength=len(plan.capacity))
    price, sink_price = bin_prices(exchange, load, plan.capacity, plan.forced)
    here = plan.chosen[plan.student]
    reduced = cost - cost[here] + price[plan.bin[here]] - price[plan.bin]
    plan.open &= reduced == 0
    slack = price - sink_price
    plan.capacity = np.where(~plan.forced & (load == 0) & (slack > 0), 0, plan.capacity)
    plan.forced = plan.forced | ((load == plan.capacity) & (slack != 0))


@njit(cache=True)
def exchange_costs(
    start: IntArray,
    student: SmallIntArray,
    bin: SmallIntArray,
    open_arcs: BoolArray,
    cost: IntArray,
    chosen: IntArray,
    bins: int,
) -> IntArray:
    """Return, for each pair of bins, the least cost of moving one student from the first to the second.

    Shape (bins, bins); ``FAR`` where nobody in the first may go to the second.
    """
    exchange = np.full((bins, bins), FAR, dtype=np.int64)
    for one in range(len(start) - 1):
        here = bin[chosen[one]]
        for arc in range(start[one], start[one + 1]):
            if open_arcs[arc]:
                change = cost[arc] - cost[chosen[one]]
                exchange[here, bin[arc]] = min(exchange[here, bin[arc]], change)
    return exchange


def bin_prices(
    exchange: IntArray, load: IntArray, capacity: IntArray, forced: BoolArray
) -> tuple[IntArray, int]:
    """Return the price of a place in each bin and of an empty place, from the exchanges of an optimal answer.

    Bellman-Ford from all bins at once: ``price[b] <= price[a] + exchange[a, b]`` for every exchange.

    Raises:
        SolverError: a cycle of exchanges lowers the cost, so that the answer was not optimal.
    """
    price = np.zeros(len(load), dtype=np.int64)
    empty = 0
    fills = ~forced & (load < capacity)
    empties = ~forced & (load > 0)
    for _ in range(len(load) + 2):
        lower = np.minimum(price, relax(price, exchange))
        lower[empties] = np.minimum(lower[empties], empty)
        lower_empty = min(empty, int(lower[fills].min(initial=empty)))
        if lower_empty == empty and np.array_equal(lower, price):
            return price, empty
        price, empty = lower, lower_empty
    raise SolverError("the answer of the minimum-cost flow can be improved by exchanges")


@njit(cache=True)
def relax(price: IntArray, exchange: IntArray) -> IntArray:
    """Return the least ``price[a] + exchange[a, b]`` for each ``b``."""
    lowest = np.full(len(price), FAR, dtype=np.int64)
    for a in range(len(price)):
        for b in range(len(price)):
            if exchange[a, b] < FAR:
                lowest[b] = min(lowest[b], price[a] + exchange[a, b])
    return lowest


def shorten_longest_trip(
    start: IntArray,
    student: SmallIntArray,
    bin: SmallIntArray,
    trip_s: IntArray,
    open_arcs: BoolArray,
    forced: BoolArray,
    capacity: IntArray,
    chosen: IntArray,
) -> IntArray:
    """Return an answer on the same optimal face whose longest trip is shortest.

    As long as everyone with the longest trip can be sent another way over open arcs that are shorter,
    forced bins staying full, they are; the first failure proves that the longest trip is needed.
    """
    while True:
        longest = int(trip_s[chosen].max(initial=0))
        if longest == 0:
            return chosen
        usable = open_arcs & (trip_s < longest)
        shorter = chosen.copy()
        if not _reroute(start, student, bin, usable, forced, capacity, shorter, trip_s[chosen] == longest):
            return chosen
        chosen = shorter


@njit(cache=True)
def _reroute(start, student, bin, usable, forced, capacity, chosen, moved):
    """Send the ``moved`` students over usable arcs by augmenting paths; False when one has no path.

    Changes ``chosen`` in place. Each bin keeps its old load as a debt to be refilled, except that places in bins
    that need not be full may be traded for empty places in others.
    """
    bins, students = len(capacity), len(start) - 1
    filled = np.zeros(bins, dtype=np.int64)
    debt = np.zeros(bins, dtype=np.int64)
    first = np.full(bins, -1, dtype=np.int64)
    following = np.full(students, -1, dtype=np.int64)
    previous = np.full(students, -1, dtype=np.int64)
    for one in range(students):
        here = bin[chosen[one]]
        filled[here] += 1
        if moved[one]:
            debt[here] += 1
            continue
        following[one] = first[here]
        if first[here] >= 0:
            previous[first[here]] = one
        first[here] = one
    queue = np.empty(bins, dtype=np.int64)
    way = np.empty(bins, dtype=np.int64)
    seen = np.empty(bins, dtype=np.bool_)
    for root in range(students):
        if not moved[root]:
            continue
        seen[:] = False
        traded_from = -1
        head, tail, goal = 0, 0, -1
        for arc in range(start[root], start[root + 1]):
            if usable[arc] and not seen[bin[arc]]:
                seen[bin[arc]] = True
                way[bin[arc]] = arc
                queue[tail] = bin[arc]
                tail += 1
        while head < tail:
            here = queue[head]
            head += 1
            if debt[here] > 0:
                goal = here
                break
            if traded_from < 0 and not forced[here] and filled[here] < capacity[here]:
                traded_from = here
                for other in range(bins):
                    if not seen[other] and not forced[other] and filled[other] > 0:
                        seen[other] = True
                        way[other] = -1
                        queue[tail] = other
                        tail += 1
            one = first[here]
            while one >= 0:
                for arc in range(start[one], start[one + 1]):
                    if usable[arc] and not seen[bin[arc]]:
                        seen[bin[arc]] = True
                        way[bin[arc]] = arc
                        queue[tail] = bin[arc]
                        tail += 1
                one = following[one]
        if goal < 0:
            return False
        debt[goal] -= 1
        here = goal
        while True:
            arc = way[here]
            if arc < 0:
                filled[here] -= 1
                filled[traded_from] += 1
                here = traded_from
                continue
            one = student[arc]
            left = bin[chosen[one]]
            if one != root:
                if previous[one] >= 0:
                    following[previous[one]] = following[one]
                else:
                    first[left] = following[one]
                if following[one] >= 0:
                    previous[following[one]] = previous[one]
            chosen[one] = arc
            previous[one] = -1
            following[one] = first[here]
            if first[here] >= 0:
                previous[first[here]] = one
            first[here] = one
            if one == root:
                break
            here = left
    return True
