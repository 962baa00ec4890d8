"""Isochrones: where one reaches a school within so many minutes, or by so many metres of road.

A grid of points is snapped and timed exactly like homes, so the line on the map and the number of a child who lives
there come from the same engine; the line is drawn between grid points by marching squares.

Source: Lorensen, Cline (1987), Marching Cubes, Computer Graphics 21, 163-169, in two dimensions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import shapely

from gis.coordinates import WGS84, FloatArray, IntArray, LocalPlane
from gis.search.graph import UNREACHABLE, unpack
from gis.search.meetings import Meetings
from gis.snapping import REFUSED_FROM_MM
from gis.travel import Pairs, Traveller

FINEST_STEP_M = 40.0
MOST_POINTS = 40_000
"""A larger reach is drawn with a coarser grid."""

FAR_AWAY = np.inf


@dataclass(frozen=True)
class Isochrone:
    """The area within one limit. Areas of larger limits contain those of smaller ones."""

    limit: int
    """Minutes or metres, as asked."""
    shape: shapely.MultiPolygon
    """Longitude and latitude; empty when nothing lies within the limit."""

    @property
    def area_km2(self) -> float:
        """Area on the ellipsoid."""
        square_metres, _ = WGS84.geometry_area_perimeter(self.shape)
        return abs(square_metres) / 1e6


def isochrones(
    traveller: Traveller,
    schools: FloatArray,
    *,
    limits: Sequence[int],
    measure: Literal["minutes", "metres"] = "minutes",
) -> list[Isochrone]:
    """Return the areas from which the fastest school of several is reached within each limit, the smallest first.

    Args:
        schools: gates, shape (n, 2), longitude and latitude.
        measure: whether limits are minutes of travel, or metres of the fastest way.
    """
    gates, _ = traveller.meet(schools)
    ordered = sorted(set(limits))
    box = _reached_box(traveller, gates, ordered[-1], measure)
    if box is None:
        return [Isochrone(limit, shapely.MultiPolygon()) for limit in ordered]
    west, south, east, north = box
    plane = LocalPlane((west + east) / 2, (south + north) / 2)
    x, y = _axes(plane, box)
    lon, lat = plane.unproject(*(axis.ravel() for axis in np.meshgrid(x, y)))
    values = _values(traveller, np.stack((lon, lat), axis=1), gates, measure).reshape(len(y), len(x))
    scale = 60_000 if measure == "minutes" else 1000
    return [Isochrone(limit, _outline(plane, x, y, values, limit * scale)) for limit in ordered]


def _reached_box(
    traveller: Traveller, gates: Meetings, limit: int, measure: str
) -> tuple[float, float, float, float] | None:
    """Return west, south, east, north of all junctions within the limit, and of what one walks to from there."""
    engine, network = traveller.engine, traveller.network
    reached = engine.costs_towards(gates)
    part = unpack(reached)[0 if measure == "minutes" else 1]
    scale = 60_000 if measure == "minutes" else 1000
    near = (reached < UNREACHABLE) & (part <= limit * scale)
    ends = np.concatenate((network.edge_first[:-1], network.edge_first[1:] - 1))
    junction = np.concatenate((network.edge_from, network.edge_to))
    lon, lat = (axis[ends[near[junction]]] for axis in (network.shape_lon, network.shape_lat))
    lon = np.concatenate((lon, gates.points[gates.met, 0]))
    lat = np.concatenate((lat, gates.points[gates.met, 1]))
    if not len(lon):
        return None
    margin = REFUSED_FROM_MM / 1000 / 100_000
    return (
        float(lon.min()) - margin,
        float(lat.min()) - margin,
        float(lon.max()) + margin,
        float(lat.max()) + margin,
    )


def _axes(plane: LocalPlane, box: tuple[float, float, float, float]) -> tuple[FloatArray, FloatArray]:
    """Return the grid's columns and rows on the plane."""
    west, south, east, north = box
    x, y = plane.project(np.array([west, east, west, east]), np.array([south, south, north, north]))
    width, height = float(x.max() - x.min()), float(y.max() - y.min())
    step = max(FINEST_STEP_M, (width * height / MOST_POINTS) ** 0.5)
    return np.arange(x.min() - step, x.max() + 2 * step, step), np.arange(
        y.min() - step, y.max() + 2 * step, step
    )


def _values(traveller: Traveller, points: FloatArray, gates: Meetings, measure: str) -> FloatArray:
    """Return milliseconds or millimetres of the fastest way from each point to any gate; infinite where none."""
    origins, _ = traveller.meet(points)
    pairs = Pairs.every(len(points), len(gates))
    costs = traveller.engine.pair_costs(origins, gates, first=pairs.first, origin_index=pairs.origin_index)
    best: IntArray = costs.reshape(len(gates), len(points)).min(axis=0)
    part = unpack(best)[0 if measure == "minutes" else 1]
    return np.where(best < UNREACHABLE, part.astype(np.float64), FAR_AWAY)


def _outline(
    plane: LocalPlane, x: FloatArray, y: FloatArray, values: FloatArray, limit: float
) -> shapely.MultiPolygon:
    """Return where the values are at most the limit, as polygons in longitude and latitude."""
    inside = values <= limit
    corners = np.stack((inside[:-1, :-1], inside[:-1, 1:], inside[1:, 1:], inside[1:, :-1]))
    count = corners.sum(axis=0)
    parts = [*_rows_of_boxes(count == 4, x, y)]
    for j, i in zip(*np.nonzero((count > 0) & (count < 4)), strict=True):
        parts.append(_cut_square(x[i : i + 2], y[j : j + 2], values[j : j + 2, i : i + 2], limit))
    merged = shapely.simplify(shapely.union_all(parts), (x[1] - x[0]) / 8)
    flat = shapely.transform(merged, lambda xy: np.stack(plane.unproject(xy[:, 0], xy[:, 1]), axis=1))
    polygons = [part for part in shapely.get_parts(flat) if part.geom_type == "Polygon"]
    return shapely.MultiPolygon(polygons)


def _rows_of_boxes(full: npt.NDArray[np.bool_], x: FloatArray, y: FloatArray) -> npt.NDArray[np.object_]:
    """Return full squares, those side by side in a row as one box."""
    padded = np.pad(full, ((0, 0), (1, 1))).astype(np.int8)
    change = np.diff(padded, axis=1)
    row, begin = np.nonzero(change == 1)
    _, end = np.nonzero(change == -1)
    return shapely.box(x[begin], y[row], x[end], y[row + 1])


def _cut_square(x: FloatArray, y: FloatArray, values: FloatArray, limit: float) -> shapely.Polygon:
    """Return the part of one grid square where the values, linear along its sides, are at most the limit."""
    ring = [
        (x[0], y[0], values[0, 0]),
        (x[1], y[0], values[0, 1]),
        (x[1], y[1], values[1, 1]),
        (x[0], y[1], values[1, 0]),
    ]
    points = []
    for (x1, y1, v1), (x2, y2, v2) in zip(ring, ring[1:] + ring[:1], strict=True):
        if v1 <= limit:
            points.append((x1, y1))
        if (v1 <= limit) != (v2 <= limit):
            share = 0.5 if np.isinf(v1) or np.isinf(v2) else (limit - v1) / (v2 - v1)
            points.append((x1 + share * (x2 - x1), y1 + share * (y2 - y1)))
    return shapely.Polygon(points) if len(points) > 2 else shapely.Polygon()
