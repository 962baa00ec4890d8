"""Where a point meets the network: the nearest usable edge that is not across water.

A point within 300 m of an edge is fine, within 500 m it is flagged as far, beyond that it is refused, never
guessed. The straight piece must not cross a river, a canal or a lake: then the next edge is taken. Nobody steps
onto a ferry in mid-stream or through the wall of a tunnel, so ferries and tunnels are no edges to meet.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from gis.coordinates import E7, WGS84, FloatArray, IntArray, LocalPlane, geodesic_mm
from gis.nearest import SegmentGrid, snap_points
from gis.network.extract import BRIDGE, FERRY, TUNNEL, WATERCOURSE
from gis.network.network import Network, profile_index

FLAGGED_FROM_MM = 300_000
REFUSED_FROM_MM = 500_000
SEARCH_M = 502.0
"""Search radius on the plane, a little wider than the limit, which is then measured on the ellipsoid."""

ROAD_CELL_M = 64.0
WATER_CELL_M = 128.0

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
        self._plane = plane_of(network)
        usable = network.kept[profile_index(profile)] & ((network.edge_flags & (FERRY | TUNNEL)) == 0)
        edge_of_point = edges_of_points(network)
        starts = usable[edge_of_point]
        starts[network.edge_first[1:] - 1] = False
        self._segment = np.flatnonzero(starts)
        self._edge = edge_of_point[self._segment]
        self._bridges = (network.edge_flags[self._edge] & BRIDGE) > 0
        self._roads = SegmentGrid.of(
            self._ends(network.shape_lon, network.shape_lat, self._segment), ROAD_CELL_M
        )
        kind = np.repeat(network.water_kind, np.diff(network.water_first))
        starts = np.ones(len(kind), dtype=bool)
        starts[network.water_first[1:] - 1] = False
        pieces = np.flatnonzero(starts)
        lon, lat = network.water_lon_e7 / E7, network.water_lat_e7 / E7
        self._water = SegmentGrid.of(self._ends(lon, lat, pieces), WATER_CELL_M)
        self._is_course = kind[pieces] == WATERCOURSE

    def _ends(self, lon: FloatArray, lat: FloatArray, start: IntArray) -> FloatArray:
        """Return both ends on the plane of the segments that start at some points; shape (n, 4)."""
        if not len(start):
            return np.empty((0, 4))
        x, y = self._plane.project(lon, lat)
        return np.stack((x[start], y[start], x[start + 1], y[start + 1]), axis=1)

    def snap(self, points: FloatArray) -> Snaps:
        """Meet the network with points of shape (n, 2), longitude and latitude in degrees."""
        nearest, dry, shares = self._found(points)
        distance, _ = self._measured(points, nearest, shares[:, 0])
        offset, position = self._measured(points, dry, shares[:, 1])
        met = (offset >= 0) & (offset <= REFUSED_FROM_MM)
        edge = np.full(len(points), REFUSED, dtype=np.int32)
        edge[met] = self._edge[dry[met]]
        return Snaps(
            edge=edge,
            position_mm=np.where(met, position, 0),
            offset_mm=np.where(met, offset, 0),
            nearest_mm=distance,
            crosses_water=(distance >= 0) & (distance <= REFUSED_FROM_MM) & (dry != nearest),
        )

    def nearest_mm(self, points: FloatArray) -> IntArray:
        """Return the geodesic millimetres to the nearest edge, water or not; -1 where none is in reach."""
        nearest, _, shares = self._found(points)
        return self._measured(points, nearest, shares[:, 0])[0]

    def _found(self, points: FloatArray) -> tuple[IntArray, IntArray, FloatArray]:
        """Return per point the nearest segment, the nearest dry one, and their shares."""
        x, y = self._plane.project(points[:, 0], points[:, 1])
        return snap_points(x, y, SEARCH_M, self._roads, self._bridges, self._water, self._is_course)

    def _measured(self, points: FloatArray, found: IntArray, share: FloatArray) -> tuple[IntArray, IntArray]:
        """Return geodesic offsets to places on segments, -1 without a segment, and positions on their edges."""
        network = self._network
        offset, position = np.full(len(points), -1, dtype=np.int64), np.zeros(len(points), dtype=np.int64)
        hit = np.flatnonzero(found >= 0)
        segment, part = self._segment[found[hit]], share[hit]
        lon = network.shape_lon[segment] * (1 - part) + network.shape_lon[segment + 1] * part
        lat = network.shape_lat[segment] * (1 - part) + network.shape_lat[segment + 1] * part
        offset[hit] = geodesic_mm(points[hit, 0], points[hit, 1], lon, lat)
        along = np.floor(part * network.segment_mm[segment] + 0.5).astype(np.int64)
        position[hit] = network.run_mm[segment] + along
        return offset, position


def plane_of(network: Network) -> LocalPlane:
    """Return the plane about the middle of a network."""
    west, south, east, north = network.bbox
    return LocalPlane((west + east) / 2, (south + north) / 2)


def edges_of_points(network: Network) -> npt.NDArray[np.int32]:
    """Return the edge of each point of the shapes."""
    return np.repeat(np.arange(network.edge_count, dtype=np.int32), np.diff(network.edge_first))


class NodeSnapper:
    """Meets points with the nearest exported node, adding nothing, so that other engines can be compared."""

    def __init__(self, network: Network, profile: str, edges: EdgeSnapper) -> None:
        """Index the nodes of the profile's kept edges, each once, by ascending node number.

        Args:
            edges: tells how far the nearest edge is; a point too far from it is refused here too.
        """
        self._network = network
        self._edges = edges
        self._plane = plane_of(network)
        self._edge_of_point = edges_of_points(network)
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
