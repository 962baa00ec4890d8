"""The spatial service on PostGIS: versions, locations, candidates, travel times, areas, tiles."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select, text

from gis import service
from gis.coordinates import WGS84, Point
from gis.errors import AreaError, CoordinateError, ExtractError, GisError, UnknownVersion, Unreachable
from gis.tables import MapFeature, NetworkVersion
from gis.vn2000 import from_lon_lat

NOW = datetime(2027, 3, 1, tzinfo=UTC)
DAY = date(2027, 3, 1)


@pytest.fixture
def version(session, two_banks, tmp_path: Path) -> NetworkVersion:
    """The two banks, imported, with a place name and a park."""
    two_banks.node(200, 200, place="village", name="Ấp Bờ Tây")
    park = [two_banks.node(x, y) for x, y in [(110, 110), (190, 110), (190, 190), (110, 190)]]
    two_banks.way([*park, park[0]], leisure="park", name="Công viên")
    extract = two_banks.save(tmp_path / "town.osm")
    return service.import_network(session, extract=extract, name="thử", now=NOW)


def test_the_same_extract_is_the_same_version(session, version, two_banks, tmp_path: Path):
    extract = two_banks.save(tmp_path / "copy.osm")
    again = service.import_network(session, extract=extract, name="lần hai", now=NOW)
    assert again.id == version.id
    assert session.scalar(text("select count(*) from network_version")) == 1


def test_a_broken_extract_leaves_nothing_behind(session, tmp_path: Path):
    broken = tmp_path / "broken.osm"
    broken.write_bytes(b"<osm version='0.6'><node id='1'")
    with pytest.raises(ExtractError):
        service.import_network(session, extract=broken, name="hỏng", now=NOW)
    for table in ("network_version", "network_archive", "map_feature"):
        assert session.scalar(text(f"select count(*) from {table}")) == 0


def test_the_stored_network_is_the_built_one(session, version):
    assert service.load_network(session, version_id=version.id).content_sha256 == version.content_sha256
    with pytest.raises(UnknownVersion, match="no network version 4711"):
        service.load_network(session, version_id=4711)


def test_locations_come_back_in_the_order_given(session, at):
    points = [at(30 * i % 170, i) for i in range(200)]
    ids = service.create_locations(session, points=points, method="generated", precision_m=5)
    rows = session.execute(text("select id, st_x(point), st_y(point) from location")).all()
    stored = {row[0]: (row[1], row[2]) for row in rows}
    assert [stored[number] for number in ids] == [tuple(point) for point in points]


def test_swapped_coordinates_are_named(session):
    with pytest.raises(CoordinateError, match=r"point 1: .* are swapped"):
        service.create_locations(session, points=[Point(10.77, 106.7)], method="pin", precision_m=5)


def test_candidates_are_the_nearest_on_the_ellipsoid(session, at):
    homes = [at(37 * i % 900, 53 * i % 700) for i in range(40)]
    schools = [at(71 * i % 950, 91 * i % 800) for i in range(25)]
    home_ids = service.create_locations(session, points=homes, method="generated", precision_m=5)
    school_ids = service.create_locations(session, points=schools, method="gate", precision_m=5)
    found = service.candidate_destinations(
        session, origin_ids=home_ids, destination_ids=school_ids, nearest=6
    )
    for number, home in zip(home_ids, homes, strict=True):
        distances = {s: WGS84.inv(*home, *point)[2] for s, point in zip(school_ids, schools, strict=True)}
        expected = sorted(distances, key=lambda s: (round(distances[s], 6), s))[:6]
        assert found[number] == sorted(expected)


def travelled(session, version, origin_ids, profile="motorbike"):
    """Return stored seconds and metres by pair."""
    rows = service.list_travel_times(session, version_id=version.id, profile=profile, origin_ids=origin_ids)
    return {(row.origin_id, row.destination_id): (row.time_s, row.length_m) for row in rows}


@pytest.fixture
def homes(session, at) -> list[int]:
    """Homes on both banks."""
    points = [at(100, 50), at(390, 100), at(700, 50), at(880, 333)]
    return service.create_locations(session, points=points, method="imported", precision_m=10)


@pytest.fixture
def schools(session, at) -> list[int]:
    """A school gate on each bank."""
    return service.create_locations(session, points=[at(0, 100), at(600, 100)], method="gate", precision_m=5)


def test_table_finder_and_route_say_the_same_to_the_second(session, version, homes, schools, at):
    report = service.compute_travel_times(
        session, version_id=version.id, profile="motorbike", candidates=dict.fromkeys(homes, schools)
    )
    assert (report.pairs, report.written, report.unreachable) == (8, 8, 0)
    stored = travelled(session, version, homes)
    for home, point in zip(homes, [at(100, 50), at(390, 100), at(700, 50), at(880, 333)], strict=True):
        found = service.travel_times_from_point(
            session, version_id=version.id, profile="motorbike", point=point, destination_ids=schools
        )
        for school in schools:
            travel = found[school]
            assert (travel.time_s, travel.length_m) == stored[home, school]
            route = service.route(
                session, version_id=version.id, profile="motorbike", origin=home, destination_id=school
            )
            assert (route.time_s, route.length_m) == stored[home, school]


def test_a_route_names_its_roads_and_its_bridge(session, version, homes, schools):
    route = service.route(
        session, version_id=version.id, profile="motorbike", origin=homes[1], destination_id=schools[1]
    )
    names = [leg.name for leg in route.legs]
    assert [name for name in names if name] == ["Đường Bờ Tây", "Cầu Kênh Đào", "Đường Bờ Đông"]
    assert {leg.mode for leg in route.legs} == {"motorbike"}


def test_only_candidate_pairs_are_written_and_a_second_run_replaces_the_first(
    session, version, homes, schools
):
    both = {homes[0]: schools, homes[1]: schools}
    service.compute_travel_times(session, version_id=version.id, profile="walk", candidates=both)
    one = {homes[0]: schools[:1]}
    service.compute_travel_times(session, version_id=version.id, profile="walk", candidates=one)
    assert set(travelled(session, version, homes, "walk")) == {
        (homes[0], schools[0]),
        (homes[1], schools[0]),
        (homes[1], schools[1]),
    }


def test_a_home_far_from_every_road_is_reported_and_gets_no_row(session, version, schools, at):
    lost, far = service.create_locations(
        session, points=[at(-5000, 0), at(-350, 100)], method="pin", precision_m=10
    )
    report = service.compute_travel_times(
        session, version_id=version.id, profile="walk", candidates={lost: schools, far: schools}
    )
    assert (report.refused_origin_ids, report.far_origin_ids) == ([lost], [far])
    assert (report.written, report.unreachable) == (2, 2)
    assert {key[0] for key in travelled(session, version, [lost, far], "walk")} == {far}
    snaps = dict(session.execute(text("select location_id, quality from location_snap")).all())
    assert (snaps[lost], snaps[far], snaps[schools[0]]) == ("refused", "far", "ok")


def test_snap_quality_tells_a_parent_about_the_pin(session, version, at):
    def quality(point: Point):
        return service.snap_quality(session, version_id=version.id, profile="motorbike", point=point)

    assert (quality(at(50, 10)).quality, quality(at(50, 10)).offset_m) == ("ok", 10)
    assert quality(at(-350, 0)).quality == "far"
    assert quality(at(-9000, 0)).quality == "refused"
    assert quality(at(-9000, 0)).offset_m is None


def test_a_route_to_nowhere_is_refused_in_a_sentence(session, version, homes, at):
    lost = service.create_locations(session, points=[at(-5000, 0)], method="pin", precision_m=10)
    with pytest.raises(Unreachable, match="the destination is more than 500 m"):
        service.route(session, version_id=version.id, profile="car", origin=homes[0], destination_id=lost[0])


def boundaries(path: Path, *features: dict, **more: object) -> Path:
    """Write a GeoJSON file."""
    path.write_text(
        json.dumps({"type": "FeatureCollection", "features": list(features), **more}), encoding="utf-8"
    )
    return path


def square(at, west: float, south: float, size: float = 500, **properties: object) -> dict:
    """Return a square feature."""
    corners = [
        (west, south),
        (west + size, south),
        (west + size, south + size),
        (west, south + size),
        (west, south),
    ]
    ring = [list(at(x, y)) for x, y in corners]
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


@pytest.fixture
def communes(session, tmp_path: Path, at):
    """Two neighbouring communes."""
    path = boundaries(
        tmp_path / "communes.geojson",
        square(at, 0, 0, code="00001", name="Xã Tây", parent_code="79"),
        square(at, 500, 0, code="00002", name="Xã Đông", parent_code="79"),
    )
    service.import_areas(session, path=path, kind="commune", valid_from=date(2025, 7, 1))
    return path


def test_a_point_finds_its_commune(session, communes, at):
    found = service.find_areas_at(session, point=at(100, 100), on=DAY)
    assert [(area.kind, area.code, area.name) for area in found] == [("commune", "00001", "Xã Tây")]
    assert service.find_areas_at(session, point=at(9000, 100), on=DAY) == []
    assert service.find_areas_at(session, point=at(100, 100), on=date(2025, 6, 30)) == []


def test_a_point_on_a_border_belongs_to_both_sides(session, communes, at):
    assert [area.code for area in service.find_areas_at(session, point=at(500, 250), on=DAY)] == [
        "00001",
        "00002",
    ]


def test_importing_twice_changes_nothing(session, communes):
    report = service.import_areas(session, path=communes, kind="commune", valid_from=date(2025, 7, 1))
    assert (report.rows_read, report.kept, report.changed, report.refused) == (2, 2, 0, [])
    assert session.scalar(text("select count(*) from area")) == 2


def test_a_new_boundary_ends_the_old_one_the_day_before(session, communes, tmp_path: Path, at):
    grown = boundaries(tmp_path / "new.geojson", square(at, 0, 0, 800, code="00001", name="Xã Tây Lớn"))
    service.import_areas(session, path=grown, kind="commune", valid_from=date(2027, 1, 1))
    before, after = date(2026, 12, 31), date(2027, 1, 1)
    where = at(100, 100)
    assert [area.name for area in service.find_areas_at(session, point=where, on=before)] == ["Xã Tây"]
    assert [area.name for area in service.find_areas_at(session, point=where, on=after)] == ["Xã Tây Lớn"]


def bow_tie(at) -> dict:
    """Return a feature whose boundary crosses itself."""
    ring = [list(at(x, y)) for x, y in [(0, 0), (400, 400), (400, 0), (0, 400), (0, 0)]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {"code": "9", "name": "Xã Chéo"}, "geometry": geometry}


def test_a_self_crossing_boundary_is_named_and_nothing_is_loaded_unless_skipped(session, tmp_path: Path, at):
    path = boundaries(tmp_path / "bad.geojson", square(at, 0, 0, code="1", name="Xã Lành"), bow_tie(at))
    with pytest.raises(AreaError, match=r"bad\.geojson, feature 2 \(Xã Chéo\): .*Self-intersection"):
        service.import_areas(session, path=path, kind="commune", valid_from=DAY)
    assert session.scalar(text("select count(*) from area")) == 0
    report = service.import_areas(session, path=path, kind="commune", valid_from=DAY, skip_bad=True)
    assert (report.rows_read, report.kept, len(report.refused)) == (2, 1, 1)


def swapped(at) -> dict:
    """Return a square with latitude first."""
    feature = square(at, 0, 0, code="1", name="Xã Ngược")
    ring = feature["geometry"]["coordinates"][0]
    feature["geometry"]["coordinates"] = [[point[::-1] for point in ring]]
    return feature


def in_metres() -> dict:
    """Return a square in VN-2000 metres."""
    ring = [[600000, 1190000], [601000, 1190000], [601000, 1191000], [600000, 1190000]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {"code": "1", "name": "Xã Mét"}, "geometry": geometry}


def test_a_wrong_coordinate_system_is_recognised(session, tmp_path: Path, at):
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::9210"}}
    cases = [
        (boundaries(tmp_path / "a.geojson", square(at, 0, 0, code="1", name="Xã"), crs=crs), "EPSG::9210"),
        (boundaries(tmp_path / "b.geojson", swapped(at)), "latitude before longitude at Xã Ngược"),
        (boundaries(tmp_path / "c.geojson", in_metres()), "is not in degrees: Xã Mét lies at 600000"),
        (boundaries(tmp_path / "d.geojson"), "holds no features"),
    ]
    for path, says in cases:
        with pytest.raises(GisError, match=says):
            service.import_areas(session, path=path, kind="commune", valid_from=DAY)
    assert session.scalar(text("select count(*) from area")) == 0


def tile_of(session, version, at, z: int = 15) -> bytes:
    """Return the tile of the town's middle."""
    from math import asinh, pi, radians, tan

    lon, lat = at(200, 200)
    x = int((lon + 180) / 360 * 2**z)
    y = int((1 - asinh(tan(radians(lat))) / pi) / 2 * 2**z)
    return service.tile(session, version_id=version.id, z=z, x=x, y=y)


