"""A customizable contraction hierarchy: an order of the nodes, the shortcuts it needs, and their costs.

The order and the shortcuts depend on the streets alone and are made once per network; costs of any profile or
speed table are filled in within a fraction of a second. Answers are exact for every order; a good one is only fast.

Source: Dibbelt, Strasser, Wagner (2016), Customizable Contraction Hierarchies, ACM J. Exp. Algorithmics 21, 1.5.
"""

from dataclasses import dataclass
from functools import cached_property

import numba
import numpy as np
import numpy.typing as npt
import pymetis

from gis.coordinates import IntArray
from gis.search.graph import ProfileGraph


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """Nodes by rank and the upward arcs of the chordal supergraph; both directions share one topology.

    Ranks go from 0 (contracted first) upwards. Rank v owns the arcs ``first[v]`` to ``first[v + 1]``, which lead to
    the higher ranks ``head``, ascending; the lowest of them is v's parent in the elimination tree.
    """

    rank: npt.NDArray[np.int32]
    """Rank of each node, -1 for nodes without any arc."""
    first: IntArray
    head: npt.NDArray[np.int32]

    @property
    def rank_count(self) -> int:
        """Number of ranked nodes."""
        return len(self.first) - 1

    @cached_property
    def parent(self) -> npt.NDArray[np.int32]:
        """Parent of each rank in the elimination tree, -1 at roots."""
        has_parent = np.diff(self.first) > 0
        parent = np.full(self.rank_count, -1, dtype=np.int32)
        parent[has_parent] = self.head[self.first[:-1][has_parent]]
        return parent


def build_hierarchy(node_count: int, tail: npt.NDArray[np.int32], head: npt.NDArray[np.int32]) -> Hierarchy:
    """Order the nodes of a graph by nested dissection and add the shortcuts that the order needs."""
    used = np.unique(np.concatenate((tail, head)))
    number = np.full(node_count, -1, dtype=np.int32)
    number[used] = np.arange(len(used))
    order = _dissect(len(used), number[tail], number[head])
    rank = np.full(node_count, -1, dtype=np.int32)
    rank[used[order]] = np.arange(len(used))
    low = np.minimum(rank[tail], rank[head]).astype(np.int64)
    high = np.maximum(rank[tail], rank[head]).astype(np.int64)
    pairs = np.unique(low * len(used) + high)
    low, high = pairs // len(used), pairs % len(used)
    first = np.concatenate(([0], np.cumsum(np.bincount(low, minlength=len(used)))))
    return Hierarchy(rank, *_chordal(first.astype(np.int64), high.astype(np.int32)))


def _dissect(count: int, tail: npt.NDArray[np.int32], head: npt.NDArray[np.int32]) -> IntArray:
    """Return the nodes in the order of contraction, separators last."""
    both = np.unique(
        np.concatenate((tail.astype(np.int64) * count + head, head.astype(np.int64) * count + tail))
    )
    from_node, to_node = both // count, both % count
    proper = from_node != to_node
    from_node, to_node = from_node[proper], to_node[proper]
    first = np.concatenate(([0], np.cumsum(np.bincount(from_node, minlength=count))))
    order, _ = pymetis.nested_dissection(pymetis.CSRAdjacency(first, to_node))
    return np.asarray(order, dtype=np.int64)


@numba.njit(cache=True)
def _chordal(first, head):
    """Return the upward arcs after contracting in order: a node passes its higher neighbours to its parent."""
    count = len(first) - 1
    pool = np.empty(len(head) * 4 + 64, dtype=np.int32)
    begin = np.zeros(count + 1, dtype=np.int64)
    first_child = np.full(count, -1, dtype=np.int32)
    next_child = np.full(count, -1, dtype=np.int32)
    seen = np.full(count, -1, dtype=np.int32)
    gathered = np.empty(count, dtype=np.int32)
    used = 0
    for node in range(count):
        found = 0
        seen[node] = node
        for arc in range(first[node], first[node + 1]):
            if seen[head[arc]] != node:
                seen[head[arc]] = node
                gathered[found] = head[arc]
                found += 1
        child = first_child[node]
        while child >= 0:
            for arc in range(begin[child], begin[child + 1]):
                if seen[pool[arc]] != node:
                    seen[pool[arc]] = node
                    gathered[found] = pool[arc]
                    found += 1
            child = next_child[child]
        if used + found > len(pool):
            larger = np.empty(2 * len(pool) + found, dtype=np.int32)
            larger[:used] = pool[:used]
            pool = larger
        pool[used : used + found] = np.sort(gathered[:found])
        if found > 0:
            parent = pool[used]
            next_child[node] = first_child[parent]
            first_child[parent] = node
        used += found
        begin[node + 1] = used
    return begin, pool[:used].copy()


