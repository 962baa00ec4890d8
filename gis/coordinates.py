"""Points, geodesic lengths, and a local metric plane for searching the nearest thing.

Coordinates are EPSG:4326, longitude first, in degrees; inside the network they are integers of 1e-7 degree, the
precision of OpenStreetMap. Lengths are integer millimetres on the WGS 84 ellipsoid.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from pyproj import Geod, Transformer

from gis.errors import CoordinateError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

E7 = 10_000_000
"""Integer coordinate units per degree."""

WGS84 = Geod(ellps="WGS84")

VIETNAM_BOX = (102.0, 6.0, 118.0, 24.0)
"""West, south, east, north of everything Vietnamese, Hoàng Sa and Trường Sa included."""


class Point(NamedTuple):
    """Longitude and latitude in degrees, EPSG:4326."""

    lon: float
    lat: float


def check_point(lon: float, lat: float, *, what: str) -> Point:
    """Return the point, or say in one sentence what is wrong with it.

    Args:
        what: names the point in the message, for instance ``row 7 of homes.csv``.

    Raises:
        CoordinateError: not finite, out of range, or evidently latitude before longitude.
    """
    if not (math.isfinite(lon) and math.isfinite(lat)):
        raise CoordinateError(f"{what}: longitude {lon}, latitude {lat} is not a finite number")
    if abs(lat) > 90 and abs(lon) <= 90:
        raise CoordinateError(
            f"{what}: longitude {lon}, latitude {lat} are swapped; write the longitude (about 102 to 118) first"
        )
    if abs(lon) > 180 or abs(lat) > 90:
        raise CoordinateError(
            f"{what}: longitude {lon}, latitude {lat} is out of range; degrees of EPSG:4326 are expected"
        )
    return Point(lon, lat)


def looks_swapped(lon: float, lat: float) -> bool:
    """Whether a point lies outside Việt Nam but would lie inside with its two numbers exchanged."""
    west, south, east, north = VIETNAM_BOX
    inside = west <= lon <= east and south <= lat <= north
    return not inside and west <= lat <= east and south <= lon <= north


def points_array(points: Sequence[Point]) -> FloatArray:
    """Return the points as an array of shape (n, 2), longitude and latitude."""
    return np.asarray(points, dtype=np.float64).reshape(-1, 2)


def geodesic_m(start: Point, end: Point) -> float:
    """Return the geodesic length between two points in metres."""
    lon1, lat1, lon2, lat2 = (np.array([part]) for part in (*start, *end))
    return float(geodesic_mm(lon1, lat1, lon2, lat2)[0]) / 1000


def geodesic_mm(lon1: FloatArray, lat1: FloatArray, lon2: FloatArray, lat2: FloatArray) -> IntArray:
    """Return geodesic lengths between pairs of points in whole millimetres, rounded to the nearest.

    Source: Karney (2013), Algorithms for geodesics, J. Geodesy 87, 43-55, as PROJ implements it. PostGIS
    ``ST_Distance`` on geography uses the same method.
    """
    _, _, metres = WGS84.inv(lon1, lat1, lon2, lat2)
    return np.floor(np.asarray(metres) * 1000 + 0.5).astype(np.int64)


class LocalPlane:
    """A transverse Mercator plane about one meridian, in metres; for finding the nearest, never for lengths.

    Within 1.5 degrees of its meridian distances are true to 4 parts in 10,000 and equally so in all directions,
    so the nearest edge on the plane is the nearest edge on the ground but for practical ties.
    """

    def __init__(self, lon: float, lat: float) -> None:
        """Centre the plane on a point in degrees."""
        definition = f"+proj=tmerc +lat_0={lat:.1f} +lon_0={lon:.1f} +k=1 +ellps=WGS84 +units=m +no_defs"
        self._forward = Transformer.from_crs("EPSG:4326", definition, always_xy=True)

    def project(self, lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return metres east and north of the centre."""
        x, y = self._forward.transform(lon, lat)
        return np.asarray(x), np.asarray(y)

    def unproject(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return longitude and latitude of points given in metres east and north of the centre."""
        lon, lat = self._forward.transform(x, y, direction="INVERSE")
        return np.asarray(lon), np.asarray(lat)
