"""Fastest paths from many homes to many schools: one search per school, never per home.

Costs of pairs are (milliseconds, millimetres) in one integer; the full table is computed in milliseconds alone.
"""

from collections.abc import Iterator
from functools import cached_property, lru_cache

import numba
import numpy as np
import numpy.typing as npt

from gis.coordinates import IntArray
from gis.network.access import BACKWARD, FORWARD
from gis.network.network import Network
from gis.search.dijkstra import costs_to_all
from gis.search.graph import MM_BITS, UNREACHABLE, Arcs, ProfileGraph
from gis.search.hierarchy import Customized, Hierarchy, build_hierarchy, customize
from gis.search.meetings import Meetings
from gis.search.sweep import Labels, arrays_of, label, meet_labels, search_batch

_FAR = int(UNREACHABLE)
FAR_MS = 1 << 30
"""Unreachable, in 32-bit milliseconds."""

LANES = 16
"""Schools searched in one sweep, in 32 bits; half as many in 64."""

NO_WAY_S = 65535
"""Entry of a seconds table for a pair without a way."""


@lru_cache(maxsize=4)
def get_hierarchy(network: Network) -> Hierarchy:
    """Return the hierarchy of a network's streets, shared by all profiles."""
    used = network.kept.any(axis=0) & (network.edge_from != network.edge_to)
    return build_hierarchy(network.junction_count, network.edge_from[used], network.edge_to[used])


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
    def hierarchy(self) -> Hierarchy:
        """The order and shortcuts of the network."""
        return get_hierarchy(self.network)

    @cached_property
    def in_cost(self) -> Customized:
        """The hierarchy with costs of time and length."""
        return customize(self.hierarchy, self.graph, self.graph.cost, _FAR)

    @cached_property
    def in_ms(self) -> Customized:
        """The hierarchy with milliseconds only, in 32 bits."""
        return customize(self.hierarchy, self.graph, (self.graph.cost >> MM_BITS).astype(np.int32), FAR_MS)

    @cached_property
    def _onwards(self) -> Arcs:
        """Arcs as they are driven."""
        return self.graph.outgoing()

    def _seeds(self, meetings: Meetings) -> npt.NDArray[np.int32]:
        """Return the ranks of the two junctions of each meeting, -1 where the profile has no road there."""
        return self.hierarchy.rank[meetings.junction]

    def pair_costs(
        self, origins: Meetings, destinations: Meetings, *, first: IntArray, origin_index: IntArray
    ) -> IntArray:
        """Return the cost of each pair of an origin with a destination, ``UNREACHABLE`` where there is no path.

        Args:
            first, origin_index: destination j is asked from the origins ``origin_index[first[j]:first[j + 1]]``.
        """
        costs = np.full(len(origin_index), UNREACHABLE, dtype=np.int64)
        asked = np.flatnonzero(np.diff(first) > 0)
        _pair_costs(
            *arrays_of(self.hierarchy, self.in_cost),
            asked,
            first,
            origin_index,
            *_columns(origins, self._seeds(origins), origins.leave_cost),
            *_columns(destinations, self._seeds(destinations), destinations.arrive_cost),
            costs,
        )
        return costs

    def fill_table(self, origins: Meetings, destinations: Meetings, table: IntArray) -> Iterator[int]:
        """Fill a table of origins by destinations with costs, and yield how many destinations are done.

        Args:
            table: shape (origins, destinations), overwritten.
        """
        everyone = np.arange(len(origins), dtype=np.int64)
        for begin in range(0, len(destinations), LANES):
            end = min(begin + LANES, len(destinations))
            first = np.arange(end - begin + 1, dtype=np.int64) * len(origins)
            batch = destinations.subset(np.arange(begin, end))
            costs = self.pair_costs(origins, batch, first=first, origin_index=np.tile(everyone, end - begin))
            table[:, begin:end] = costs.reshape(end - begin, len(origins)).T
            yield end

    def seconds_table(self, origins: Meetings, destinations: Meetings) -> npt.NDArray[np.uint16]:
        """Return whole seconds of all pairs, shape (destinations, origins); ``NO_WAY_S`` where there is no way.

        Times of 18 hours or more are not told apart from no way.
        """
        table = np.empty((len(destinations), len(origins)), dtype=np.uint16)
        by_edge = np.argsort(origins.edge, kind="stable")
        _seconds_table(
            *arrays_of(self.hierarchy, self.in_ms),
            *_columns(origins, self._seeds(origins), origins.leave_cost),
            *_columns(destinations, self._seeds(destinations), destinations.arrive_cost),
            by_edge,
            np.searchsorted(origins.edge[by_edge], destinations.edge, side="left"),
            np.searchsorted(origins.edge[by_edge], destinations.edge, side="right"),
            table,
        )
        return table

    def label(self, destinations: Meetings) -> Labels:
        """Return the labels of a set of destinations, for asking single homes in a fraction of a millisecond."""
        return label(self.hierarchy, self.in_cost, self._seeds(destinations), destinations.arrive_cost)

    def costs_from(
        self, origins: Meetings, origin: int, destinations: Meetings, labels: Labels | None = None
    ) -> IntArray:
        """Return the cost from one origin to every destination."""
        labels = labels or self.label(destinations)
        reached = meet_labels(
            self.hierarchy.parent,
            self.in_cost.down_first,
            self.in_cost.down_head,
            self.in_cost.down_cost,
            self._seeds(origins)[origin],
            origins.leave_cost[origin],
            labels.first,
            labels.rank,
            labels.cost,
            self._scratch,
            _FAR,
        )
        _finish_one(
            reached,
            origins.points[origin],
            origins.edge[origin],
            origins.along_cost[origin],
            origins.directions[origin],
            origins.straight_cost[origin],
            destinations.points,
            destinations.edge,
            destinations.along_cost,
            destinations.straight_cost,
        )
        return reached

    @cached_property
    def _scratch(self) -> IntArray:
        """A value per rank, all far between questions."""
        return np.full(self.hierarchy.rank_count, _FAR, dtype=np.int64)

    def search_onwards(self, origins: Meetings, origin: int) -> tuple[IntArray, IntArray]:
        """Return costs from one origin's edge ends to all nodes, and arc positions, see ``arc_steps``."""
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


