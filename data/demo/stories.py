"""The children whose cases show what the product is for; they are found among the invented ones, not added."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import shapely

from data.demo.ground import Ground
from data.demo.homes import HomeGround
from data.demo.landscape import Landscape
from data.demo.people import PERMANENT, TEMPORARY
from data.demo.plane import FloatArray, Spot, lon_lat, spot_at
from data.demo.population import Batch

Story = dict[str, Any]
Hard = dict[str, Any]
"""Both as they are written to stories.json."""


def region_stories(
    batches: Sequence[Batch],
    landscape: Landscape,
    gates: Mapping[str, Spot],
    hard: list[Hard],
    *,
    school_year: int,
) -> Story:
    """Return the stories of a region for ``stories.json``: student codes, and what each story is meant to show."""
    first, sixth = batches
    finder = _Finder(landscape, gates)
    stories = [
        _island(first, finder),
        _doi_lau(sixth, finder),
        _ferry_side(first, finder),
        _temporary(first, finder),
        _one_class_over(first, finder),
        twins_story(first),
    ]
    return {
        "label": "dữ liệu minh họa",
        "school_year": school_year,
        "stories": [story for story in stories if story],
        "hard_homes": hard,
    }


class _Finder:
    """Looks up children by hamlet and distance."""

    def __init__(self, landscape: Landscape, gates: Mapping[str, Spot]) -> None:
        self.gates = gates
        self.village = {village.code: number for number, village in enumerate(landscape.villages)}

    def members(self, batch: Batch, code: str) -> list[int]:
        """Return the positions in a batch of the children of one hamlet."""
        return [
            number
            for number, student in enumerate(batch.students)
            if student.village == self.village.get(code)
        ]

    def by_distance(self, batch: Batch, numbers: Sequence[int], spot: Spot) -> list[int]:
        """Return positions ordered by the straight distance of the homes from a spot."""
        return sorted(numbers, key=lambda number: (_distance_m(batch.homes.points[number], spot), number))


def _distance_m(point: FloatArray, spot: Spot) -> float:
    """Return the straight distance on the plane."""
    return float(np.sqrt((point[0] - spot.x) ** 2 + (point[1] - spot.y) ** 2))


def _island(batch: Batch, finder: _Finder) -> Story | None:
    """The island child: near the mainland in a straight line, 45 minutes by boat."""
    members = finder.members(batch, "27676-02")
    if not members or "79787407" not in finder.gates:
        return None
    number = members[0]
    straight = _distance_m(batch.homes.points[number], finder.gates["79787407"]) / 1000
    return {
        "number": 1,
        "key": "island_child",
        "title": "Em ở đảo Thạnh An",
        "students": [batch.students[number].code],
        "schools": {"own": "79787411", "looks_near": "79787407"},
        "straight_km": round(straight, 1),
        "shows": "Đường chim bay chỉ vài cây số, nhưng sang Cần Thạnh phải đi tàu khách khoảng 45 phút. "
        "Em học tại Trường Tiểu học Thạnh An, nơi có một lớp 35 chỗ.",
    }


def _doi_lau(batch: Batch, finder: _Finder) -> Story | None:
    """Two families of one hamlet whose nearest lower secondary schools differ."""
    members = finder.members(batch, "27673-05")
    if not members:
        return None
    order = sorted(members, key=lambda number: (float(batch.homes.points[number][1]), number))
    return {
        "number": 2,
        "key": "doi_lau_families",
        "title": "Hai gia đình ở ấp Doi Lầu",
        "students": [batch.students[order[-1]].code, batch.students[order[0]].code],
        "schools": {"north": "79787503", "south": "79787504"},
        "shows": "Ấp Doi Lầu không còn trường THCS. Chia theo thời gian đi lại thật, không chia đôi theo danh sách: "
        "nhà ở phía bắc và phía nam ấp cách hai trường khác nhau.",
    }


def _ferry_side(batch: Batch, finder: _Finder) -> Story | None:
    """The child beside the ferry, for whom a school on the far shore looks nearest."""
    members = finder.members(batch, "27667-01")
    if not members:
        return None
    landing = spot_at(106.7690, 10.6720)
    number = finder.by_distance(batch, members, landing)[0]
    straight = _distance_m(batch.homes.points[number], finder.gates["79786401"]) / 1000
    return {
        "number": 3,
        "key": "ferry_side_child",
        "title": "Em ở cạnh bến phà Bình Khánh",
        "students": [batch.students[number].code],
        "schools": {"own_shore": "79787401", "looks_near": "79786401"},
        "straight_km": round(straight, 1),
        "shows": "Trường bên Nhà Bè ở ngay bờ kia, nhưng đường đi thật phải qua phà 15 phút, chưa kể chờ.",
    }


def _temporary(batch: Batch, finder: _Finder) -> Story | None:
    """A temporary and a permanent resident who are neighbours and must be treated alike."""
    members = finder.members(batch, "27667-02")
    lodgers = [number for number in members if batch.students[number].residence == TEMPORARY]
    settled = [number for number in members if batch.students[number].residence == PERMANENT]
    pairs = [
        (_distance_m(batch.homes.points[lodger], Spot(*batch.homes.points[neighbour])), lodger, neighbour)
        for lodger in lodgers
        for neighbour in settled
        if not batch.students[lodger].sibling_school and not batch.students[neighbour].sibling_school
    ]
    if not pairs:
        return None
    _, lodger, neighbour = min(pairs)
    return {
        "number": 4,
        "key": "temporary_resident",
        "title": "Em tạm trú và em thường trú cạnh nhà nhau",
        "students": [batch.students[lodger].code, batch.students[neighbour].code],
        "schools": {},
        "shows": "Hai nhà sát nhau, một thường trú, một tạm trú: cùng thời gian đi lại thì cùng thứ tự ưu tiên.",
    }


def _one_class_over(batch: Batch, finder: _Finder) -> Story | None:
    """The hamlet with 36 children for its one class of 35; the farthest one is named."""
    members = finder.members(batch, "27673-05")
    if not members:
        return None
    order = finder.by_distance(batch, members, finder.gates["79787405-2"])
    return {
        "number": 5,
        "key": "one_class_over",
        "title": "Doi Lầu: 36 em, một lớp 35 chỗ",
        "students": [batch.students[order[-1]].code],
        "schools": {"site": "79787405-2", "next": "79787405"},
        "children": len(members),
        "shows": "Ấp có 36 em vào lớp 1 mà điểm Doi Lầu chỉ có một lớp 35 chỗ: vẫn không em nào bị bỏ lại.",
    }


def twins_story(batch: Batch) -> Story | None:
    """The first pair of twins of the batch."""
    groups: dict[str, list[str]] = {}
    for student in batch.students:
        if student.twin_group:
            groups.setdefault(student.twin_group, []).append(student.code)
    if not groups:
        return None
    return {
        "number": 8,
        "key": "twins",
        "title": "Hai em sinh đôi",
        "students": groups[min(groups)],
        "schools": {},
        "shows": "Hai em sinh đôi cùng nhà, cùng nguyện vọng: cùng được nhận hoặc cùng không.",
    }


def move_hard_homes(
    batches: Sequence[Batch], ground: Ground, home_ground: HomeGround
) -> tuple[list[Batch], list[Hard]]:
    """Move a few homes to where snapping is hard, and say which.

    Three stand on the bank of a canal whose nearest street is on the other side, one far out in the fields.
    """
    first = batches[0]
    points = first.homes.points.copy()
    hard: list[Hard] = []
    codes = {village.code: number for number, village in enumerate(ground.landscape.villages)}
    for code in ("27667-02", "27667-04", "27673-01"):
        if code not in codes:
            continue
        number = _movable(first, codes[code])
        spot = _across_the_canal(ground, home_ground, codes[code])
        if number is None or spot is None:
            continue
        points[number] = spot
        hard.append(_hard_home(first.students[number].code, "across_canal", spot))
    if "27673-03" in codes:
        number = _movable(first, codes["27673-03"])
        spot = _far_from_roads(home_ground, codes["27673-03"])
        if number is not None and spot is not None:
            points[number] = spot
            hard.append(_hard_home(first.students[number].code, "far_from_road", spot))
    return [first._replace(homes=replace(first.homes, points=points)), *batches[1:]], hard


def _hard_home(code: str, kind: str, spot: Spot) -> Story:
    """Return one entry of ``hard_homes``."""
    lon, lat = lon_lat(*spot)
    return {"student": code, "kind": kind, "lon": lon, "lat": lat}


def _movable(batch: Batch, village: int) -> int | None:
    """Return the last child of a village who is nobody's twin."""
    for number in reversed(range(len(batch.students))):
        if batch.students[number].village == village and not batch.students[number].twin_group:
            return number
    return None


