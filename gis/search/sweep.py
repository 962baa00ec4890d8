"""Sweeps over a customized hierarchy: from every node to a batch of schools at once, and labels for one home.

Source: Delling, Goldberg, Nowatzyk, Werneck (2013), PHAST: Hardware-accelerated shortest path trees, J. Parallel
Distrib. Comput. 73, 940-952; the walk up the elimination tree is of Dibbelt et al. (see ``hierarchy``).
"""

from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt

from gis.coordinates import IntArray
from gis.search.hierarchy import Customized, Hierarchy


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
