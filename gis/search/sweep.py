"""Sweeps over a customized hierarchy: from every node to a batch of schools at once, and labels for one home.

All compiled kernels that call one another stand in this one file, because the compiler's cache watches the file of
the caller only.

Source: Delling, Goldberg, Nowatzyk, Werneck (2013), PHAST: Hardware-accelerated shortest path trees, J. Parallel
Distrib. Comput. 73, 940-952; the walk up the elimination tree is of Dibbelt et al. (see ``hierarchy``).
"""

from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt

from gis.coordinates import IntArray
from gis.network.access import BACKWARD, FORWARD
from gis.search.graph import MM_BITS, UNREACHABLE
from gis.search.hierarchy import Customized, Hierarchy

FAR = int(UNREACHABLE)
FAR_MS = 1 << 30
"""Unreachable, in 32-bit milliseconds."""

LANES = 16
"""Schools searched in one sweep, in 32 bits; half as many in 64."""

NO_WAY_S = 65535
"""Entry of a seconds table for a pair without a way."""


@numba.njit(cache=True)
def climb(parent, up_first, up_head, up_cost, seed, lane, reached, far):
    """Carry one seed's cost up the elimination tree, from each node to its higher neighbours."""
    node = seed
    while node >= 0:
        here = reached[node, lane]
        if here < far:
            for arc in range(up_first[node], up_first[node + 1]):
                there = here + up_cost[arc]
                if there < reached[up_head[arc], lane]:
                    reached[up_head[arc], lane] = there
        node = parent[node]


@numba.njit(cache=True)
def sweep_down(down_first, down_head, down_cost, reached):
    """Give every node the best cost over its higher neighbours, from the highest node down, in all lanes."""
    lanes = reached.shape[1]
    for node in range(len(down_first) - 2, -1, -1):
        row = reached[node]
        for arc in range(down_first[node], down_first[node + 1]):
            cost = down_cost[arc]
            above = reached[down_head[arc]]
            for lane in range(lanes):
                there = above[lane] + cost
                if there < row[lane]:
                    row[lane] = there


@numba.njit(cache=True)
def search_batch(
    parent, up_first, up_head, up_cost, down_first, down_head, down_cost, seeds, seed_costs, reached, far
):
    """Fill ``reached`` (rank by lane) with the cost from every rank to the seeds of each lane."""
    reached[:] = far
    for lane in range(len(seeds)):
        for i in range(seeds.shape[1]):
            seed = seeds[lane, i]
            if seed >= 0 and seed_costs[lane, i] < reached[seed, lane]:
                reached[seed, lane] = seed_costs[lane, i]
                climb(parent, up_first, up_head, up_cost, seed, lane, reached, far)
    sweep_down(down_first, down_head, down_cost, reached)


def arrays_of(hierarchy: Hierarchy, customized: Customized) -> tuple[npt.NDArray, ...]:
    """Return the arrays that the kernels take first."""
    return (
        hierarchy.parent,
        customized.up_first,
        customized.up_head,
        customized.up_cost,
        customized.down_first,
        customized.down_head,
        customized.down_cost,
    )


@dataclass(frozen=True, eq=False)
class Labels:
    """For each of a set of schools, the ranks above it and the cost from each of them to the school.

    School j owns the entries ``first[j]`` to ``first[j + 1]``.
    """

    first: IntArray
    rank: npt.NDArray[np.int32]
    cost: IntArray


def label(
    hierarchy: Hierarchy, customized: Customized, seeds: npt.NDArray[np.int32], seed_costs: IntArray
) -> Labels:
    """Return the labels of schools, each given by its two seeds with the cost from there."""
    first = np.zeros(len(seeds) + 1, dtype=np.int64)
    rank, cost = _label(
        hierarchy.parent,
        customized.up_first,
        customized.up_head,
        customized.up_cost,
        seeds,
        seed_costs,
        first,
        customized.far,
    )
    return Labels(first, rank, cost)


