"""Travel between points on one network: times, lengths, and the path in words and lines."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from gis.coordinates import FloatArray, IntArray, Point
from gis.errors import Unreachable
from gis.network.access import FORWARD
from gis.network.extract import FERRY
from gis.network.network import Network
from gis.search.engine import TravelEngine
from gis.search.graph import UNREACHABLE, rounded, unpack
from gis.search.meetings import Meetings, meet
from gis.search.sweep import Labels
from gis.snapping import EdgeSnapper, Snaps


@dataclass(frozen=True)
class Travel:
    """The fastest way: whole seconds and whole metres, each rounded half up once."""

    time_s: int
    length_m: int


@dataclass(frozen=True)
class Leg:
    """A stretch of a route on one road, ferry or straight walk. Legs add up to the route exactly."""

    mode: str
    """``straight`` for the walk between a point and its road, ``ferry``, or the profile."""
    name: str
    road_class: str
    time_s: int
    length_m: int
    line: list[tuple[float, float]]


@dataclass(frozen=True)
class Route:
    """A path with its legs; its time and length equal the travel table's."""

    time_s: int
    length_m: int
    legs: list[Leg]
    line: list[tuple[float, float]] = field(default_factory=list)

    @property
    def ferry_names(self) -> list[str]:
        """Names of the ferries taken, in order; an unnamed one is an empty string."""
        return [leg.name for leg in self.legs if leg.mode == "ferry"]


class Traveller:
    """Everything one profile needs on one network: the snapper and the engine, made when first asked for."""

    def __init__(self, network: Network, profile: str) -> None:
        """Prepare for a network and profile."""
        self.network = network
        self.profile = profile
        self.snapper = EdgeSnapper(network, profile)
        self.engine = TravelEngine(network, profile)

    def meet(self, points: FloatArray) -> tuple[Meetings, Snaps]:
        """Snap points of shape (n, 2) and return their costs to the graph, and the snaps."""
        snaps = self.snapper.snap(points)
        return meet(self.network, self.profile, points, snaps), snaps

    def pair_costs(
        self, origins: Meetings, destinations: Meetings, pairs: "Pairs"
    ) -> tuple[IntArray, IntArray, IntArray]:
        """Return kept pair numbers with their whole seconds and metres; unreachable pairs are left out."""
        costs = self.engine.pair_costs(
            origins, destinations, first=pairs.first, origin_index=pairs.origin_index
        )
        kept = np.flatnonzero(costs < UNREACHABLE)
        ms, mm = unpack(costs[kept])
        return kept, rounded(ms), rounded(mm)

    def prepare(self, points: FloatArray) -> "Destinations":
        """Return destinations ready to be asked from single homes."""
        meetings, _ = self.meet(points)
        return Destinations(meetings, self.engine.label(meetings))

    def from_one(self, point: Point, destinations: "Destinations") -> list[Travel | None]:
        """Return the travel from one point to each destination, none where there is no way."""
        origins, _ = self.meet(np.array([point], dtype=np.float64))
        costs = self.engine.costs_from(origins, 0, destinations.meetings, destinations.labels)
        ms, mm = unpack(costs)
        seconds, metres = rounded(ms), rounded(mm)
        return [
            Travel(int(seconds[i]), int(metres[i])) if costs[i] < UNREACHABLE else None
            for i in range(len(costs))
        ]

    def route(self, origin: Point, destination: Point) -> Route:
        """Return the fastest path with its legs.

        Raises:
            Unreachable: one of the points meets no road, or no way joins them.
        """
        meetings, snaps = self.meet(np.array([origin, destination], dtype=np.float64))
        return _RouteWriter(self, meetings, snaps).route()


