"""What the ground is covered with besides water and streets: houses, ponds, orchards, and the mangrove.

Only for the eye; nothing is decided by it. Offsets are drawn with mitred corners, which need no sines.
"""

from collections.abc import Sequence

import shapely

from data.demo.landscape import Landscape
from data.demo.roads import RoadLine
from data.demo.streets import StreetPlan

RESIDENTIAL_M, FIELDS_FROM_M, FIELDS_TO_M = 35.0, 70.0, 420.0
MANGROVE_FROM_ROADS_M = 330.0
HAIRLINE_M = 6.0
SMALLEST_M2 = 20_000.0

Covered = tuple[dict[str, str], shapely.Polygon]


def ground_cover(
    landscape: Landscape,
    plan: StreetPlan,
    lines: dict[str, RoadLine],
    communes: dict[str, shapely.Geometry],
    water: shapely.Geometry,
) -> list[Covered]:
    """Return tagged polygons: residential land, the fields or ponds around each village, and mangrove.

    Args:
        communes: polygons by code, to find the communes that are covered with mangrove.
    """
    hulls = _village_hulls(plan, len(landscape.villages))
    built = shapely.union_all([_wider(hull, RESIDENTIAL_M) for hull in hulls])
    roads = shapely.union_all([_wider(line.shape, 25.0) for line in lines.values()])
    keep_off = shapely.union_all([built, roads, water])
    covered: list[Covered] = []
    fields: list[shapely.Geometry] = []
    for village, hull in zip(landscape.villages, hulls, strict=True):
        residential = shapely.difference(_wider(hull, RESIDENTIAL_M), _clipped(water, hull))
        covered += _polygons(residential, {"landuse": "residential", "name": f"Ấp {village.name}"})
        around = shapely.difference(_wider(hull, FIELDS_TO_M), _wider(hull, FIELDS_FROM_M))
        taken = shapely.union_all([_clipped(keep_off, around), *_meeting(fields, around)])
        fields.append(shapely.difference(around, taken))
        covered += _polygons(fields[-1], {"landuse": village.fields})
    for code in landscape.mangrove:
        commune = communes[code]
        verges = [_wider(line.shape, MANGROVE_FROM_ROADS_M) for line in lines.values()]
        taken = shapely.union_all(
            [_clipped(keep_off, commune), *_meeting(verges, commune), *_meeting(fields, commune)]
        )
        wild = shapely.simplify(shapely.difference(commune, taken), 15.0)
        tags = {"natural": "wetland", "wetland": "mangrove", "name": "Rừng ngập mặn"}
        covered += _polygons(wild, tags)
    return covered


def _clipped(shape: shapely.Geometry, place: shapely.Geometry) -> shapely.Geometry:
    """Return the part of a large shape in the rectangle around a place, and a little more."""
    west, south, east, north = place.bounds
    return shapely.clip_by_rect(shape, west - 100.0, south - 100.0, east + 100.0, north + 100.0)


def _meeting(shapes: Sequence[shapely.Geometry], place: shapely.Geometry) -> list[shapely.Geometry]:
    """Return the shapes that meet a place."""
    return [shape for shape in shapes if shape.intersects(place)]


def _village_hulls(plan: StreetPlan, count: int) -> list[shapely.Geometry]:
    """Return the hull of each village's streets."""
    spots: list[list[tuple[float, float]]] = [[] for _ in range(count)]
    for frontage in plan.frontages:
        spots[frontage.village] += [frontage.start, frontage.end]
    return [shapely.concave_hull(shapely.MultiPoint(own), ratio=0.35) for own in spots]


def _wider(shape: shapely.Geometry, metres: float) -> shapely.Geometry:
    """Return the shape grown by some metres, with mitred corners."""
    return shapely.buffer(shape, metres, join_style="mitre", cap_style="flat", mitre_limit=2.0)


def _polygons(shape: shapely.Geometry, tags: dict[str, str]) -> list[Covered]:
    """Return the polygons of a shape that are large enough to draw, each with the tags.

    Hairlines are opened and corners put on whole metres, so that no ring meets itself once it is rounded to the
    extract's seven decimals.
    """
    opened = _wider(_wider(shape, -HAIRLINE_M), HAIRLINE_M)
    return [
        (tags, part)
        for part in shapely.get_parts(shapely.set_precision(opened, 1.0))
        if part.geom_type == "Polygon" and part.area >= SMALLEST_M2
    ]
