"""A season on a given extract: children along its streets, its own schools, the unusable left out and counted.

The extract is the invented region's, used here as if it were somebody else's, and where it is there the real one.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import shapely
from python_calamine import CalamineWorkbook

from data.demo.city import UnreadableSchools, write_city
from data.demo.city_streets import UnreadableExtract
from data.demo.files import RegionFiles

Rows = list[dict[str, Any]]
SCALE = (109_450.0, 110_610.0)


def sheet_rows(path: Path, sheet: str) -> Rows:
    """Return the rows of a sheet as dictionaries by header."""
    header, *rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_name(sheet).to_python()
    return [dict(zip(header, row, strict=True)) for row in rows]


def school_feature(
    osm: str, name: str | None, levels: list[str], place: tuple[float, float]
) -> dict[str, Any]:
    """Return one school of the list as the public extract gives it."""
    return {
        "type": "Feature",
        "properties": {"osm": osm, "name": name, "levels": levels, "addr": ""},
        "geometry": {"type": "Point", "coordinates": list(place)},
    }


@pytest.fixture(scope="module")
def school_list(tmp_path_factory: pytest.TempPathFactory, site_rows: Rows) -> Path:
    """Four usable schools, and five that are not: level unknown, kindergarten, upper secondary, far, nameless."""
    at = {row["Mã điểm"]: (float(row["Kinh độ"]), float(row["Vĩ độ"])) for row in site_rows}
    features = [
        school_feature("n11", "Tiểu học Một", ["tieu_hoc"], at["79787401"]),
        school_feature("w12", "Tiểu học Hai", ["tieu_hoc"], at["79787407"]),
        school_feature("w11", "TH và THCS Ba", ["tieu_hoc", "thcs"], at["79787405"]),
        school_feature("r9", "THCS Bốn", ["thcs", "thpt"], at["79787502"]),
        school_feature("n21", "Trường Năm", [], at["79787404"]),
        school_feature("n22", "Mầm non Sáu", ["mam_non"], at["79787404"]),
        school_feature("n23", "THPT Bảy", ["thpt"], at["79787404"]),
        school_feature("n24", "Tiểu học Tám", ["tieu_hoc"], (106.70, 10.36)),
        school_feature("n25", None, ["tieu_hoc"], at["79787404"]),
    ]
    path = tmp_path_factory.mktemp("list") / "schools.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory, region: RegionFiles, school_list: Path) -> RegionFiles:
    """A city of 301 children on the region's extract."""
    folder = tmp_path_factory.mktemp("city")
    return write_city(
        folder, extract=region.extract, schools=school_list, students=301, seed=7, school_year=2027,
        communes=region.communes,
    )  # fmt: skip


def test_half_the_children_enter_each_grade_and_the_extract_stays_where_it_is(
    city: RegionFiles, region: RegionFiles
) -> None:
    grades = Counter(row["Lớp tuyển"] for row in sheet_rows(city.students, "Học sinh"))
    assert grades == {"1": 151, "6": 150}
    assert city.extract == region.extract
    assert not list(city.folder.glob("*.pbf"))


def test_unusable_schools_are_left_out_and_counted(city: RegionFiles) -> None:
    assert city.schools_left_out == 3
    names = {
        row["Mã trường"]: (row["Tên trường"], row["Cấp học"]) for row in sheet_rows(city.schools, "Trường")
    }
    assert names == {
        "111": ("Tiểu học Một", "TH"),
        "211": ("TH và THCS Ba", "TH;THCS"),
        "212": ("Tiểu học Hai", "TH"),
        "39": ("THCS Bốn", "THCS;THPT"),
    }


def test_every_grade_has_seats_for_its_children_and_a_school_of_two_levels_has_both(
    city: RegionFiles,
) -> None:
    seats = sheet_rows(city.schools, "Chỉ tiêu")
    assert sum(int(row["Chỉ tiêu"]) for row in seats if row["Lớp tuyển"] == "1") >= 151
    assert sum(int(row["Chỉ tiêu"]) for row in seats if row["Lớp tuyển"] == "6") >= 150
    assert {row["Lớp tuyển"] for row in seats if row["Mã điểm"] == "211"} == {"1", "6"}
    assert {row["Mã điểm"] for row in seats if row["Lớp tuyển"] == "6"} == {"211", "39"}


