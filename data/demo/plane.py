"""The flat drawing plane of the demo region: metres east and north of one point, and a few curves.

Only additions, products and square roots are used, which every machine rounds alike; sines and cosines are
not, because their last digit differs between C libraries and the same seed must give the same bytes.
"""

import itertools
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

ORIGIN_LON, ORIGIN_LAT = 106.85, 10.52
M_PER_LON_DEG, M_PER_LAT_DEG = 109_450.0, 110_610.0
"""Metres per degree at 10.5° north, good to 0.1 % over the region: enough to draw with, never to decide with."""

COORDINATE_DECIMALS = 7


class Spot(NamedTuple):
    """A point on the drawing plane, in metres east and north of the origin."""

    x: float
    y: float


def spot_at(lon: float, lat: float) -> Spot:
    """Return where a longitude and latitude (EPSG:4326, degrees) lie on the plane."""
    return Spot((lon - ORIGIN_LON) * M_PER_LON_DEG, (lat - ORIGIN_LAT) * M_PER_LAT_DEG)


def lon_lat(x: float, y: float) -> tuple[float, float]:
    """Return longitude and latitude of a point of the plane, rounded to the seven decimals OpenStreetMap keeps."""
    return (
        round(ORIGIN_LON + x / M_PER_LON_DEG, COORDINATE_DECIMALS),
        round(ORIGIN_LAT + y / M_PER_LAT_DEG, COORDINATE_DECIMALS),
    )


def lon_lat_array(points: FloatArray) -> FloatArray:
    """Return shape (n, 2) longitudes and latitudes of plane points of the same shape, rounded like ``lon_lat``."""
    scaled = points / np.array([M_PER_LON_DEG, M_PER_LAT_DEG]) + np.array([ORIGIN_LON, ORIGIN_LAT])
    return np.round(scaled, COORDINATE_DECIMALS)


def spot_array(places: FloatArray) -> FloatArray:
    """Return plane points of longitudes and latitudes, both of shape (n, 2)."""
    return (np.asarray(places) - np.array([ORIGIN_LON, ORIGIN_LAT])) * np.array(
        [M_PER_LON_DEG, M_PER_LAT_DEG]
    )


def smooth(controls: Sequence[Spot], *, step_m: float) -> list[Spot]:
    """Return a Catmull-Rom curve through every control point, sampled about every ``step_m`` metres.

    The control points themselves are among the samples, so two curves that share one really meet there.
    """
    if len(controls) < 3:
        return list(controls)
    curve = [controls[0]]
    for index in range(len(controls) - 1):
        before = controls[max(index - 1, 0)]
        start, end = controls[index], controls[index + 1]
        after = controls[min(index + 2, len(controls) - 1)]
        pieces = max(1, round(math.sqrt((end.x - start.x) ** 2 + (end.y - start.y) ** 2) / step_m))
        for piece in range(1, pieces):
            curve.append(_catmull_rom(before, start, end, after, piece / pieces))
        curve.append(end)
    return curve


def _catmull_rom(before: Spot, start: Spot, end: Spot, after: Spot, t: float) -> Spot:
    """Return the point at ``t`` (0 to 1) between ``start`` and ``end`` on the uniform Catmull-Rom spline."""
    weights = (
        -0.5 * t + t * t - 0.5 * t * t * t,
        1.0 - 2.5 * t * t + 1.5 * t * t * t,
        0.5 * t + 2.0 * t * t - 1.5 * t * t * t,
        -0.5 * t * t + 0.5 * t * t * t,
    )
    spots = (before, start, end, after)
    return Spot(
        sum(weight * spot.x for weight, spot in zip(weights, spots, strict=True)),
        sum(weight * spot.y for weight, spot in zip(weights, spots, strict=True)),
    )


def chains(line: Sequence[Spot]) -> list[float]:
    """Return the distance along the line, in metres, of each of its vertices (the first is 0)."""
    walked = [0.0]
    for start, end in itertools.pairwise(line):
        walked.append(walked[-1] + math.sqrt((end.x - start.x) ** 2 + (end.y - start.y) ** 2))
    return walked


def along(line: Sequence[Spot], walked: Sequence[float], chain_m: float) -> tuple[Spot, Spot]:
    """Return the point ``chain_m`` metres along the line and the unit direction of travel there."""
    index = min(max(int(np.searchsorted(walked, chain_m, side="right")) - 1, 0), len(line) - 2)
    start, end = line[index], line[index + 1]
    length = walked[index + 1] - walked[index]
    direction = Spot((end.x - start.x) / length, (end.y - start.y) / length)
    rest = chain_m - walked[index]
    return Spot(start.x + direction.x * rest, start.y + direction.y * rest), direction


def chain_nearest(line: Sequence[Spot], walked: Sequence[float], spot: Spot) -> float:
    """Return the distance along the line, in metres, of its vertex nearest to ``spot``."""
    gaps = [(vertex.x - spot.x) ** 2 + (vertex.y - spot.y) ** 2 for vertex in line]
    return walked[gaps.index(min(gaps))]


def ribbon(line: Sequence[Spot], widths_m: Sequence[float]) -> list[Spot]:
    """Return the closed outline of a ribbon around the line, of the given width at each vertex."""
    left, right = [], []
    for index, vertex in enumerate(line):
        before, after = line[max(index - 1, 0)], line[min(index + 1, len(line) - 1)]
        dx, dy = after.x - before.x, after.y - before.y
        length = math.sqrt(dx * dx + dy * dy)
        half = widths_m[index] / 2
        left.append(Spot(vertex.x - dy / length * half, vertex.y + dx / length * half))
        right.append(Spot(vertex.x + dy / length * half, vertex.y - dx / length * half))
    outline = left + right[::-1]
    return [*outline, outline[0]]
