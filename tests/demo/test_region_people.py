"""The invented children, schools and stories of the demo region are what real offices could send."""

import json
import re
import unicodedata
from collections import Counter
from typing import Any

import shapely

from data.demo.files import RegionFiles

Rows = list[dict[str, Any]]


def test_there_are_950_children_for_each_grade_and_season(student_rows: Rows) -> None:
    counts = Counter((row["Năm học"], row["Lớp tuyển"]) for row in student_rows)
    assert counts == {(year, grade): 950 for year in ("2027-2028", "2026-2027") for grade in ("1", "6")}


def test_every_number_is_valid_in_form_clearly_fictitious_and_given_once(student_rows: Rows) -> None:
    for row in student_rows:
        sex, year = {"Nam": "2", "Nữ": "3"}[row["Giới tính"]], row["Ngày sinh"][-2:]
        assert re.fullmatch(rf"0\d\d{sex}{year}000\d{{3}}", row["Số định danh"])
        assert 1 <= int(row["Số định danh"][:3]) <= 96
        assert re.fullmatch(r"79\d{8}", row["Mã học sinh"])
        assert re.fullmatch(r"0[35789]\d\d000\d{3}", row["Số điện thoại"])
        assert row["Email"] == "" or re.fullmatch(r"[a-z0-9]+@phuhuynh\.invalid", row["Email"])
    assert len({row["Số định danh"] for row in student_rows}) == len(student_rows)
    assert len({row["Mã học sinh"] for row in student_rows}) == len(student_rows)


def test_children_are_of_the_calendar_year_of_their_grade_but_for_a_few_a_year_older(
    student_rows: Rows,
) -> None:
    for row in student_rows:
        expected = int(row["Năm học"][:4]) - {"1": 6, "6": 11}[row["Lớp tuyển"]]
        assert int(row["Ngày sinh"][6:]) in (expected, expected - 1)
    older = sum(
        int(row["Ngày sinh"][6:]) < int(row["Năm học"][:4]) - {"1": 6, "6": 11}[row["Lớp tuyển"]]
        for row in student_rows
    )
    assert 0 < older < 0.02 * len(student_rows)


def test_names_are_composed_unicode_and_of_several_peoples(student_rows: Rows) -> None:
    names = [row["Họ và tên"] for row in student_rows] + [row["Họ tên người giám hộ"] for row in student_rows]
    assert all(
        unicodedata.is_normalized("NFC", name) and name == name.strip() and len(name) >= 2 for name in names
    )
    groups = Counter(row["Mã dân tộc"] for row in student_rows)
    assert groups["01"] > groups["05"] > 20
    assert any(row["Họ và tên"].startswith(("H'", "K'")) for row in student_rows)
    assert any(" " not in row["Họ và tên"] for row in student_rows)


def test_twins_share_home_birth_date_and_guardian(student_rows: Rows) -> None:
    groups: dict[str, Rows] = {}
    for row in student_rows:
        if row["Mã nhóm sinh đôi"]:
            groups.setdefault(row["Mã nhóm sinh đôi"], []).append(row)
    assert len(groups) >= 10
    shared = (
        "Ngày sinh",
        "Địa chỉ",
        "Kinh độ",
        "Vĩ độ",
        "Số điện thoại",
        "Mã trường anh chị em",
        "Lớp tuyển",
    )
    for first, second in groups.values():
        for column in shared:
            assert first[column] == second[column]
        assert first["Họ và tên"] != second["Họ và tên"]


def test_homes_lie_in_their_commune_and_hamlet(region: RegionFiles, student_rows: Rows) -> None:
    shapes: dict[tuple[str, str], shapely.Geometry] = {}
    for path in (region.communes, region.hamlets):
        for feature in json.loads(path.read_text(encoding="utf-8"))["features"]:
            parent = feature["properties"]["parent_code"]
            own = feature["properties"]["code" if path == region.communes else "name"]
            shapes[parent, own] = shapely.from_geojson(json.dumps(feature["geometry"]))
    for row in student_rows:
        home = shapely.Point(float(row["Kinh độ"]), float(row["Vĩ độ"]))
        assert shapes["79", row["Mã xã"]].contains(home), row["Địa chỉ"]
        assert shapes[row["Mã xã"], row["Ấp/Khu phố"]].contains(home), row["Địa chỉ"]