def test_children_live_beside_streets_on_dry_land_and_in_the_commune_they_name(
    city: RegionFiles, ways: list
) -> None:
    roads = [shapely.transform(way.line, lambda at: at * SCALE) for way in ways if "highway" in way.tags]
    wet = shapely.STRtree(
        [shapely.transform(way.line, lambda at: at * SCALE) for way in ways if "waterway" in way.tags]
    )
    tree = shapely.STRtree(roads)
    communes = {
        feature["properties"]["code"]: shapely.from_geojson(json.dumps(feature["geometry"]))
        for feature in json.loads(city.communes.read_text(encoding="utf-8"))["features"]
    }
    for row in sheet_rows(city.students, "Học sinh"):
        lon, lat = float(row["Kinh độ"]), float(row["Vĩ độ"])
        assert communes[row["Mã xã"]].contains(shapely.Point(lon, lat))
        home = shapely.Point(lon * SCALE[0], lat * SCALE[1])
        road = roads[tree.nearest(home)]
        assert home.distance(road) < 40
        assert not len(wet.query(shapely.shortest_line(home, road), predicate="intersects"))


def test_the_same_seed_gives_the_same_city(
    city: RegionFiles, region: RegionFiles, school_list: Path, tmp_path: Path
) -> None:
    again = write_city(
        tmp_path, extract=region.extract, schools=school_list, students=301, seed=7, school_year=2027,
        communes=region.communes,
    )  # fmt: skip
    for name in ("communes", "hamlets", "schools", "students", "stories"):
        assert getattr(again, name).read_bytes() == getattr(city, name).read_bytes(), name


def test_without_communes_the_districts_of_the_extract_are_the_areas(
    region: RegionFiles, school_list: Path, tmp_path: Path
) -> None:
    city = write_city(
        tmp_path, extract=region.extract, schools=school_list, students=40, seed=1, school_year=2027
    )
    features = json.loads(city.communes.read_text(encoding="utf-8"))["features"]
    names = {feature["properties"]["name"] for feature in features}
    assert "Khu vực Xã Bình Khánh" in names
    codes = {feature["properties"]["code"] for feature in features}
    assert {row["Mã xã"] for row in sheet_rows(city.students, "Học sinh")} <= codes
    assert all(code.startswith("98") and len(code) == 5 for code in codes)


def test_a_file_that_is_no_extract_or_no_list_is_refused_with_its_name(
    region: RegionFiles, school_list: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.osm.pbf"
    broken.write_bytes(b"this is not an extract")
    with pytest.raises(UnreadableExtract, match=r"broken\.osm\.pbf"):
        write_city(tmp_path, extract=broken, schools=school_list, students=10, seed=1, school_year=2027)
    absent = tmp_path / "absent.osm.pbf"
    with pytest.raises(UnreadableExtract, match=r"absent\.osm\.pbf"):
        write_city(tmp_path, extract=absent, schools=school_list, students=10, seed=1, school_year=2027)
    empty = tmp_path / "empty.geojson"
    empty.write_text("{}", encoding="utf-8")
    with pytest.raises(UnreadableSchools, match=r"empty\.geojson"):
        write_city(tmp_path, extract=region.extract, schools=empty, students=10, seed=1, school_year=2027)


@pytest.mark.slow
def test_the_real_city_takes_its_children_and_seats_them_all(shared_data: Path, tmp_path: Path) -> None:
    city = write_city(
        tmp_path,
        extract=shared_data / "hcmc-2018.osm.pbf",
        schools=shared_data / "hcmc-2018-schools.geojson",
        students=2000,
        seed=7,
        school_year=2027,
    )
    assert city.schools_left_out >= 270
    assert city.school_count > 400
    seats = sheet_rows(city.schools, "Chỉ tiêu")
    for grade in ("1", "6"):
        assert sum(int(row["Chỉ tiêu"]) for row in seats if row["Lớp tuyển"] == grade) >= 1000
    rows = sheet_rows(city.students, "Học sinh")
    assert len(rows) == 2000
    assert len({row["Mã xã"] for row in rows}) > 10
