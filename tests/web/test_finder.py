"""The school finder: one number everywhere, words for every place, and no page without an answer."""

import re

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session

from admissions.schools.service import find_schools
from gis.places import list_area_names, search_places
from gis.service import Point
from web.public.search import Search, read_point, read_typed_point


def place(world: Session, client: TestClient, name: str) -> Point:
    answer = client.get("/tim-truong", params={"lop": 1, "noi": name})
    lat, lon = re.search(r"lat=([\d.]+)&amp;lon=([\d.]+)", answer.text).groups()
    return Point(float(lon), float(lat))


def test_a_place_is_found_without_diacritics(client: TestClient) -> None:
    page = client.get("/tim-truong?lop=1&noi=ap+doi+lau").text
    assert "Ấp Doi Lầu, Xã An Thới Đông" in page


def test_a_street_is_offered_in_each_commune_that_it_crosses(world: Session, season) -> None:
    version_id = 1
    labels = [one.label for one in search_places(world, version_id=version_id, query="rung sac", limit=20)]
    assert len(labels) == len(set(labels))
    assert len([label for label in labels if label.startswith("Đường Rừng Sác, ")]) > 1


def test_a_commune_after_a_comma_narrows_the_search(world: Session) -> None:
    found = search_places(world, version_id=1, query="rung sac, binh khanh", limit=20)
    assert found
    assert all("Xã Bình Khánh" in one.label for one in found)


def test_signs_of_patterns_are_plain_letters_in_a_search(world: Session) -> None:
    assert search_places(world, version_id=1, query="%%%", limit=5) == []
    assert search_places(world, version_id=1, query="a", limit=5) == []


def test_names_of_areas_come_by_code(world: Session) -> None:
    assert list_area_names(world, kind="commune", codes=["27673", "00000"]) == {"27673": "Xã An Thới Đông"}


def test_an_unknown_place_is_said_beside_the_field_and_kept(client: TestClient) -> None:
    page = client.get("/tim-truong?lop=6&noi=Khong+Co+Noi+Nay").text
    assert "Chưa tìm thấy" in page
    assert 'value="Khong Co Noi Nay"' in page
    assert 'id="noi-loi"' in page


def test_the_list_gives_the_schools_of_the_service_by_minutes(
    client: TestClient, world: Session, season
) -> None:
    point = place(world, client, "doi lau")
    page = client.get(f"/tim-truong?lop=1&lat={point.lat}&lon={point.lon}").text
    finder = find_schools(world, level=1, point=point, now=season.now)
    shown = re.findall(r'dt-school__name"><a href="/tim-truong/truong/([^?"]+)', page)
    assert shown == [school.site_code for school in finder.schools[:12]]
    minutes = [re.sub(r"\s", " ", text) for text in re.findall(r'dt-school__way">([^<]+)<', page)]
    assert minutes[0].startswith("1 phút xe máy")
    assert f"<strong>{finder.schools[0].seats}</strong>" in page


def test_a_pair_of_numbers_is_taken_as_a_point(client: TestClient) -> None:
    page = client.get("/tim-truong?lop=1&noi=10.53508,+106.78008").text
    assert "trường, gần nhất trước" in page


@pytest.mark.parametrize("typed", ["10.5; 106.7", "10,53508 106,78008", " 10.5 , 106.7 "])
def test_points_are_read_however_maps_write_them(typed: str) -> None:
    point = read_typed_point(typed)
    assert point is not None
    assert round(point.lat) == 11 or round(point.lat) == 10
    assert round(point.lon) == 107


@pytest.mark.parametrize(("lat", "lon"), [("", ""), ("x", "1"), ("91", "106"), ("10", "181"), ("nan", "1")])
def test_what_is_no_place_on_earth_is_no_point(lat: str, lon: str) -> None:
    assert read_point(lat, lon) is None


def test_filters_leave_only_schools_within_the_minutes(client: TestClient, world: Session) -> None:
    point = place(world, client, "doi lau")
    page = client.get(f"/tim-truong?lop=1&lat={point.lat}&lon={point.lon}&phut=5").text
    assert "1 trường, gần nhất trước" in page


def test_nothing_within_the_filter_says_what_to_do(client: TestClient, world: Session) -> None:
    point = place(world, client, "doi lau")
    page = client.get(f"/tim-truong?lop=1&lat={point.lat}&lon={point.lon}&loai=khong-co").text
    assert "Không có trường nào như vậy quanh đây" in page


def test_a_point_far_from_every_road_gets_no_minutes_but_a_word(client: TestClient) -> None:
    page = client.get("/tim-truong?lop=1&lat=10.60000&lon=107.40000").text
    assert "không có đường nào" in page
    assert "chưa có đường đi" in page


def test_a_point_on_the_other_side_of_the_earth_is_answered_calmly(client: TestClient) -> None:
    assert client.get("/tim-truong?lop=1&lat=-33.4&lon=-70.6").status_code == 200


def test_from_the_island_the_way_is_told_with_its_boats(client: TestClient, world: Session, season) -> None:
    point = place(world, client, "thieng lieng")
    finder = find_schools(world, level=6, point=point, now=season.now)
    by_boat = next(school for school in finder.schools if school.travel and school.travel.profile == "boat")
    page = client.get(f"/tim-truong/truong/{by_boat.site_code}?lop=6&lat={point.lat}&lon={point.lon}").text
    assert "dt-legs__leg--water" in page
    assert "đi đò" in page.replace("\u00a0", " ")


def test_an_unknown_school_is_not_found(client: TestClient) -> None:
    assert client.get("/tim-truong/truong/000?lop=1&lat=10.53508&lon=106.78008").status_code == 404
    assert client.get("/tim-truong/truong/000?lop=1").status_code == 404


def test_the_map_page_says_in_a_list_what_it_draws(client: TestClient) -> None:
    page = client.get("/tim-truong/ban-do?lop=1&lat=10.53508&lon=106.78008").text
    assert "Danh sách trên trang này cho biết đủ" in page
    assert page.count('"mark":"') == page.count('class="dt-school dt-keep"') > 5


def test_the_start_view_of_the_map_shows_both_archipelagos(client: TestClient) -> None:
    page = client.get("/tim-truong/ban-do?lop=1").text
    assert "Quần đảo Hoàng Sa (Việt Nam)" in page
    assert "Quần đảo Trường Sa (Việt Nam)" in page


def test_tiles_are_served_for_ever_and_hold_the_archipelagos(client: TestClient) -> None:
    tile = client.get("/ban-do/1/5/25/14.mvt")
    assert tile.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert "immutable" in tile.headers["cache-control"]
    assert "Quần đảo Hoàng Sa (Việt Nam)".encode() in tile.content


@pytest.mark.parametrize("path", ["/ban-do/1/16/0/0.mvt", "/ban-do/1/3/8/0.mvt", "/ban-do/1/3/-1/0.mvt"])
def test_there_is_no_tile_outside_the_world(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_an_address_gives_back_the_search_it_was_made_from() -> None:
    search = Search(level=6, point=Point(106.78008, 10.53508), label="Ấp Doi Lầu & bến", minutes=15)
    assert "lat=10.53508" in search.address()
    assert "%26" in search.address()
    assert "phut" not in search.address(minutes=None)


def test_the_finder_is_warm_before_the_first_visitor(season, monkeypatch) -> None:
    from admissions.schools import warm_up
    from gis import service as gis

    monkeypatch.setattr(warm_up, "get_engine", lambda: season.stage.engine)
    gis._loaded.clear()
    warm_up.warm_up(lambda: season.now)
    assert len(gis._loaded) == 1
