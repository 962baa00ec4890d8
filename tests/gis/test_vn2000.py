"""VN-2000: PostGIS and PROJ agree to the millimetre, and the usual mistakes are named."""

import numpy as np
import pytest
import shapely
from sqlalchemy import text

from gis.coordinates import WGS84
from gis.errors import CoordinateError
from gis.vn2000 import GEOGRAPHIC, PROVINCIAL_ZONES, UTM_ZONES, SourcePoint, from_lon_lat, place, to_lon_lat

CODES = (*PROVINCIAL_ZONES, *UTM_ZONES)
HCMC = 9210


def places_near(code: int) -> np.ndarray:
    """Return places of Việt Nam within two degrees of a zone's meridian."""
    meridian = PROVINCIAL_ZONES.get(code, 105.0 if code == 3405 else 111.0)
    return np.array(
        [(meridian + east, lat) for east in (-1.9, -0.7, 0.0, 1.4) for lat in (8.6, 10.8, 16.5, 23.3)]
    )


@pytest.mark.parametrize("code", CODES)
def test_postgis_and_ours_agree_within_a_millimetre_both_ways(session, code: int):
    for lon, lat in places_near(code):
        ours = from_lon_lat(np.array([[lon, lat]]), code)[0]
        row = session.execute(
            text(
                "select st_x(g), st_y(g), st_x(back), st_y(back) from ("
                " select st_transform(st_setsrid(st_makepoint(:lon, :lat), 4326), cast(:code as int)) as g,"
                " st_transform(st_setsrid(st_makepoint(:x, :y), cast(:code as int)), 4326) as back) as transformed"
            ),
            {"lon": lon, "lat": lat, "code": code, "x": ours[0], "y": ours[1]},
        ).one()
        assert np.hypot(row[0] - ours[0], row[1] - ours[1]) < 0.001
        back = to_lon_lat(ours[:1], ours[1:], code)[0]
        assert WGS84.inv(*back, row[2], row[3])[2] < 0.001


def test_there_and_back_is_the_same_place():
    for code in CODES:
        points = places_near(code)
        grid = from_lon_lat(points, code)
        assert np.abs(to_lon_lat(grid[:, 0], grid[:, 1], code) - points).max() < 2e-8


def test_leaving_out_the_datum_shift_moves_a_point_about_225_m():
    shifted = to_lon_lat(np.array([106.7]), np.array([10.78]), GEOGRAPHIC)[0]
    assert WGS84.inv(106.7, 10.78, *shifted)[2] == pytest.approx(225, abs=5)


SQUARE = shapely.box(106.70, 10.77, 106.74, 10.81)
COMMUNES = {"27000": SQUARE}


def rows(points: np.ndarray, commune: str | None = "27000") -> list[SourcePoint]:
    """Return source rows of numbers."""
    return [SourcePoint(f"row {i}", float(a), float(b), commune) for i, (a, b) in enumerate(points, start=2)]


def inside(count: int = 30) -> np.ndarray:
    """Return places all over the commune, up to its very border."""
    random = np.random.default_rng(3)
    west, south, east, north = SQUARE.bounds
    corners = [(west, south), (east, north), (west, north), (east, south)]
    return np.array([*corners, *random.uniform((west, south), (east, north), (count, 2))])


def test_points_of_a_zone_come_out_where_they_are():
    points = inside()
    placement = place(rows(from_lon_lat(points, HCMC)), HCMC, COMMUNES)
    assert placement.refused == []
    assert np.abs(np.array(placement.points) - points).max() < 2e-8


def test_exchanged_axes_are_named_and_nothing_is_placed():
    grid = from_lon_lat(inside(), HCMC)[:, ::-1]
    with pytest.raises(CoordinateError, match=r"row 2: the two coordinates are exchanged; X \(northing\)"):
        place(rows(grid), HCMC, COMMUNES)
    with pytest.raises(CoordinateError, match="latitude stands before longitude"):
        place(rows(inside()[:, ::-1]), 4326, COMMUNES)


def test_another_zone_is_named():
    with pytest.raises(CoordinateError, match="do not fit EPSG:9214 but fit EPSG:9210"):
        place(rows(from_lon_lat(inside(), HCMC)), 9214, COMMUNES)


def test_degrees_taken_from_vn2000_without_the_shift_are_named():
    unshifted = from_lon_lat(inside(), GEOGRAPHIC)
    with pytest.raises(CoordinateError, match=r"these degrees are VN-2000 \(EPSG:4756\)"):
        place(rows(unshifted), 4326, COMMUNES)
    assert place(rows(unshifted), GEOGRAPHIC, COMMUNES).refused == []


def test_metres_called_degrees_and_degrees_called_metres_are_named():
    with pytest.raises(CoordinateError, match="metres, not degrees"):
        place(rows(from_lon_lat(inside(), HCMC)), 4326, COMMUNES)
    with pytest.raises(CoordinateError, match="degrees, not metres of EPSG:9210"):
        place(rows(inside()), HCMC, COMMUNES)


def test_one_point_outside_its_commune_is_refused_by_name_and_the_rest_placed():
    points = np.array([*inside(), (106.76, 10.79)])
    placement = place(rows(from_lon_lat(points, HCMC)), HCMC, COMMUNES)
    assert placement.points[-1] is None
    assert len(placement.refused) == 1
    assert "row 36: it lies at 106.76000, 10.79000, 2.2 km outside the commune 27000" in placement.refused[0]


def test_a_system_of_another_country_is_refused():
    with pytest.raises(CoordinateError, match="EPSG:27700 is none of the coordinate systems of Việt Nam"):
        place(rows(inside()), 27700, COMMUNES)