@dataclass(frozen=True, eq=False)
class Customized:
    """A hierarchy with the costs of one profile, all arrays of one integer type.

    ``up_*`` lead from a rank to higher ranks in the direction of travel reversed (cost from the higher one down),
    ``down_*`` hold the cost from a rank up to a higher one; each only with the arcs that a shortest path may need.
    """

    far: int
    up_first: IntArray
    up_head: npt.NDArray[np.int32]
    up_cost: npt.NDArray[np.int64] | npt.NDArray[np.int32]
    down_first: IntArray
    down_head: npt.NDArray[np.int32]
    down_cost: npt.NDArray[np.int64] | npt.NDArray[np.int32]


def customize(
    hierarchy: Hierarchy, graph: ProfileGraph, cost: npt.NDArray[np.int64] | npt.NDArray[np.int32], far: int
) -> Customized:
    """Fill the arcs of a hierarchy with costs.

    Args:
        cost: one per arc of ``graph``, of the integer type to compute in.
        far: a value of that type above every cost, so that far plus any cost does not overflow.
    """
    to_higher = np.full(len(hierarchy.head), far, dtype=cost.dtype)
    to_lower = to_higher.copy()
    _lay_arcs(
        hierarchy.first,
        hierarchy.head,
        to_higher,
        to_lower,
        hierarchy.rank[graph.tail],
        hierarchy.rank[graph.head],
        cost,
    )
    _relax_upwards(hierarchy.first, hierarchy.head, to_higher, to_lower, far)
    keep_higher, keep_lower = _perfect(hierarchy.first, hierarchy.head, to_higher, to_lower, far)
    owner = np.repeat(np.arange(hierarchy.rank_count), np.diff(hierarchy.first))

    def kept(keep, values):
        counts = np.bincount(owner[keep], minlength=hierarchy.rank_count)
        first = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
        return first, hierarchy.head[keep], values[keep]

    return Customized(far, *kept(keep_lower, to_lower), *kept(keep_higher, to_higher))


@numba.njit(cache=True)
def _arc(first, head, low, high):
    """Return the position of the arc between two ranks by bisection."""
    begin, end = first[low], first[low + 1]
    while begin < end:
        middle = (begin + end) >> 1
        if head[middle] < high:
            begin = middle + 1
        else:
            end = middle
    return begin


@numba.njit(cache=True)
def _lay_arcs(first, head, to_higher, to_lower, tail_rank, head_rank, cost):
    """Put the graph's own costs onto the hierarchy, the least of parallel arcs."""
    for i in range(len(cost)):
        if tail_rank[i] < head_rank[i]:
            arc = _arc(first, head, tail_rank[i], head_rank[i])
            to_higher[arc] = min(to_higher[arc], cost[i])
        elif head_rank[i] < tail_rank[i]:
            arc = _arc(first, head, head_rank[i], tail_rank[i])
            to_lower[arc] = min(to_lower[arc], cost[i])


@numba.njit(cache=True)
def _relax_upwards(first, head, to_higher, to_lower, far):
    """Give every shortcut the least cost over a lower node, from the lowest node up."""
    for node in range(len(first) - 1):
        for i in range(first[node], first[node + 1]):
            arc = first[head[i]]
            for j in range(i + 1, first[node + 1]):
                while head[arc] != head[j]:
                    arc += 1
                if to_lower[i] < far and to_higher[j] < far:
                    to_higher[arc] = min(to_higher[arc], to_lower[i] + to_higher[j])
                if to_lower[j] < far and to_higher[i] < far:
                    to_lower[arc] = min(to_lower[arc], to_lower[j] + to_higher[i])


@numba.njit(cache=True)
def _perfect(first, head, to_higher, to_lower, far):
    """Shorten arcs over higher nodes, from the highest node down; an arc that was shortened is never needed."""
    keep_higher = to_higher < far
    keep_lower = to_lower < far
    for node in range(len(first) - 2, -1, -1):
        for i in range(first[node], first[node + 1]):
            arc = first[head[i]]
            for j in range(i + 1, first[node + 1]):
                while head[arc] != head[j]:
                    arc += 1
                if (
                    to_higher[i] < far
                    and to_higher[arc] < far
                    and to_higher[i] + to_higher[arc] < to_higher[j]
                ):
                    to_higher[j] = to_higher[i] + to_higher[arc]
                    keep_higher[j] = False
                if to_higher[j] < far and to_lower[arc] < far and to_higher[j] + to_lower[arc] < to_higher[i]:
                    to_higher[i] = to_higher[j] + to_lower[arc]
                    keep_higher[i] = False
                if to_lower[i] < far and to_lower[arc] < far and to_lower[arc] + to_lower[i] < to_lower[j]:
                    to_lower[j] = to_lower[arc] + to_lower[i]
                    keep_lower[j] = False
                if to_lower[j] < far and to_higher[arc] < far and to_higher[arc] + to_lower[j] < to_lower[i]:
                    to_lower[i] = to_higher[arc] + to_lower[j]
                    keep_lower[i] = False
    return keep_higher, keep_lower
