"""Writes a drawn region as an OpenStreetMap extract (.osm.pbf), tagged as mappers tag.

Ids count upwards, objects are sorted, and every timestamp is the same, so that the same seed gives the same
bytes. The blocks are left uncompressed, because compressors differ between machines.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import osmium
import shapely
from osmium.osm import mutable

from data.demo.areas import AreaShape
from data.demo.ground import Ground
from data.demo.landscape import School
from data.demo.plane import Spot, lon_lat, spot_at
from data.demo.streets import Way

WRITTEN_AT = "2026-07-01T00:00:00Z"
GENERATOR = "dữ liệu minh họa"


class ExtractDraft:
    """Nodes, ways and relations in the making; ids are handed out in order of drawing."""

    def __init__(self, spots: Sequence[Spot]) -> None:
        self.nodes: list[tuple[Spot, dict[str, str]]] = [(spot, {}) for spot in spots]
        self.ways: list[tuple[tuple[int, ...], dict[str, str]]] = []
        self.relations: list[tuple[list[tuple[str, int, str]], dict[str, str]]] = []
        self._places = {spot: number for number, spot in enumerate(spots)}

    def node(self, spot: Spot, tags: dict[str, str] | None = None) -> int:
        """Return the id of a node at the spot: one that is there, unless this one carries tags."""
        place = Spot(round(spot.x, 3), round(spot.y, 3))
        if tags is None and place in self._places:
            return self._places[place] + 1
        self.nodes.append((place, tags or {}))
        if tags is None:
            self._places[place] = len(self.nodes) - 1
        return len(self.nodes)

    def way(self, spots: Iterable[Spot], tags: dict[str, str]) -> int:
        """Draw a way through spots and return its id."""
        self.ways.append((tuple(self.node(spot) for spot in spots), tags))
        return len(self.ways)

    def numbered_way(self, way: Way) -> None:
        """Take over a way of the street plan, whose node numbers are the draft's first nodes."""
        self.ways.append((tuple(number + 1 for number in way.nodes), way.tags))

    def area(self, polygon: shapely.Polygon, tags: dict[str, str]) -> None:
        """Draw a polygon: a closed way, or a multipolygon relation where it has holes."""
        if not polygon.interiors:
            self.way(_ring(polygon.exterior), tags)
            return
        members = [("w", self.way(_ring(polygon.exterior), {}), "outer")]
        members += [("w", self.way(_ring(hole), {}), "inner") for hole in polygon.interiors]
        self.relations.append((members, {"type": "multipolygon", **tags}))

    def write(self, path: Path) -> None:
        """Write the extract; an existing file is replaced."""
        header = osmium.io.Header()
        header.set("generator", GENERATOR)
        options = osmium.io.File(str(path), "pbf,pbf_compression=none,add_metadata=false")
        stamp = {"version": 1, "timestamp": WRITTEN_AT}
        with osmium.SimpleWriter(options, header=header, overwrite=True) as writer:
            for number, (spot, tags) in enumerate(self.nodes, start=1):
                writer.add_node(mutable.Node(id=number, location=lon_lat(*spot), tags=tags, **stamp))
            for number, (nodes, tags) in enumerate(self.ways, start=1):
                writer.add_way(mutable.Way(id=number, nodes=nodes, tags=tags, **stamp))
            for number, (members, tags) in enumerate(self.relations, start=1):
                writer.add_relation(mutable.Relation(id=number, members=members, tags=tags, **stamp))


def _ring(line: shapely.Geometry) -> list[Spot]:
    """Return the vertices of a closed line."""
    return [Spot(x, y) for x, y in line.coords]


def write_extract(path: Path, ground: Ground, gates: dict[str, Spot]) -> int:
    """Write the region's extract and return its number of nodes. ``gates`` gives each school site its point."""
    draft = ExtractDraft(ground.plan.nodes)
    for way in ground.plan.ways:
        draft.numbered_way(way)
    for ferry in ground.landscape.ferries:
        draft.way(
            [spot_at(*point) for point in ferry.line], _ferry_tags(ferry.name, ferry.duration, ferry.vehicles)
        )
        for end, landing in ((ferry.line[0], "Bến"), (ferry.line[-1], "Bến")):
            draft.node(spot_at(*end), {"amenity": "ferry_terminal", "name": f"{landing} {ferry.name}"})
    for body in ground.bodies:
        for polygon in shapely.get_parts(body.polygon):
            draft.area(polygon, {"natural": "water", "water": body.kind, "name": body.name})
    for tags, polygon in ground.cover:
        draft.area(polygon, tags)
    for name, line in ground.plan.canals:
        draft.way(line, {"waterway": "canal", "name": name, "width": "8"})
    _add_places(draft, ground)
    _add_schools(draft, ground.landscape.schools, gates)
    for area in [*ground.communes, *ground.hamlets]:
        _add_boundary(draft, area)
    draft.write(path)
    return len(draft.nodes)


def _ferry_tags(name: str, duration: str, vehicles: bool) -> dict[str, str]:
    """Return the tags of a ferry line; a passenger line says no to every vehicle."""
    yes_or_no = "yes" if vehicles else "no"
    return {
        "route": "ferry",
        "name": name,
        "duration": duration,
        "foot": "yes",
        "motor_vehicle": yes_or_no,
        "motorcar": yes_or_no,
        "motorcycle": yes_or_no,
        "bicycle": yes_or_no,
    }


def _add_places(draft: ExtractDraft, ground: Ground) -> None:
    """Add a place node for every hamlet and every commune, with the commune's office beside it."""
    for village in ground.landscape.villages:
        line = ground.lines[village.road]
        spot = line.at(line.chain_of(*village.centre))[0]
        kind = "village" if village.town else "hamlet"
        draft.node(Spot(spot.x + 9.0, spot.y + 9.0), {"place": kind, "name": village.name})
    for commune in ground.landscape.communes:
        largest = max(
            (v for v in ground.landscape.villages if v.commune == commune.code), key=lambda v: v.weight
        )
        line = ground.lines[largest.road]
        spot = line.at(line.chain_of(*largest.centre))[0]
        draft.node(
            Spot(spot.x - 25.0, spot.y + 30.0), {"amenity": "townhall", "name": f"UBND xã {commune.name}"}
        )
        draft.node(Spot(spot.x - 35.0, spot.y - 20.0), {"place": "town", "name": commune.name})


def _add_schools(draft: ExtractDraft, schools: Sequence[School], gates: dict[str, Spot]) -> None:
    """Add every school site as a small square of ground around its gate."""
    for school in schools:
        for site in school.sites:
            gate = gates[site.code]
            name = school.name if site is school.sites[0] else f"{school.name} - {site.name}"
            draft.node(gate, {"amenity": "school", "name": name, "ref": site.code})


def _add_boundary(draft: ExtractDraft, area: AreaShape) -> None:
    """Add a boundary relation with one outer way for every part of the area."""
    members = []
    for polygon in shapely.get_parts(area.polygon):
        members.append(("w", draft.way(_ring(polygon.exterior), {"boundary": "administrative"}), "outer"))
        members += [
            ("w", draft.way(_ring(hole), {"boundary": "administrative"}), "inner")
            for hole in polygon.interiors
        ]
    level = "6" if area.kind == "commune" else "8"
    tags = {
        "type": "boundary",
        "boundary": "administrative",
        "admin_level": level,
        "name": area.name,
        "ref": area.code,
    }
    draft.relations.append((members, tags))