def _across_the_canal(ground: Ground, home_ground: HomeGround, village: int) -> Spot | None:
    """Return a dry spot on the far bank of the village's canal, nearer to the street on the near bank."""
    name = f"Kênh {ground.landscape.villages[village].name}"
    line = next((line for canal, line in ground.plan.canals if canal == name), None)
    if line is None:
        return None
    canal = shapely.LineString(line)
    for share in np.linspace(0.3, 0.7, 41):
        middle = canal.interpolate(float(share), normalized=True)
        ahead = canal.interpolate(float(share) + 0.01, normalized=True)
        length = float(np.sqrt((ahead.x - middle.x) ** 2 + (ahead.y - middle.y) ** 2))
        for side in (1.0, -1.0):
            spot = Spot(
                middle.x - (ahead.y - middle.y) / length * 9.0 * side,
                middle.y + (ahead.x - middle.x) / length * 9.0 * side,
            )
            point = shapely.Point(spot)
            road = home_ground.roads[home_ground.road_tree.nearest(point)]
            path = shapely.shortest_line(point, road)
            if path.intersects(canal) and home_ground.hamlets[village].contains(point):
                return spot
    return None


def _far_from_roads(home_ground: HomeGround, village: int) -> Spot | None:
    """Return a dry spot of the hamlet between 320 and 420 metres from every road."""
    west, south, east, north = home_ground.hamlets[village].bounds
    for y in np.arange(south, north, 40.0):
        for x in np.arange(west, east, 40.0):
            point = shapely.Point(float(x), float(y))
            if not home_ground.hamlets[village].contains(point):
                continue
            gap = point.distance(home_ground.roads[home_ground.road_tree.nearest(point)])
            dry = not len(home_ground.water_tree.query(point.buffer(30.0), predicate="intersects"))
            if 320.0 < gap < 420.0 and dry:
                return Spot(float(x), float(y))
    return None