@numba.njit(cache=True)
def _label(parent, up_first, up_head, up_cost, seeds, seed_costs, first, far):
    """Climb from each school's seeds and write down what was reached."""
    reached = np.full((len(parent), 1), far, dtype=np.int64)
    ranks = np.empty(1024, dtype=np.int32)
    costs = np.empty(1024, dtype=np.int64)
    used = 0
    for j in range(len(seeds)):
        for i in range(seeds.shape[1]):
            if seeds[j, i] >= 0 and seed_costs[j, i] < reached[seeds[j, i], 0]:
                reached[seeds[j, i], 0] = seed_costs[j, i]
                climb(parent, up_first, up_head, up_cost, seeds[j, i], 0, reached, far)
        for i in range(seeds.shape[1]):
            node = seeds[j, i]
            while node >= 0:
                if reached[node, 0] < far:
                    if used == len(ranks):
                        ranks = np.concatenate((ranks, np.empty_like(ranks)))
                        costs = np.concatenate((costs, np.empty_like(costs)))
                    ranks[used], costs[used] = node, reached[node, 0]
                    used += 1
                    reached[node, 0] = far
                node = parent[node]
        first[j + 1] = used
    return ranks[:used].copy(), costs[:used].copy()


@numba.njit(cache=True)
def meet_labels(parent, down_first, down_head, down_cost, seeds, seed_costs, first, rank, cost, scratch, far):
    """Return the least cost from one home's seeds to every labelled school.

    Args:
        scratch: one value per rank, all far; left all far again.
    """
    for i in range(len(seeds)):
        node = seeds[i]
        if node < 0 or seed_costs[i] >= scratch[node]:
            continue
        scratch[node] = seed_costs[i]
        while node >= 0:
            if scratch[node] < far:
                for arc in range(down_first[node], down_first[node + 1]):
                    there = scratch[node] + down_cost[arc]
                    if there < scratch[down_head[arc]]:
                        scratch[down_head[arc]] = there
            node = parent[node]
    out = np.full(len(first) - 1, far, dtype=np.int64)
    for j in range(len(out)):
        best = far
        for entry in range(first[j], first[j + 1]):
            there = scratch[rank[entry]] + cost[entry]
            if there < best:
                best = there
        out[j] = best
    for i in range(len(seeds)):
        node = seeds[i]
        while node >= 0:
            scratch[node] = far
            node = parent[node]
    return out


@numba.njit(cache=True)
def direct_cost(from_along, to_along, directions):
    """Cost of staying on one edge between two positions, or far when the direction is not legal."""
    best = FAR
    if to_along >= from_along and (directions & FORWARD or to_along == from_along):
        best = to_along - from_along
    if from_along >= to_along and directions & BACKWARD:
        best = min(best, from_along - to_along)
    return best


@numba.njit(cache=True, parallel=True)
def join_pairs(
    parent,
    up_first,
    up_head,
    up_cost,
    down_first,
    down_head,
    down_cost,
    asked,
    first,
    origin_index,
    points,
    edge,
    along,
    directions,
    straight,
    seeds,
    leave,
    to_points,
    to_edge,
    to_along,
    to_directions,
    to_straight,
    to_seeds,
    arrive,
    costs,
):
    """Search batches of destinations in parallel and join the asked origins to each."""
    lanes = LANES // 2
    batches = (len(asked) + lanes - 1) // lanes
    for batch in numba.prange(batches):
        chosen = asked[batch * lanes : (batch + 1) * lanes]
        reached = np.empty((len(parent), len(chosen)), dtype=np.int64)
        search_batch(
            parent,
            up_first,
            up_head,
            up_cost,
            down_first,
            down_head,
            down_cost,
            to_seeds[chosen],
            arrive[chosen],
            reached,
            FAR,
        )
        for lane in range(len(chosen)):
            to = chosen[lane]
            if to_edge[to] < 0:
                continue
            for pair in range(first[to], first[to + 1]):
                home = origin_index[pair]
                if edge[home] < 0:
                    continue
                if points[home, 0] == to_points[to, 0] and points[home, 1] == to_points[to, 1]:
                    costs[pair] = 0
                    continue
                best = FAR
                for end in range(2):
                    rank = seeds[home, end]
                    if rank >= 0:
                        best = min(best, leave[home, end] + reached[rank, lane])
                if edge[home] == to_edge[to]:
                    best = min(best, direct_cost(along[home], to_along[to], to_directions[to]))
                if best < FAR:
                    costs[pair] = best + straight[home] + to_straight[to]