def _columns(meetings: Meetings, seeds: npt.NDArray[np.int32], ends: IntArray) -> tuple[npt.NDArray, ...]:
    """Return the arrays the kernels read of a set of points."""
    return (
        meetings.points,
        meetings.edge,
        meetings.along_cost,
        meetings.directions,
        meetings.straight_cost,
        seeds,
        ends,
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
def _pair_costs(
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
            _FAR,
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
                best = _FAR
                for end in range(2):
                    rank = seeds[home, end]
                    if rank >= 0:
                        best = min(best, leave[home, end] + reached[rank, lane])
                if edge[home] == to_edge[to]:
                    best = min(best, direct_cost(along[home], to_along[to], to_directions[to]))
                if best < _FAR:
                    costs[pair] = best + straight[home] + to_straight[to]


@numba.njit(cache=True)
def _finish_one(
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
            reached[k] = _FAR
            continue
        if points[k, 0] == point[0] and points[k, 1] == point[1]:
            reached[k] = 0
            continue
        best = reached[k]
        if edge[k] == from_edge:
            best = min(best, direct_cost(from_along, along[k], from_directions))
        reached[k] = best + straight[k] + from_straight if best < _FAR else _FAR


@numba.njit(cache=True)
def _whole_seconds(ms):
    """Round milliseconds half up to seconds of a 16-bit table."""
    return min((ms + 500) // 1000, NO_WAY_S) if ms < FAR_MS else NO_WAY_S


@numba.njit(cache=True, parallel=True)
def _seconds_table(
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
            usable = edge[home] >= 0 and seeds[home, end] >= 0 and leave[home, end] < _FAR
            rank_of[home, end] = seeds[home, end] if usable else 0
            cost = leave[home, end] + straight[home] if usable else _FAR
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
                if to_edge[to] >= 0 and arrive[to, end] < _FAR:
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
                if direct < _FAR:
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
