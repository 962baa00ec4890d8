"""Old names and codes find today's units."""

import json
from datetime import date
from pathlib import Path

import pytest

from gis import service
from gis.errors import AreaError

DAY = date(2027, 3, 1)


def square(at, west: float, **properties: object) -> dict:
    """Return a square feature 500 m wide."""
    corners = [(west, 0), (west + 500, 0), (west + 500, 500), (west, 500), (west, 0)]
    ring = [list(at(x, y)) for x, y in corners]
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


@pytest.fixture
def communes(session, tmp_path: Path, at) -> None:
    """Two communes of one province, and one of the same name in another."""
    features = [
        square(at, 0, code="27667", name="Xã Bình Khánh", parent_code="79"),
        square(at, 500, code="27673", name="Xã An Thới Đông", parent_code="79"),
        square(at, 9000, code="30001", name="Xã Bình Khánh", parent_code="91"),
    ]
    provinces = [
        square(at, 0, code="79", name="Thành phố Hồ Chí Minh"),
        square(at, 9000, code="91", name="Tỉnh An Giang"),
    ]
    for kind, found in (("province", provinces), ("commune", features)):
        path = tmp_path / f"{kind}.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": found}), encoding="utf-8")
        service.import_areas(session, path=path, kind=kind, valid_from=date(2025, 7, 1))


@pytest.fixture
def table(session, communes, tmp_path: Path) -> None:
    """An office's table of old units."""
    path = tmp_path / "old.csv"
    path.write_text(
        "code,old_name,old_district,old_code,whole\n"
        "27667,Xã Bình Khánh,Huyện Cần Giờ,27667,1\n"
        "27667,Xã Tam Thôn Hiệp,Huyện Cần Giờ,27670,1\n"
        "27667,Xã An Thới Đông,Huyện Cần Giờ,27673,0\n"
        "27673,Xã An Thới Đông,Huyện Cần Giờ,27673,0\n"
        "27673,Xã Lý Nhơn,Huyện Cần Giờ,27679,1\n"
        "99999,Xã Nơi Khác,Huyện Xa,99998,1\n",
        encoding="utf-8",
    )
    report = service.import_predecessors(session, path=path, on=DAY)
    assert (report.rows_read, report.kept, report.other_kinds) == (6, 5, 1)


def found(session, name: str) -> list[tuple[str, str | None, bool]]:
    """Return code, former name and wholeness of what a name finds."""
    areas = service.find_areas_by_name(session, name=name, on=DAY)
    return [(item.area.code, item.former_name, item.whole) for item in areas]


def test_an_old_name_finds_its_successor_with_or_without_diacritics(session, table):
    assert found(session, "Xã Lý Nhơn") == [("27673", "Xã Lý Nhơn", True)]
    assert found(session, "ly nhon, can gio") == [("27673", "Xã Lý Nhơn", True)]
    assert found(session, "Tam Thôn Hiệp, Huyện Cần Giờ") == [("27667", "Xã Tam Thôn Hiệp", True)]


def test_an_old_code_finds_its_successor(session, table):
    assert found(session, "27679") == [("27673", "Xã Lý Nhơn", True)]


def test_a_divided_unit_finds_all_its_successors_and_says_so(session, table):
    former = [item for item in found(session, "An Thới Đông") if item[1]]
    assert former == [("27667", "Xã An Thới Đông", False), ("27673", "Xã An Thới Đông", False)]


def test_an_own_name_comes_before_a_former_one(session, table):
    assert found(session, "Bình Khánh")[0] == ("27667", None, True)
    assert found(session, "xa an thoi dong")[0] == ("27673", None, True)


def test_another_district_of_the_same_name_is_not_meant(session, table):
    assert found(session, "Lý Nhơn, Huyện Xa Lạ") == []


def test_a_name_with_signs_of_a_pattern_is_a_plain_name(session, table):
    assert found(session, ".*") == []
    assert found(session, "") == []


def test_the_converter_of_names_finds_the_commune_of_its_own_province(session, communes, tmp_path: Path):
    path = tmp_path / "converter.json"
    converter = {
        "DICT_PROVINCE_WARD_NO_DIVIDED": {
            "thanhphohochiminh": {"xabinhkhanh": ["thanhphohochiminh_huyencangio_xatamthonhiep"]}
        },
        "DICT_PROVINCE_WARD_DIVIDED": {
            "thanhphohochiminh": {
                "thanhphohochiminh_huyencangio_xaanthoidong": [
                    {"newWardKey": "xabinhkhanh"},
                    {"newWardKey": "xaanthoidong"},
                ]
            }
        },
    }
    path.write_text(json.dumps(converter), encoding="utf-8")
    report = service.import_predecessors(session, path=path, on=DAY)
    assert (report.rows_read, report.kept, report.other_kinds) == (3, 3, 0)
    assert found(session, "Tam Thôn Hiệp") == [("27667", "xatamthonhiep", True)]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("old.csv", "code,name\n1,x\n", "column 'old_name' is missing"),
        (
            "old.csv",
            "code,old_name,old_district,old_code,whole\n1,,,,\n",
            "row 2: code and old_name are needed",
        ),
        ("old.csv", "code,old_name,old_district,old_code,whole\n1,x,,,maybe\n", "whole is 'maybe'"),
        ("old.csv", "code,old_name,old_district,old_code,whole\n77,x,,,1\n", "fits none of the communes"),
        ("old.json", "[]", "is not a converter of old units"),
        ("old.json.gz", "not gzip", "is not a readable file"),
    ],
)
def test_a_wrong_file_is_named(session, communes, tmp_path: Path, name: str, content: str, says: str):
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(AreaError, match=says):
        service.import_predecessors(session, path=path, on=DAY)


def test_locations_find_their_communes_in_bulk(session, communes, at):
    ids = service.create_locations(
        session, points=[at(100, 100), at(500, 100), at(-900, 0)], method="pin", precision_m=5
    )
    codes = service.list_areas_of_locations(session, location_ids=ids, kind="commune", on=DAY)
    assert [codes[number] for number in ids] == [["27667"], ["27667", "27673"], []]
