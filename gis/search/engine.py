"""Fastest paths from many homes to many schools: one search per school on the reversed graph, never per home."""

from collections.abc import Iterator
from functools import cached_property

import numba
import numpy as np
import numpy.typing as npt

from gis.coordinates import IntArray
from gis.network.access import BACKWARD, FORWARD
from gis.network.network import Network
from gis.search.dijkstra import costs_to_all, costs_to_all_many
from gis.search.graph import UNREACHABLE, Arcs, ProfileGraph
from gis.search.meetings import Meetings

_FAR = int(UNREACHABLE)
BATCH = 16
"""Schools searched at once."""


class TravelEngine:
    """Answers costs between meetings of one network and profile. Made once per network and profile."""

    def __init__(self, network: Network, profile: str) -> None:
        """Take the profile's graph of a network."""
        self.network = network
        self.profile = profile

    @cached_property
    def graph(self) -> ProfileGraph:
        """Directed arcs of the profile."""
        return ProfileGraph.of(self.network, self.profile)

    @cached_property
    def _towards(self) -> Arcs:
        """Arcs reversed: searching them from a school gives the cost from every node to that school."""
        return self.graph.outgoing(backwards=True)

    @cached_property
    def _onwards(self) -> Arcs:
        """Arcs as they are driven."""
        return self.graph.outgoing()

    def pair_costs(
        self, origins: Meetings, destinations: Meetings, *, first: IntArray, origin_index: IntArray
    ) -> IntArray:
        """Return the cost of each pair of an origin with a destination, ``UNREACHABLE`` where there is no path.

        Args:
            first, origin_index: destination j is asked from the origins ``origin_index[first[j]:first[j + 1]]``.
        """
        costs = np.full(len(origin_index), UNREACHABLE, dtype=np.int64)
        wanted = np.flatnonzero(np.diff(first) > 0)
        for begin in range(0, len(wanted), BATCH):
            batch = wanted[begin : begin + BATCH]
            reached = costs_to_all_many(
                self._towards,
                destinations.junction[batch],
                destinations.arrive_cost[batch],
            )
            for row, destination in enumerate(batch):
                pairs = slice(first[destination], first[destination + 1])
                costs[pairs] = _join(
                    reached[row], *_columns(origins), *_row(destinations, destination), origin_index[pairs]
                )
        return costs

    def fill_table(self, origins: Meetings, destinations: Meetings, table: IntArray) -> Iterator[int]:
        """Fill a table of origins by destinations with costs, and yield how many destinations are done.

        Args:
            table: shape (origins, destinations), overwritten.
        """
        everyone = np.arange(len(origins), dtype=np.int64)
        for begin in range(0, len(destinations), BATCH):
            end = min(begin + BATCH, len(destinations))
            first = np.arange(end - begin + 1, dtype=np.int64) * len(origins)
            batch = destinations.subset(np.arange(begin, end))
            costs = self.pair_costs(origins, batch, first=first, origin_index=np.tile(everyone, end - begin))
            table[:, begin:end] = costs.reshape(end - begin, len(origins)).T
            yield end

    def costs_from(self, origins: Meetings, origin: int, destinations: Meetings) -> IntArray:
        """Return the cost from one origin to every destination: one search forward."""
        reached, _ = self.search_onwards(origins, origin)
        return _spread(reached, *_row(origins, origin), *_columns(destinations, arriving=True))

    def search_onwards(self, origins: Meetings, origin: int) -> tuple[IntArray, IntArray]:
        """Return costs from one origin's edge ends to all nodes, and arc positions, see ``arc_edges``."""
        return costs_to_all(self._onwards, origins.junction[origin], origins.leave_cost[origin])

    def arc_steps(self, positions: list[int]) -> list[tuple[int, bool]]:
        """Return the edge of each arc position of ``search_onwards`` and whether it is driven forward."""
        steps = []
        for position in positions:
            arc = int(self._onwards.arc[position])
            edge = int(self.graph.edge[arc])
            steps.append((edge, bool(self.graph.tail[arc] == self.network.edge_from[edge])))
        return steps

    def arc_tail(self, position: int) -> int:
        """Return the node that the arc at a position of ``search_onwards`` leaves."""
        return int(self.graph.tail[self._onwards.arc[position]])


def _columns(meetings: Meetings, *, arriving: bool = False) -> tuple[npt.NDArray, ...]:
    """Return the arrays the kernels read."""
    ends = meetings.arrive_cost if arriving else meetings.leave_cost
    return (
        meetings.points,
        meetings.edge,
        meetings.along_cost,
        meetings.directions,
        meetings.junction,
        ends,
        meetings.straight_cost,
    )


def _row(meetings: Meetings, index: int) -> tuple:
    """Return one point's part of the arrays the kernels read."""
    return (
        meetings.points[index],
        meetings.edge[index],
        meetings.along_cost[index],
        meetings.directions[index],
        meetings.straight_cost[index],
    )


@numba.njit(cache=True)
def direct_cost(from_along, to_along, directions):
    """Cost of staying on one edge between two positions, or far when the direction is not legal."""
    best = _FAR
    if to_along >= from_along and (directions & FORWARD or to_along == from_along):
        best = to_along - from_along
    if from_along >= to_along and directions & BACKWARD:
        best = min(best, from_along - to_along)
    return best


@numba.njit(cache=True, parallel=True)
def _join(
    reached,
    points,
    edge,
    along,
    directions,
    junction,
    leave,
    straight,
    to_point,
    to_edge,
    to_along,
    to_directions,
    to_straight,
    index,
):
    """Costs of many origins to one destination, given the cost of every node to its edge position."""
    out = np.full(len(index), _FAR, dtype=np.int64)
    for i in numba.prange(len(index)):
        k = index[i]
        if edge[k] < 0 or to_edge < 0:
            continue
        if points[k, 0] == to_point[0] and points[k, 1] == to_point[1]:
            out[i] = 0
            continue
        best = _FAR
        for end in range(2):
            if leave[k, end] < _FAR and reached[junction[k, end]] < _FAR:
                best = min(best, leave[k, end] + reached[junction[k, end]])
        if edge[k] == to_edge:
            best = min(best, direct_cost(along[k], to_along, to_directions))
        if best < _FAR:
            out[i] = best + straight[k] + to_straight
    return out


@numba.njit(cache=True)
def _spread(
    reached,
    from_point,
    from_edge,
    from_along,
    from_directions,
    from_straight,
    points,
    edge,
    along,
    directions,
    junction,
    arrive,
    straight,
):
    """Costs of one origin to many destinations, given the cost from its edge position to every node."""
    out = np.full(len(edge), _FAR, dtype=np.int64)
    for k in range(len(edge)):
        if edge[k] < 0 or from_edge < 0:
            continue
        if points[k, 0] == from_point[0] and points[k, 1] == from_point[1]:
            out[k] = 0
            continue
        best = _FAR
        for end in range(2):
            if arrive[k, end] < _FAR and reached[junction[k, end]] < _FAR:
                best = min(best, arrive[k, end] + reached[junction[k, end]])
        if edge[k] == from_edge:
            best = min(best, direct_cost(from_along, along[k], from_directions))
        if best < _FAR:
            out[k] = best + straight[k] + from_straight
    return out
