"""What the base map draws, read from an extract: roads, ferries, water, green, place names."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import osmium
import shapely

from gis.network.edits import Edit
from gis.network.extract import Progress, is_water_area, is_watercourse, opened, reading

ROAD_ZOOM = {
    "motorway": 6,
    "trunk": 7,
    "primary": 8,
    "secondary": 10,
    "tertiary": 11,
    "motorway_link": 11,
    "trunk_link": 11,
    "primary_link": 12,
    "secondary_link": 12,
    "tertiary_link": 13,
    "unclassified": 13,
    "residential": 13,
    "road": 13,
    "living_street": 14,
    "service": 14,
    "pedestrian": 14,
    "track": 14,
    "alley": 15,
    "path": 15,
    "footway": 15,
    "cycleway": 15,
    "steps": 16,
}
"""Classes that are drawn, and the zoom from which they are."""

WATERCOURSE_ZOOM = {"river": 8, "canal": 11, "tidal_channel": 11, "stream": 13}

GREEN = {
    "leisure": {"park": 11, "garden": 14, "nature_reserve": 8, "golf_course": 12, "recreation_ground": 13},
    "landuse": {"forest": 9, "cemetery": 13, "grass": 14, "village_green": 14, "recreation_ground": 13},
    "natural": {"wood": 9, "mangrove": 9, "wetland": 9, "scrub": 12, "grassland": 13},
}

PLACE_ZOOM = {
    "city": 5,
    "town": 9,
    "suburb": 12,
    "village": 12,
    "quarter": 13,
    "hamlet": 13,
    "island": 10,
    "neighbourhood": 14,
}


class Feature(NamedTuple):
    """A row of ``map_feature`` before it has a version."""

    layer: str
    kind: str
    name: str | None
    min_zoom: int
    osm_id: int
    detail: dict[str, object] | None
    wkb_hex: str


def read_features(path: Path, progress: Progress | None = None) -> Iterator[Feature]:
    """Yield everything drawable, in the extract's own order.

    Raises:
        ExtractError: the file is broken.
    """
    shapes = osmium.geom.WKBFactory()
    areas = osmium.filter.KeyFilter("natural", "waterway", "landuse", "leisure")
    wanted = osmium.filter.KeyFilter("highway", "route", "waterway", "natural", "landuse", "leisure", "place")
    files = opened(path).with_locations().with_areas(areas).with_filter(wanted)
    for count, thing in enumerate(reading(path, files)):
        if progress and count % 5000 == 0:
            progress("map features read", count, None)
        tags = dict(thing.tags)
        if thing.is_node():
            feature = _place(thing, tags, shapes)
        elif thing.is_way():
            feature = _line(thing, tags, shapes)
        elif thing.is_area():
            feature = _surface(thing, tags, shapes)
        else:
            feature = None
        if feature is not None:
            yield feature


def _named(tags: dict[str, str]) -> str | None:
    """Return the Vietnamese name."""
    return tags.get("name:vi") or tags.get("name")


def _place(node: osmium.osm.Node, tags: dict[str, str], shapes: osmium.geom.WKBFactory) -> Feature | None:
    """Return a place name; the extract's unknown kinds of place are no places."""
    zoom, name = PLACE_ZOOM.get(tags.get("place", "")), _named(tags)
    if zoom is None or name is None:
        return None
    return Feature("places", tags["place"], name, zoom, node.id, None, shapes.create_point(node))


def _line(way: osmium.osm.Way, tags: dict[str, str], shapes: osmium.geom.WKBFactory) -> Feature | None:
    """Return a road, ferry or watercourse."""
    road_class = "alley" if tags.get("service") == "alley" else tags.get("highway", "")
    if tags.get("route") == "ferry":
        layer, kind, zoom = "ferries", "ferry", 9
    elif road_class in ROAD_ZOOM and tags.get("area") != "yes":
        layer, kind, zoom = "roads", road_class, ROAD_ZOOM[road_class]
    elif is_watercourse(tags):
        layer, kind, zoom = "water", tags["waterway"], WATERCOURSE_ZOOM[tags["waterway"]]
    else:
        return None
    detail: dict[str, object] = {
        key: tags[key] for key in ("oneway", "bridge", "tunnel") if tags.get(key, "no") != "no"
    }
    try:
        line = shapes.create_linestring(way)
    except (RuntimeError, ValueError):
        return None
    return Feature(layer, kind, _named(tags), zoom, way.id, detail or None, line)


def _surface(area: osmium.osm.Area, tags: dict[str, str], shapes: osmium.geom.WKBFactory) -> Feature | None:
    """Return a water or green surface."""
    if is_water_area(tags):
        layer, kind, zoom = "water", tags.get("water", "water"), 8
    else:
        found = [(key, tags[key], zooms[tags[key]]) for key, zooms in GREEN.items() if tags.get(key) in zooms]
        if not found:
            return None
        layer, kind, zoom = "green", found[0][1], found[0][2]
    try:
        surface = shapes.create_multipolygon(area)
    except (RuntimeError, ValueError):
        return None
    return Feature(layer, kind, _named(tags), zoom, area.orig_id(), None, surface)


def road_feature(edit: Edit) -> Feature:
    """Return the feature of a road that an edit list adds."""
    kind = edit.road_class
    detail: dict[str, object] = {"oneway": "yes"} if edit.oneway else {}
    detail |= {"bridge": "yes"} if edit.bridge else {}
    line = shapely.LineString(edit.points)
    return Feature("roads", kind, edit.name or None, ROAD_ZOOM.get(kind, 14), 0, detail or None, line.wkb_hex)