@numba.njit(cache=True)
def finish_one(
    reached,
    point,
    from_edge,
    from_along,
    from_directions,
    from_straight,
    points,
    edge,
    along,
    straight,
):
    """Turn costs between edge ends into costs from one origin to destinations, in place."""
    for k in range(len(edge)):
        if from_edge < 0 or edge[k] < 0:
            reached[k] = FAR
            continue
        if points[k, 0] == point[0] and points[k, 1] == point[1]:
            reached[k] = 0
            continue
        best = reached[k]
        if edge[k] == from_edge:
            best = min(best, direct_cost(from_along, along[k], from_directions))
        reached[k] = best + straight[k] + from_straight if best < FAR else FAR


@numba.njit(cache=True)
def _whole_seconds(ms):
    """Round milliseconds half up to seconds of a 16-bit table."""
    return min((ms + 500) // 1000, NO_WAY_S) if ms < FAR_MS else NO_WAY_S


@numba.njit(cache=True, parallel=True)
def sweep_seconds(
    parent,
    up_first,
    up_head,
    up_cost,
    down_first,
    down_head,
    down_cost,
    points,
    edge,
    along,
    directions,
    straight,
    seeds,
    leave,
    to_points,
    to_edge,
    to_along,
    to_directions,
    to_straight,
    to_seeds,
    arrive,
    by_edge,
    same_begin,
    same_end,
    table,
):
    """Sweep batches of destinations in parallel and write the seconds of all origins."""
    batches = (len(to_edge) + LANES - 1) // LANES
    homes = len(edge)
    leave_ms = np.empty((homes, 2), dtype=np.int32)
    rank_of = np.empty((homes, 2), dtype=np.int32)
    for home in numba.prange(homes):
        for end in range(2):
            usable = edge[home] >= 0 and seeds[home, end] >= 0 and leave[home, end] < FAR
            rank_of[home, end] = seeds[home, end] if usable else 0
            cost = leave[home, end] + straight[home] if usable else FAR
            leave_ms[home, end] = np.int32(cost >> MM_BITS) if usable else np.int32(FAR_MS)
    for batch in numba.prange(batches):
        begin = batch * LANES
        lanes = min(LANES, len(to_edge) - begin)
        reached = np.empty((len(parent), LANES), dtype=np.int32)
        arrive_ms = np.full((LANES, 2), FAR_MS, dtype=np.int32)
        ranks = np.full((LANES, 2), -1, dtype=np.int32)
        for lane in range(lanes):
            to = begin + lane
            for end in range(2):
                if to_edge[to] >= 0 and arrive[to, end] < FAR:
                    arrive_ms[lane, end] = np.int32((arrive[to, end] + to_straight[to]) >> MM_BITS)
                    ranks[lane, end] = to_seeds[to, end]
        search_batch(
            parent,
            up_first,
            up_head,
            up_cost,
            down_first,
            down_head,
            down_cost,
            ranks,
            arrive_ms,
            reached,
            np.int32(FAR_MS),
        )
        _write_seconds(reached, rank_of, leave_ms, table[begin : begin + lanes])
        for lane in range(lanes):
            to = begin + lane
            for i in range(same_begin[to], same_end[to]):
                home = by_edge[i]
                if edge[home] < 0:
                    continue
                if points[home, 0] == to_points[to, 0] and points[home, 1] == to_points[to, 1]:
                    table[to, home] = 0
                    continue
                direct = direct_cost(along[home], to_along[to], to_directions[to])
                if direct < FAR:
                    ms = (direct + straight[home] + to_straight[to]) >> MM_BITS
                    table[to, home] = min(table[to, home], _whole_seconds(ms))


@numba.njit(cache=True)
def _write_seconds(reached, rank_of, leave_ms, table):
    """Write the rounded seconds of every home and lane, a block of homes at a time so that writes stay in order."""
    block = 256
    homes, lanes = len(rank_of), len(table)
    seconds = np.empty((block, LANES), dtype=np.uint16)
    for begin in range(0, homes, block):
        end = min(begin + block, homes)
        for home in range(begin, end):
            first, last = reached[rank_of[home, 0]], reached[rank_of[home, 1]]
            first_ms, last_ms = leave_ms[home, 0], leave_ms[home, 1]
            for lane in range(LANES):
                ms = min(np.uint32(first[lane] + first_ms), np.uint32(last[lane] + last_ms))
                whole = np.uint32((ms + np.uint32(500)) // np.uint32(1000))
                seconds[home - begin, lane] = np.uint16(min(whole, np.uint32(NO_WAY_S)))
        for lane in range(lanes):
            for home in range(begin, end):
                table[lane, home] = seconds[home - begin, lane]
