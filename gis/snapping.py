"""Where a point meets the network: the nearest usable edge that is not across water.

A point within 300 m of an edge is fine, within 500 m it is flagged as far, beyond that it is refused, never
guessed. The straight piece must not cross a river, a canal or a lake: then the next edge is taken. Nobody steps
onto a ferry in mid-stream or through the wall of a tunnel, so ferries and tunnels are no edges to meet.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from gis.coordinates import WGS84, FloatArray, IntArray, LocalPlane, geodesic_mm
from gis.network.extract import BRIDGE, FERRY, SHORE, TUNNEL, WATERCOURSE
from gis.network.network import Network, profile_index

FLAGGED_FROM_MM = 300_000
REFUSED_FROM_MM = 500_000
SEARCH_M = 502.0
"""Search radius on the plane, a little wider than the limit, which is then measured on the ellipsoid."""

REFUSED = -1
"""Edge number of a point that meets no edge."""


@dataclass(frozen=True, eq=False)
class Snaps:
    """Meeting points of many points, one element each; ``edge`` is -1 and the rest 0 where refused."""

    edge: npt.NDArray[np.int32]
    position_mm: IntArray
    """Millimetres along the edge from its first point."""
    offset_mm: IntArray
    """Geodesic millimetres between the point and its position on the edge."""
    nearest_mm: IntArray
    """Geodesic millimetres to the nearest edge found at all, also when refused; -1 when none is in reach."""
    crosses_water: npt.NDArray[np.bool_]
    """Whether nearer edges were passed over because they lie across water."""

    def __len__(self) -> int:
        return len(self.edge)

    def quality(self, index: int) -> str:
        """Return ``ok``, ``far`` or ``refused``."""
        if self.edge[index] == REFUSED:
            return "refused"
        return "far" if self.offset_mm[index] > FLAGGED_FROM_MM else "ok"


class EdgeSnapper:
    """Finds the nearest edge of one profile on one network. Made once, then asked for many points."""

    def __init__(self, network: Network, profile: str) -> None:
        """Index the segments of the profile's kept edges, and the network's water."""
        self._network = network
        west, south, east, north = network.bbox
        self._plane = LocalPlane((west + east) / 2, (south + north) / 2)
        usable = network.kept[profile_index(profile)] & ((network.edge_flags & (FERRY | TUNNEL)) == 0)
        lengths = np.diff(network.edge_first)
        edge_of_point = np.repeat(np.arange(network.edge_count, dtype=np.int32), lengths)
        starts = usable[edge_of_point]
        starts[network.edge_first[1:] - 1] = False
        self._segment = np.flatnonzero(starts)
        self._edge = edge_of_point[self._segment]
        x, y = self._plane.project(network.shape_lon, network.shape_lat)
        ends = np.stack((self._segment, self._segment + 1), axis=1)
        self._lines = shapely.linestrings(np.stack((x[ends], y[ends]), axis=2))
        self._tree = shapely.STRtree(self._lines)
        self._water = _WaterLines(network, self._plane)

    def snap(self, points: FloatArray) -> Snaps:
        """Meet the network with points of shape (n, 2), longitude and latitude in degrees."""
        places, found = self._nearest(points)
        snaps = self._measured(points, places, found)
        return self._across_water(points, places, found, snaps)

    def nearest_mm(self, points: FloatArray) -> IntArray:
        """Return the geodesic millimetres to the nearest edge, water or not; -1 where none is in reach."""
        return self._measured(points, *self._nearest(points)).nearest_mm

    def _nearest(self, points: FloatArray) -> tuple[npt.NDArray[np.object_], IntArray]:
        """Return the points on the plane and the nearest segment of each, -1 where none is in reach."""
        x, y = self._plane.project(points[:, 0], points[:, 1])
        places = shapely.points(x, y)
        found = np.full(len(points), -1, dtype=np.int64)
        if len(self._segment):
            index, nearest = self._tree.query_nearest(
                places, max_distance=SEARCH_M, all_matches=False, return_distance=False
            )
            found[index] = nearest
        return places, found

    def _measured(self, points: FloatArray, places: npt.NDArray[np.object_], found: IntArray) -> Snaps:
        """Return positions and offsets on the found segments (-1: none); too far away is refused."""
        network = self._network
        count = len(points)
        edge = np.full(count, REFUSED, dtype=np.int32)
        position, offset = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
        nearest = np.full(count, -1, dtype=np.int64)
        hit = np.flatnonzero(found >= 0)
        segment = self._segment[found[hit]]
        share = shapely.line_locate_point(self._lines[found[hit]], places[hit], normalized=True)
        lon = network.shape_lon[segment] * (1 - share) + network.shape_lon[segment + 1] * share
        lat = network.shape_lat[segment] * (1 - share) + network.shape_lat[segment + 1] * share
        distance = geodesic_mm(points[hit, 0], points[hit, 1], lon, lat)
        along = np.floor(share * network.segment_mm[segment] + 0.5).astype(np.int64)
        nearest[hit] = distance
        near = distance <= REFUSED_FROM_MM
        edge[hit[near]] = self._edge[found[hit[near]]]
        position[hit[near]] = network.run_mm[segment[near]] + along[near]
        offset[hit[near]] = distance[near]
        return Snaps(edge, position, offset, nearest, np.zeros(count, dtype=bool))

    def _across_water(
        self, points: FloatArray, places: npt.NDArray[np.object_], found: IntArray, snaps: Snaps
    ) -> Snaps:
        """Give points whose nearest edge lies across water the next edge that does not."""
        hit = np.flatnonzero(snaps.edge != REFUSED)
        if not len(self._water) or not len(hit):
            return snaps
        crossing = hit[self._crosses(places[hit], found[hit])]
        if not len(crossing):
            return snaps
        again = np.full(len(points), -1, dtype=np.int64)
        for index in crossing:
            again[index] = self._next_without_crossing(places[index])
        retried = self._measured(points[crossing], places[crossing], again[crossing])
        for name in ("edge", "position_mm", "offset_mm"):
            getattr(snaps, name)[crossing] = getattr(retried, name)
        snaps.crosses_water[crossing] = True
        return snaps

    def _crosses(self, places: npt.NDArray[np.object_], found: IntArray) -> npt.NDArray[np.bool_]:
        """Whether the straight pieces from places to the found segments cross water."""
        straight = shapely.shortest_line(places, self._lines[found])
        on_bridge = (self._network.edge_flags[self._edge[found]] & BRIDGE) > 0
        return self._water.crossed(straight, on_bridge)

    def _next_without_crossing(self, place: shapely.Point) -> int:
        """Return the nearest segment within reach whose straight piece stays dry, or -1."""
        near = np.sort(self._tree.query(place, predicate="dwithin", distance=SEARCH_M))
        distance = shapely.distance(place, self._lines[near])
        near = near[np.argsort(distance, kind="stable")]
        for begin in range(0, len(near), 64):
            chunk = near[begin : begin + 64]
            dry = np.flatnonzero(~self._crosses(np.full(len(chunk), place), chunk))
            if len(dry):
                return int(chunk[dry[0]])
        return -1


class _WaterLines:
    """Index of the network's shores and watercourses, in pieces of one segment each."""

    def __init__(self, network: Network, plane: LocalPlane) -> None:
        """Cut the water lines into their segments on the plane."""
        lengths = np.diff(network.water_first)
        kind = np.repeat(network.water_kind, lengths)
        starts = np.ones(len(kind), dtype=bool)
        starts[network.water_first[1:] - 1] = False
        segment = np.flatnonzero(starts)
        self._kind = kind[segment]
        if len(segment):
            x, y = plane.project(network.water_lon_e7 / 1e7, network.water_lat_e7 / 1e7)
            ends = np.stack((segment, segment + 1), axis=1)
            self._pieces = shapely.linestrings(np.stack((x[ends], y[ends]), axis=2))
            self._tree = shapely.STRtree(self._pieces)

    def __len__(self) -> int:
        return len(self._kind)

    def crossed(
        self, straight: npt.NDArray[np.object_], on_bridge: npt.NDArray[np.bool_]
    ) -> npt.NDArray[np.bool_]:
        """Whether each straight piece crosses water.

        It does when it crosses the middle of a river or canal; when it crosses shores twice, in and out again; or
        when it crosses one shore to end on a bridge above the water. One shore alone is a house at the water's
        edge, or a road mapped a little into the river.
        """
        line, piece = self._tree.query(straight, predicate="intersects")
        courses = np.bincount(line[self._kind[piece] == WATERCOURSE], minlength=len(straight))
        shores = np.bincount(line[self._kind[piece] == SHORE], minlength=len(straight))
        return (courses > 0) | (shores >= 2) | ((shores == 1) & on_bridge)


