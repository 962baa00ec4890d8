"""A plain season on the demo region: scarce where it should be, and nobody without a seat."""

import json
from collections import Counter
from typing import Any

import networkx as nx
import pytest
import shapely

from data.demo.choices import choose_preferences, popularity
from data.demo.files import RegionFiles

Rows = list[dict[str, Any]]
SCALE = (109_450.0, 110_610.0)


def travel_seconds(
    network: nx.DiGraph, places: dict[int, tuple[float, float]], rows: Rows, sites: Rows
) -> dict[str, dict[str, int]]:
    """Return seconds by motorbike from each home to each site it can reach, between their nearest network nodes."""
    usable = sorted(
        set().union(*(part for part in nx.strongly_connected_components(network) if len(part) >= 20))
    )
    spots = [(places[node][0] * SCALE[0], places[node][1] * SCALE[1]) for node in usable]
    tree = shapely.STRtree(shapely.points(spots))

    def node_near(row: dict[str, Any]) -> int:
        point = shapely.Point(float(row["Kinh độ"]) * SCALE[0], float(row["Vĩ độ"]) * SCALE[1])
        return usable[int(tree.nearest(point))]

    backwards = network.reverse(copy=False)
    homes = {row["Mã học sinh"]: node_near(row) for row in rows}
    times: dict[str, dict[str, int]] = {code: {} for code in homes}
    for site in sites:
        reached = nx.single_source_dijkstra_path_length(backwards, node_near(site), weight="time_s")
        for code, node in homes.items():
            if node in reached:
                times[code][site["Mã điểm"]] = round(reached[node])
    return times


def admitted_by_time(
    lists: dict[str, list[str]], seats: dict[str, int], order: dict[tuple[str, str], tuple[int, int]]
) -> dict[str, str]:
    """Return who is admitted where by deferred acceptance, schools preferring the lower ``order``."""
    held: dict[str, list[str]] = {site: [] for site in seats}
    place = dict.fromkeys(lists, 0)
    waiting = sorted(lists, reverse=True)
    while waiting:
        student = waiting.pop()
        if place[student] >= len(lists[student]):
            continue
        site = lists[student][place[student]]
        place[student] += 1
        held[site].append(student)
        held[site].sort(key=lambda other: order[other, site])
        if len(held[site]) > seats[site]:
            waiting.append(held[site].pop())
    return {student: site for site, students in held.items() for student in students}


@pytest.fixture(scope="session")
def places(ways: list) -> dict[int, tuple[float, float]]:
    """Longitude and latitude of every node that lies on a way."""
    return {node: spot for way in ways for node, spot in zip(way.nodes, way.line.coords, strict=True)}


@pytest.mark.parametrize(("grade", "season"), [("1", "2027-2028"), ("6", "2027-2028"), ("1", "2026-2027")])
def test_seats_are_scarce_at_popular_schools_and_enough_for_all(
    grade: str,
    season: str,
    network: nx.DiGraph,
    places: dict[int, tuple[float, float]],
    student_rows: Rows,
    site_rows: Rows,
    seat_rows: Rows,
) -> None:
    seats = {
        row["Mã điểm"]: int(row["Chỉ tiêu"])
        for row in seat_rows
        if (row["Năm học"], row["Lớp tuyển"]) == (season, grade)
    }
    rows = [row for row in student_rows if (row["Năm học"], row["Lớp tuyển"]) == (season, grade)]
    times = travel_seconds(network, places, rows, [row for row in site_rows if row["Mã điểm"] in seats])
    lists = {
        code: choose_preferences(
            7, code, [(site, time, popularity(site)) for site, time in nearest(own, 10)], 5
        )
        for code, own in times.items()
    }
    order = {
        (code, site): (time // 60, int(code) * 7919 % 10007)
        for code, own in times.items()
        for site, time in own.items()
    }
    placed = admitted_by_time(lists, seats, order)

    wanted = Counter(own[0] for own in lists.values() if own)
    over = [site for site in seats if wanted[site] > seats[site]]
    first = sum(placed.get(code) == own[0] for code, own in lists.items() if own)
    unplaced = [code for code, own in lists.items() if own and code not in placed]
    assert len(over) >= 3
    assert 0.6 < first / len(rows) < 0.9
    assert 5 <= len(unplaced) <= 0.15 * len(rows)


def nearest(times: dict[str, int], count: int) -> list[tuple[str, int]]:
    """Return the sites of least time, as a family finds them."""
    return sorted(times.items(), key=lambda pair: (pair[1], pair[0]))[:count]


def test_a_family_names_two_to_five_sites_and_always_the_same_ones() -> None:
    rows = [(f"S{number}", 120 * number, 0.0) for number in range(1, 9)]
    lists = [choose_preferences(3, f"79270{number:05d}", rows, 5) for number in range(400)]
    assert {len(own) for own in lists} == {2, 3, 4, 5}
    assert all(len(set(own)) == len(own) for own in lists)
    assert lists == [choose_preferences(3, f"79270{number:05d}", rows[::-1], 5) for number in range(400)]
    assert sum(own[0] == "S1" for own in lists) > 200
    assert all(len(choose_preferences(3, "7927000001", rows, k)) <= k for k in (0, 1, 2))


def test_a_family_travels_further_for_a_popular_school() -> None:
    plain = [("near", 300, 0.0), ("far", 600, 0.0)]
    liked = [("near", 300, 0.0), ("far", 600, 9.0)]
    codes = [f"79270{number:05d}" for number in range(200)]
    to_far = [
        sum(choose_preferences(1, code, rows, 5)[0] == "far" for code in codes) for rows in (plain, liked)
    ]
    assert to_far[0] < 60 < 140 < to_far[1]


def told_times(
    stories: dict[str, Any],
    key: str,
    network: nx.DiGraph,
    places: dict[int, tuple[float, float]],
    student_rows: Rows,
    site_rows: Rows,
) -> list[dict[str, int]]:
    """Return for each child of a story the seconds by motorbike to each of its schools, by the school's role."""
    story = next(story for story in stories["stories"] if story["key"] == key)
    rows = [row for code in story["students"] for row in student_rows if row["Mã học sinh"] == code]
    sites = [row for row in site_rows if row["Mã điểm"] in story["schools"].values()]
    times = travel_seconds(network, places, rows, sites)
    return [
        {role: times[code][site] for role, site in story["schools"].items() if site in times[code]}
        for code in story["students"]
    ]


def test_the_stories_are_true_on_the_network(
    region: RegionFiles,
    network: nx.DiGraph,
    places: dict[int, tuple[float, float]],
    student_rows: Rows,
    site_rows: Rows,
) -> None:
    stories = json.loads(region.stories.read_text(encoding="utf-8"))
    known = (network, places, student_rows, site_rows)

    (island,) = told_times(stories, "island_child", *known)
    assert set(island) == {"own"}, "no motorbike reaches the mainland"

    north, south = told_times(stories, "doi_lau_families", *known)
    assert north["north"] < north["south"]
    assert south["south"] < south["north"]

    (ferry_side,) = told_times(stories, "ferry_side_child", *known)
    assert ferry_side["looks_near"] > ferry_side["own_shore"] + 15 * 60

    (last,) = told_times(stories, "one_class_over", *known)
    assert last["site"] < last["next"]
    in_doi_lau = [
        row
        for row in student_rows
        if (row["Năm học"], row["Lớp tuyển"], row["Ấp/Khu phố"]) == ("2027-2028", "1", "Ấp Doi Lầu")
    ]
    assert len(in_doi_lau) == 36