def test_homes_stand_by_a_road_of_their_own_side_but_for_the_stated_hard_cases(
    region: RegionFiles, student_rows: Rows, ways: list
) -> None:
    stories = json.loads(region.stories.read_text(encoding="utf-8"))
    hard = {entry["student"]: entry["kind"] for entry in stories["hard_homes"]}
    assert sorted(hard.values()) == ["across_canal", "across_canal", "across_canal", "far_from_road"]
    scale = (109_450.0, 110_610.0)
    roads = [
        shapely.transform(way.line, lambda points: points * scale) for way in ways if "highway" in way.tags
    ]
    canals = shapely.STRtree(
        [shapely.transform(way.line, lambda points: points * scale) for way in ways if "waterway" in way.tags]
    )
    tree = shapely.STRtree(roads)
    for row in student_rows:
        home = shapely.Point(float(row["Kinh độ"]) * scale[0], float(row["Vĩ độ"]) * scale[1])
        road = roads[tree.nearest(home)]
        crosses = len(canals.query(shapely.shortest_line(home, road), predicate="intersects")) > 0
        kind = hard.get(row["Mã học sinh"])
        assert crosses == (kind == "across_canal"), row["Địa chỉ"]
        gap = home.distance(road)
        assert (320 < gap < 420) if kind == "far_from_road" else gap < 100, row["Địa chỉ"]


def test_addresses_name_house_street_hamlet_and_commune(student_rows: Rows) -> None:
    street = re.compile(r"^\d+ đường .+, ấp .+, xã .+$")
    alley = re.compile(r"^(\d+)/\d+ Hẻm \1 đường .+, ấp .+, xã .+$")
    in_alleys = sum(alley.match(row["Địa chỉ"]) is not None for row in student_rows)
    on_streets = sum(street.match(row["Địa chỉ"]) is not None for row in student_rows)
    assert in_alleys + on_streets == len(student_rows)
    assert in_alleys > 0.2 * len(student_rows)


def test_the_seats_are_enough_for_all_and_the_island_has_one_class(
    region: RegionFiles, student_rows: Rows, site_rows: Rows, seat_rows: Rows
) -> None:
    assert {row["Mã điểm"] for row in seat_rows} == {row["Mã điểm"] for row in site_rows}
    for row in seat_rows:
        assert int(row["Chỉ tiêu"]) == int(row["Số lớp"]) * int(row["Sĩ số tối đa"])
        assert row["Sĩ số tối đa"] == {"1": "35", "6": "45"}[row["Lớp tuyển"]]
    for grade in ("1", "6"):
        seats = sum(
            int(row["Chỉ tiêu"])
            for row in seat_rows
            if (row["Năm học"], row["Lớp tuyển"]) == ("2027-2028", grade)
        )
        assert 950 <= seats <= 950 * 1.2
    island = [row for row in seat_rows if row["Mã điểm"] == "79787411"]
    assert [row["Số lớp"] for row in island] == ["1", "1"]


def test_every_story_names_children_of_the_current_season(region: RegionFiles, student_rows: Rows) -> None:
    stories = json.loads(region.stories.read_text(encoding="utf-8"))
    current = {row["Mã học sinh"] for row in student_rows if row["Năm học"] == "2027-2028"}
    assert [story["number"] for story in stories["stories"]] == [1, 2, 3, 4, 5, 8]
    assert {code for story in stories["stories"] for code in story["students"]} <= current
    assert {entry["student"] for entry in stories["hard_homes"]} <= current
    assert stories["label"] == "dữ liệu minh họa"