class NodeSnapper:
    """Meets points with the nearest exported node, adding nothing, so that other engines can be compared."""

    def __init__(self, network: Network, profile: str, edges: EdgeSnapper) -> None:
        """Index the nodes of the profile's kept edges, each once, by ascending node number.

        Args:
            edges: tells how far the nearest edge is; a point too far from it is refused here too.
        """
        self._network = network
        self._edges = edges
        west, south, east, north = network.bbox
        self._plane = LocalPlane((west + east) / 2, (south + north) / 2)
        lengths = np.diff(network.edge_first)
        self._edge_of_point = np.repeat(np.arange(network.edge_count, dtype=np.int32), lengths)
        shown = np.flatnonzero(network.kept[profile_index(profile)][self._edge_of_point])
        _, first_shown = np.unique(network.shape_node[shown], return_index=True)
        self._at = shown[first_shown]
        x, y = self._plane.project(network.shape_lon[self._at], network.shape_lat[self._at])
        self._tree = shapely.STRtree(shapely.points(x, y))

    def snap(self, points: FloatArray) -> Snaps:
        """Meet points of shape (n, 2) with the nearest node by geodesic metres; of equal ones the smallest number."""
        network = self._network
        x, y = self._plane.project(points[:, 0], points[:, 1])
        places = shapely.points(x, y)
        (_, _), gap = self._tree.query_nearest(places, all_matches=False, return_distance=True)
        point, near = self._tree.query(places, predicate="dwithin", distance=gap * 1.002 + 0.01)
        at = self._at[near]
        metres = WGS84.inv(points[point, 0], points[point, 1], network.shape_lon[at], network.shape_lat[at])[
            2
        ]
        order = np.lexsort((network.shape_node[at], metres, point))
        _, first_of_point = np.unique(point[order], return_index=True)
        best = order[first_of_point]
        nearest = self._edges.nearest_mm(points)
        met = (nearest >= 0) & (nearest <= REFUSED_FROM_MM)
        return Snaps(
            edge=np.where(met, self._edge_of_point[at[best]], REFUSED).astype(np.int32),
            position_mm=np.where(met, network.run_mm[at[best]], 0),
            offset_mm=np.zeros(len(points), dtype=np.int64),
            nearest_mm=nearest,
            crosses_water=np.zeros(len(points), dtype=bool),
        )