def test_a_tile_holds_roads_water_green_places_and_boundaries_in_vietnamese(session, version, communes, at):
    content = tile_of(session, version, at)
    for word in (
        "roads",
        "water",
        "green",
        "places",
        "boundaries",
        "Kênh Đào",
        "Ấp Bờ Tây",
        "Công viên",
        "Xã Tây",
    ):
        assert word.encode() in content, word
    assert content == tile_of(session, version, at)


def test_hoang_sa_and_truong_sa_are_on_the_tiles_whatever_is_loaded(session, version):
    content = service.tile(session, version_id=version.id, z=3, x=6, y=3)
    assert "Quần đảo Hoàng Sa (Việt Nam)".encode() in content
    assert "Quần đảo Trường Sa (Việt Nam)".encode() in content


def test_an_impossible_tile_is_refused(session, version):
    with pytest.raises(UnknownVersion, match="no tile 3/8/0"):
        service.tile(session, version_id=version.id, z=3, x=8, y=0)


def test_map_features_belong_to_their_version(session, version):
    layers = {
        row.layer for row in session.scalars(select(MapFeature).where(MapFeature.version_id == version.id))
    }
    assert layers == {"roads", "water", "green", "places"}


def test_points_of_a_document_are_checked_against_their_communes(session, communes, at):
    grid = from_lon_lat(np.array([at(100, 100), at(1600, 100)]), 9210)
    rows = [service.SourcePoint(f"row {i}", x, y, "00001") for i, (x, y) in enumerate(grid, start=2)]
    placement = service.place_points(session, rows=rows, code=9210, on=DAY)
    assert placement.points[0] == pytest.approx(at(100, 100), abs=1e-8)
    assert placement.points[1] is None
    assert "row 3" in placement.refused[0] and "1.1 km outside the commune 00001" in placement.refused[0]
