"""Fastest paths from many homes to many schools: one search per school, never per home.

Costs of pairs are (milliseconds, millimetres) in one integer; the full table is computed in milliseconds alone.
"""

from collections.abc import Iterator
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt

from gis.coordinates import IntArray
from gis.network.network import Network
from gis.search.dijkstra import costs_to_all
from gis.search.graph import MM_BITS, UNREACHABLE, Arcs, ProfileGraph
from gis.search.hierarchy import Customized, Hierarchy, build_hierarchy, customize
from gis.search.meetings import Meetings
from gis.search.sweep import (
    FAR,
    FAR_MS,
    LANES,
    Labels,
    arrays_of,
    finish_one,
    join_pairs,
    label,
    meet_labels,
    sweep_seconds,
)


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
        return customize(self.hierarchy, self.graph, self.graph.cost, FAR)

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
        join_pairs(  # type: ignore[call-arg]
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
        sweep_seconds(  # type: ignore[call-arg]
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
            FAR,
        )
        finish_one(
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
        return np.full(self.hierarchy.rank_count, FAR, dtype=np.int64)

    def costs_towards(self, destinations: Meetings) -> IntArray:
        """Return the cost from every junction to the nearest of several destinations, straight walks left out."""
        met = destinations.subset(np.flatnonzero(destinations.met))
        towards = self.graph.outgoing(backwards=True)
        return costs_to_all(towards, met.junction.ravel(), met.arrive_cost.ravel())[0]

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
