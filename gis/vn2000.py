"""VN-2000, the national grid: every zone to longitude and latitude and back, and the usual mistakes named.

A provincial zone is a transverse Mercator strip of 3 degrees (scale 0.9999, false easting 500 km). Papers write X for
the northing and Y for the easting. Leaving out the datum shift moves a point about 225 m. Two published parameter
sets for the shift differ by less than a metre; PROJ chooses between them by place, here and inside PostGIS, so that
both agree within a millimetre (docs/decisions/0204-vn2000.md).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import shapely
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from gis.coordinates import VIETNAM_BOX, FloatArray, LocalPlane, Point
from gis.errors import CoordinateError

PROVINCIAL_ZONES = {
    9205: 103.0,
    9206: 104.0,
    9207: 104.5,
    9208: 104.75,
    9209: 105.5,
    9210: 105.75,
    9211: 106.0,
    9212: 106.25,
    9213: 106.5,
    9214: 107.0,
    9215: 107.25,
    9216: 107.5,
    9217: 108.25,
    9218: 108.5,
    5899: 107.75,
    5896: 102.0,
    5897: 105.0,
    5898: 108.0,
}
"""EPSG code to central meridian of the 3-degree zones, the general ones included."""

UTM_ZONES = {3405: 48, 3406: 49}
GEOGRAPHIC = 4756
WGS84_CODE = 4326

ALLOWED_OUTSIDE_M = 500.0
"""A point this far outside its commune is still taken: boundaries and points are both a little wrong."""


ON_BORDER_M = 1.0
TELLING_POINTS = 3
"""So many points on the wrong side of a border are no accident."""


@dataclass(frozen=True)
class SourcePoint:
    """A point as a document gives it."""

    where: str
    """Names the row in messages."""
    first: float
    """Easting in metres, or longitude."""
    second: float
    """Northing in metres, or latitude."""
    commune_code: str | None = None


@dataclass(frozen=True)
class Placement:
    """Points in longitude and latitude, and what could not be placed."""

    points: list[Point | None]
    """In the given order; none where refused."""
    refused: list[str]
    """One sentence per refused point."""


def codes() -> tuple[int, ...]:
    """Return all EPSG codes that are understood."""
    return (WGS84_CODE, GEOGRAPHIC, *UTM_ZONES, *sorted(PROVINCIAL_ZONES))


def _check(code: int) -> None:
    if code not in codes():
        raise CoordinateError(
            f"EPSG:{code} is none of the coordinate systems of Việt Nam; known are "
            f"{', '.join(str(known) for known in codes())}"
        )


@cache
def _transformer(code: int) -> Transformer:
    """Return the transformation from a VN-2000 system to longitude and latitude on WGS 84."""
    return Transformer.from_crs(code, WGS84_CODE, always_xy=True)


def to_lon_lat(first: FloatArray, second: FloatArray, code: int) -> FloatArray:
    """Return longitude and latitude, shape (n, 2), of points given in a system by its EPSG code.

    Raises:
        CoordinateError: the code is none of Việt Nam's systems.
    """
    _check(code)
    if code == WGS84_CODE:
        return np.stack((first, second), axis=-1).astype(np.float64)
    return np.stack(_transformer(code).transform(first, second), axis=-1)


def from_lon_lat(points: FloatArray, code: int) -> FloatArray:
    """Return easting and northing (or longitude and latitude), shape (n, 2), in a system by its EPSG code.

    Raises:
        CoordinateError: the code is none of Việt Nam's systems.
    """
    _check(code)
    if code == WGS84_CODE:
        return points.astype(np.float64)
    return np.stack(_transformer(code).transform(points[:, 0], points[:, 1], direction="INVERSE"), axis=-1)


def place(rows: Sequence[SourcePoint], code: int, communes: dict[str, BaseGeometry]) -> Placement:
    """Place points given in a system, refusing those outside Việt Nam or more than 500 m outside their commune.

    Args:
        communes: polygons in longitude and latitude by code, for the communes that rows name.

    Raises:
        CoordinateError: all points have the same mistake: exchanged axes, another zone, or a left-out datum shift.
            The message names it; nothing should be loaded then.
    """
    numbers = np.array([(row.first, row.second) for row in rows], dtype=np.float64).reshape(-1, 2)
    if not len(numbers):
        return Placement([], [])
    placed = to_lon_lat(numbers[:, 0], numbers[:, 1], code)
    outside = _outside_m(placed, rows, communes)
    wrong = outside > ALLOWED_OUTSIDE_M
    if wrong.mean() > 0.5:
        mistake = _find_mistake(numbers, rows, code, communes)
        if mistake:
            raise CoordinateError(f"{rows[int(np.flatnonzero(wrong)[0])].where}: {mistake}")
    _check_shift(numbers, placed, rows, code, communes)
    points: list[Point | None] = []
    refused = []
    for row, (lon, lat), far_m in zip(rows, placed, outside, strict=True):
        if far_m <= ALLOWED_OUTSIDE_M:
            points.append(Point(float(lon), float(lat)))
            continue
        points.append(None)
        refused.append(f"{row.where}: {_refusal(row, lon, lat, far_m)}")
    return Placement(points, refused)


def _refusal(row: SourcePoint, lon: float, lat: float, far_m: float) -> str:
    """Return why one point is refused."""
    if not np.isfinite(far_m):
        return f"{row.first}, {row.second} lies outside Việt Nam in this coordinate system"
    return (
        f"it lies at {lon:.5f}, {lat:.5f}, {far_m / 1000:.1f} km outside the commune {row.commune_code}; "
        "correct the point or the commune"
    )


def _outside_m(
    placed: FloatArray, rows: Sequence[SourcePoint], communes: dict[str, BaseGeometry]
) -> FloatArray:
    """Return metres outside the named commune, 0 inside or without one, infinite outside Việt Nam."""
    west, south, east, north = VIETNAM_BOX
    lon, lat = placed[:, 0], placed[:, 1]
    with np.errstate(invalid="ignore"):
        inside = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    result = np.where(inside, 0.0, np.inf)
    by_commune: dict[str, list[int]] = {}
    for index, row in enumerate(rows):
        if inside[index] and row.commune_code in communes:
            by_commune.setdefault(str(row.commune_code), []).append(index)
    for code, members in by_commune.items():
        polygon = communes[code]
        middle = polygon.centroid
        plane = LocalPlane(middle.x, middle.y)
        flat = shapely.transform(
            polygon, lambda xy, on=plane: np.stack(on.project(xy[:, 0], xy[:, 1]), axis=1)
        )
        x, y = plane.project(lon[members], lat[members])
        result[members] = shapely.distance(flat, shapely.points(x, y))
    return result


def _share_inside(
    placed: FloatArray, rows: Sequence[SourcePoint], communes: dict[str, BaseGeometry]
) -> float:
    """Return the share of points that lie where they should."""
    return float((_outside_m(placed, rows, communes) <= ALLOWED_OUTSIDE_M).mean())


def _find_mistake(
    numbers: FloatArray, rows: Sequence[SourcePoint], code: int, communes: dict[str, BaseGeometry]
) -> str | None:
    """Return the one mistake that explains most points, or none."""
    exchanged = to_lon_lat(numbers[:, 1], numbers[:, 0], code)
    if _share_inside(exchanged, rows, communes) > 0.9:
        first = "X (northing) stands where the easting is expected" if code not in (4326, 4756) else ""
        return f"the two coordinates are exchanged; {first or 'latitude stands before longitude'}"
    if code in (WGS84_CODE, GEOGRAPHIC) and np.abs(numbers).max() > 180:
        return f"these are metres, not degrees; name the VN-2000 zone instead of EPSG:{code}"
    if code not in (WGS84_CODE, GEOGRAPHIC) and np.abs(numbers).max() <= 180:
        return f"these are degrees, not metres of EPSG:{code}; use EPSG:4326"
    if not any(row.commune_code in communes for row in rows):
        return None
    fits: Counter[int] = Counter()
    for other in (*PROVINCIAL_ZONES, *UTM_ZONES):
        if other != code:
            share = _share_inside(to_lon_lat(numbers[:, 0], numbers[:, 1], other), rows, communes)
            fits[other] = round(100 * share)
    best, percent = max(fits.items(), key=lambda item: (item[1], -item[0]))
    if percent > 90:
        return f"the points do not fit EPSG:{code} but fit EPSG:{best}; the zone is wrong"
    return None


def _check_shift(
    numbers: FloatArray,
    placed: FloatArray,
    rows: Sequence[SourcePoint],
    code: int,
    communes: dict[str, BaseGeometry],
) -> None:
    """Refuse degrees that were taken from VN-2000 without the datum shift.

    They lie about 225 m off. This shows when points cross the borders of their communes and would not, shifted.
    """
    if code != WGS84_CODE or not communes:
        return
    outside = _outside_m(placed, rows, communes)
    crossing = outside > ON_BORDER_M
    if np.count_nonzero(crossing) < TELLING_POINTS or not np.isfinite(outside).all():
        return
    shifted = _outside_m(to_lon_lat(numbers[:, 0], numbers[:, 1], GEOGRAPHIC), rows, communes)
    if not (shifted > ON_BORDER_M).any():
        raise CoordinateError(
            f"{rows[int(np.flatnonzero(crossing)[0])].where}: {np.count_nonzero(crossing)} points lie just outside "
            "their communes and none would with the datum shift of VN-2000; these degrees are VN-2000 (EPSG:4756), "
            "not EPSG:4326"
        )