@dataclass(frozen=True, eq=False)
class Destinations:
    """A set of destinations with the labels that answer single homes at once."""

    meetings: Meetings
    labels: Labels


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of origins and destinations grouped by destination."""

    first: IntArray
    origin_index: IntArray

    @property
    def destination_index(self) -> IntArray:
        """The destination of each pair."""
        return np.repeat(np.arange(len(self.first) - 1), np.diff(self.first))

    @classmethod
    def of(cls, origin_index: IntArray, destination_index: IntArray, destination_count: int) -> "Pairs":
        """Group pairs given as two equally long arrays; by destination, then origin."""
        order = np.lexsort((origin_index, destination_index))
        counts = np.bincount(destination_index, minlength=destination_count)
        return cls(np.concatenate(([0], np.cumsum(counts))).astype(np.int64), origin_index[order])

    @classmethod
    def every(cls, origin_count: int, destination_count: int) -> "Pairs":
        """Return all origins with all destinations."""
        first = np.arange(destination_count + 1, dtype=np.int64) * origin_count
        return cls(first, np.tile(np.arange(origin_count, dtype=np.int64), destination_count))


class _RouteWriter:
    """Walks the search tree of one route and tells it as legs."""

    def __init__(self, traveller: Traveller, meetings: Meetings, snaps: Snaps) -> None:
        """Take an origin (row 0) and a destination (row 1)."""
        self._traveller = traveller
        self._network = traveller.network
        self._meetings = meetings
        self._snaps = snaps
        self._pieces: list[tuple[str, str, str, int, int, list[tuple[float, float]]]] = []

    def route(self) -> Route:
        """Return the path."""
        meetings = self._meetings
        for row, who in ((0, "the starting point"), (1, "the destination")):
            if not meetings.met[row]:
                raise Unreachable(
                    f"{who} is more than 500 m from every road it could use on its side of the water"
                )
        points = [(float(lon), float(lat)) for lon, lat in meetings.points]
        if points[0] == points[1]:
            return Route(0, 0, [])
        engine = self._traveller.engine
        destination = meetings.subset(np.array([1]))
        total = int(engine.costs_from(meetings, 0, destination)[0])
        if total >= UNREACHABLE:
            raise Unreachable(f"no way joins the two points for the profile {self._traveller.profile}")
        straight = [int(cost) for cost in meetings.straight_cost]
        self._straight(points[0], self._place(0), straight[0])
        self._road(total - straight[0] - straight[1])
        self._straight(self._place(1), points[1], straight[1])
        return self._told(total)

    def _place(self, row: int) -> tuple[float, float]:
        """Return the longitude and latitude of a meeting on its edge."""
        edge, position = int(self._snaps.edge[row]), int(self._snaps.position_mm[row])
        return self._cut(edge, position, position)[0]

    def _straight(self, start: tuple[float, float], end: tuple[float, float], cost: int) -> None:
        """Add a straight walk unless the point lies on the road."""
        if cost:
            ms, mm = unpack(cost)
            self._pieces.append(("straight", "", "", ms, mm, [start, end]))

    def _road(self, wanted: int) -> None:
        """Add what lies between the two meetings: one edge, or a partial edge, whole edges, a partial edge."""
        snaps, meetings = self._snaps, self._meetings
        edges, positions = snaps.edge, snaps.position_mm
        if edges[0] == edges[1]:
            along = int(meetings.along_cost[1]) - int(meetings.along_cost[0])
            forward = bool(meetings.directions[0] & FORWARD) and along >= 0
            if abs(along) == wanted and (forward or along <= 0):
                self._edge(int(edges[0]), int(positions[0]), int(positions[1]))
                return
        reached, via = self._traveller.engine.search_onwards(meetings, 0)
        for end in (0, 1):
            arrive = int(meetings.arrive_cost[1, end])
            node = int(meetings.junction[1, end])
            if arrive < UNREACHABLE and reached[node] < UNREACHABLE and reached[node] + arrive == wanted:
                break
        steps: list[int] = []
        at = node
        while via[at] >= 0:
            steps.append(int(via[at]))
            at = self._traveller.engine.arc_tail(int(via[at]))
        self._partial(0, at, leaving=True)
        for edge, forward in self._traveller.engine.arc_steps(steps[::-1]):
            length = int(self._network.edge_mm[edge])
            self._edge(edge, *((0, length) if forward else (length, 0)))
        self._partial(1, node, leaving=False, end=end)

    def _partial(self, row: int, node: int, *, leaving: bool, end: int | None = None) -> None:
        """Add the part of a meeting's edge between its position and the junction used there."""
        meetings = self._meetings
        edge, position = int(self._snaps.edge[row]), int(self._snaps.position_mm[row])
        if end is None:
            costs = meetings.leave_cost[row]
            ends = [e for e in (0, 1) if meetings.junction[row, e] == node and costs[e] < UNREACHABLE]
            end = min(ends, key=lambda e: int(costs[e]))
        boundary = int(self._network.edge_mm[edge]) if end else 0
        self._edge(edge, *((position, boundary) if leaving else (boundary, position)))

    def _edge(self, edge: int, start_mm: int, end_mm: int) -> None:
        """Add a stretch of an edge, in the direction from ``start_mm`` to ``end_mm``."""
        if start_mm == end_mm:
            return
        network = self._network
        ferry = bool(network.edge_flags[edge] & FERRY)
        mode = "ferry" if ferry else self._traveller.profile
        ms = abs(self._along_ms(edge, end_mm) - self._along_ms(edge, start_mm))
        line = self._cut(edge, start_mm, end_mm)
        self._pieces.append(
            (mode, network.edge_name_of(edge), network.edge_class_of(edge), ms, abs(end_mm - start_mm), line)
        )

    def _along_ms(self, edge: int, position: int) -> int:
        """Return the milliseconds from the edge's first point to a position."""
        from gis.search.meetings import time_along

        times = time_along(
            self._network, self._traveller.profile, np.array([edge], dtype=np.int32), np.array([position])
        )
        return int(times[0])

    def _cut(self, edge: int, start_mm: int, end_mm: int) -> list[tuple[float, float]]:
        """Return the edge's shape between two positions, in the direction of travel."""
        network = self._network
        first, last = int(network.edge_first[edge]), int(network.edge_first[edge + 1])
        run = network.run_mm[first:last]
        lon, lat = network.shape_lon[first:last], network.shape_lat[first:last]
        low, high = sorted((start_mm, end_mm))
        inner = [(float(lon[i]), float(lat[i])) for i in range(len(run)) if low < run[i] < high]
        ends = [(float(np.interp(p, run, lon)), float(np.interp(p, run, lat))) for p in (low, high)]
        line = [ends[0], *inner, ends[1]] if low < high else ends[:1]
        return line if start_mm <= end_mm else line[::-1]

    def _told(self, total: int) -> Route:
        """Merge the pieces of one road into legs whose whole seconds and metres add up to the route's."""
        merged: list[tuple[str, str, str, int, int, list[tuple[float, float]]]] = []
        for piece in self._pieces:
            if merged and merged[-1][:3] == piece[:3]:
                mode, name, road_class, ms, mm, line = merged[-1]
                merged[-1] = (mode, name, road_class, ms + piece[3], mm + piece[4], line + piece[5][1:])
            else:
                merged.append(piece)
        total_ms, total_mm = (int(part) for part in unpack(total))
        legs, ms, mm = [], 0, 0
        for mode, name, road_class, leg_ms, leg_mm, line in merged:
            begin_s, begin_m = rounded(ms), rounded(mm)
            ms, mm = ms + leg_ms, mm + leg_mm
            legs.append(Leg(mode, name, road_class, rounded(ms) - begin_s, rounded(mm) - begin_m, line))
        if (ms, mm) != (total_ms, total_mm):
            raise AssertionError(
                f"a route of {ms} ms, {mm} mm does not add up to {total_ms} ms, {total_mm} mm"
            )
        line = [point for i, leg in enumerate(legs) for point in leg.line[1 if i else 0 :]]
        return Route(rounded(total_ms), rounded(total_mm), legs, line)


@lru_cache(maxsize=8)
def get_traveller(network: Network, profile: str) -> Traveller:
    """Return the traveller of a network and profile, made once per process."""
    return Traveller(network, profile)


def array_of(points: Sequence[Point]) -> FloatArray:
    """Return points as an array of shape (n, 2)."""
    return np.asarray(points, dtype=np.float64).reshape(-1, 2)
