"""Dijkstra's search on integers: the plain engine, and the oracle for the faster one.

Source: Dijkstra (1959), A note on two problems in connexion with graphs, Numer. Math. 1, 269-271.
"""

import numba
import numpy as np
import numpy.typing as npt

from gis.coordinates import IntArray
from gis.search.graph import UNREACHABLE, Arcs

_FAR = int(UNREACHABLE)


@numba.njit(cache=True)
def _push(keys, nodes, size, key, node):
    """Add to a binary heap and return its new size."""
    at = size
    while at > 0:
        above = (at - 1) >> 1
        if keys[above] <= key:
            break
        keys[at], nodes[at] = keys[above], nodes[above]
        at = above
    keys[at], nodes[at] = key, node
    return size + 1


@numba.njit(cache=True)
def _drop_top(keys, nodes, size):
    """Remove the smallest of a binary heap and return its new size."""
    size -= 1
    key, node = keys[size], nodes[size]
    at = 0
    while True:
        below = 2 * at + 1
        if below >= size:
            break
        if below + 1 < size and keys[below + 1] < keys[below]:
            below += 1
        if keys[below] >= key:
            break
        keys[at], nodes[at] = keys[below], nodes[below]
        at = below
    keys[at], nodes[at] = key, node
    return size


@numba.njit(cache=True)
def _search(first, head, cost, seeds, seed_costs, found, via):
    """Fill ``found`` with the cost to every node and ``via`` with the arc it was reached by."""
    found[:] = _FAR
    via[:] = -1
    keys = np.empty(len(head) + len(seeds) + 1, dtype=np.int64)
    nodes = np.empty(len(head) + len(seeds) + 1, dtype=np.int32)
    size = 0
    for i in range(len(seeds)):
        if seed_costs[i] < found[seeds[i]]:
            found[seeds[i]] = seed_costs[i]
            size = _push(keys, nodes, size, seed_costs[i], seeds[i])
    while size > 0:
        key, node = keys[0], nodes[0]
        size = _drop_top(keys, nodes, size)
        if key > found[node]:
            continue
        for arc in range(first[node], first[node + 1]):
            reached = key + cost[arc]
            if reached < found[head[arc]]:
                found[head[arc]] = reached
                via[head[arc]] = arc
                size = _push(keys, nodes, size, reached, head[arc])


@numba.njit(cache=True, parallel=True)
def _search_each(first, head, cost, seeds, seed_costs, found):
    """Search once per row of ``seeds`` on all threads."""
    for row in numba.prange(len(seeds)):
        via = np.empty(found.shape[1], dtype=np.int64)
        _search(first, head, cost, seeds[row], seed_costs[row], found[row], via)


def costs_to_all(arcs: Arcs, seeds: npt.NDArray[np.int32], seed_costs: IntArray) -> tuple[IntArray, IntArray]:
    """Return the least cost from the seeds to every node, and the position in ``arcs`` it was reached by.

    Args:
        seeds: nodes to start from, each with the cost already spent there.

    Returns:
        Costs (``UNREACHABLE`` where there is no path) and arc positions (-1 at seeds and unreached nodes).
    """
    found = np.empty(len(arcs.first) - 1, dtype=np.int64)
    via = np.empty(len(arcs.first) - 1, dtype=np.int64)
    _search(arcs.first, arcs.head, arcs.cost, seeds, seed_costs, found, via)
    return found, via


def costs_to_all_many(arcs: Arcs, seeds: npt.NDArray[np.int32], seed_costs: IntArray) -> IntArray:
    """Search once per row of seeds; return costs of shape (rows, nodes)."""
    found = np.empty((len(seeds), len(arcs.first) - 1), dtype=np.int64)
    _search_each(arcs.first, arcs.head, arcs.cost, seeds, seed_costs, found)
    return found
