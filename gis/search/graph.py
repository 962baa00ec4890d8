"""The graph of one profile, and a cost that compares time first and length second.

A cost is one 64-bit integer: milliseconds in the upper 32 bits, millimetres in the lower. Costs add like
integers, and the smaller cost is the faster path, or the shorter of equally fast ones. Sums stay below 24 days and
4,294 km, which no way to school reaches.
"""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from gis.coordinates import IntArray
from gis.network.access import BACKWARD, FORWARD
from gis.network.network import Network, profile_index

Whole = TypeVar("Whole", int, IntArray)
"""One whole number, or an array of them."""

UNREACHABLE = np.int64(1 << 61)
"""More than any cost; two of them still add up without overflow."""

MM_BITS = 32
MM_MASK = (1 << MM_BITS) - 1


def pack(ms: IntArray, mm: IntArray) -> IntArray:
    """Return costs from milliseconds and millimetres."""
    return (np.asarray(ms, dtype=np.int64) << MM_BITS) + np.asarray(mm, dtype=np.int64)


def unpack(cost: Whole) -> tuple[Whole, Whole]:
    """Return milliseconds and millimetres of costs."""
    return cost >> MM_BITS, cost & MM_MASK


def rounded(thousandths: Whole) -> Whole:
    """Return whole units from thousandths, rounded half up: the one rounding of the product."""
    return (thousandths + 500) // 1000


@dataclass(frozen=True, eq=False)
class ProfileGraph:
    """Directed arcs between junctions of a profile's kept components."""

    node_count: int
    tail: npt.NDArray[np.int32]
    head: npt.NDArray[np.int32]
    cost: IntArray
    edge: npt.NDArray[np.int32]
    """The edge of each arc."""

    @classmethod
    def of(cls, network: Network, profile: str) -> "ProfileGraph":
        """Return the arcs that the profile may take, forward arcs of all edges first, loops left out."""
        row = profile_index(profile)
        usable = network.kept[row] & (network.edge_from != network.edge_to)
        forward = np.flatnonzero(usable & ((network.directions[row] & FORWARD) > 0))
        backward = np.flatnonzero(usable & ((network.directions[row] & BACKWARD) > 0))
        edges = np.concatenate((forward, backward)).astype(np.int32)
        cost = pack(network.edge_ms[row], network.edge_mm)
        return cls(
            node_count=network.junction_count,
            tail=np.concatenate((network.edge_from[forward], network.edge_to[backward])),
            head=np.concatenate((network.edge_to[forward], network.edge_from[backward])),
            cost=cost[edges],
            edge=edges,
        )

    def outgoing(self, *, backwards: bool = False) -> "Arcs":
        """Return the arcs grouped by the node they leave; backwards by the node they enter."""
        tail, head = (self.head, self.tail) if backwards else (self.tail, self.head)
        order = np.lexsort((self.cost, head, tail))
        first = np.concatenate(([0], np.cumsum(np.bincount(tail, minlength=self.node_count))))
        return Arcs(first.astype(np.int64), head[order], self.cost[order], order)


@dataclass(frozen=True, eq=False)
class Arcs:
    """Adjacency: node n owns the arcs ``first[n]`` to ``first[n + 1]``."""

    first: IntArray
    head: npt.NDArray[np.int32]
    cost: IntArray
    arc: IntArray
    """Number of each arc in the graph it comes from."""
