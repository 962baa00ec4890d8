"""The roads, waters and boundaries of the demo region hang together."""

import json
from pathlib import Path

import networkx as nx
import osmium
import pytest
import shapely

from data.demo.files import RegionFiles
from data.demo.region import write_region


def test_the_mainland_is_one_network_and_the_islands_are_their_own(network: nx.DiGraph) -> None:
    parts = sorted((len(part) for part in nx.strongly_connected_components(network)), reverse=True)
    assert len(parts) == 3, "the mainland with the far shore, Thạnh An, Thiềng Liềng"
    assert min(parts) >= 20
    assert parts[0] > 0.9 * network.number_of_nodes()


def test_the_far_shore_is_reached_only_by_the_ferry(ways: list, network: nx.DiGraph) -> None:
    ferry = next(way for way in ways if way.tags.get("name") == "Phà Bình Khánh")
    without = network.copy()
    without.remove_edges_from(
        list(nx.utils.pairwise(ferry.nodes)) + list(nx.utils.pairwise(ferry.nodes[::-1]))
    )
    assert nx.has_path(network, ferry.nodes[0], ferry.nodes[-1])
    assert not nx.has_path(without, ferry.nodes[0], ferry.nodes[-1])


def test_the_passenger_boat_joins_the_island_and_takes_no_motorbike(ways: list, network: nx.DiGraph) -> None:
    boat = next(way for way in ways if "Cần Thạnh - Thạnh An" in way.tags.get("name", ""))
    assert boat.tags["duration"] == "00:45"
    assert boat.tags["foot"] == "yes"
    assert boat.tags["motorcycle"] == "no"
    assert boat.nodes[0] in network and boat.nodes[-1] in network
    assert not nx.has_path(network, boat.nodes[0], boat.nodes[-1])


def test_no_road_crosses_water_except_on_a_bridge(region: RegionFiles, ways: list) -> None:
    water = []
    factory = osmium.geom.WKBFactory()
    for area in osmium.FileProcessor(str(region.extract)).with_areas():
        if area.is_area() and area.tags.get("natural") == "water":
            water.append(shapely.from_wkb(factory.create_multipolygon(area)))
    water += [way.line for way in ways if way.tags.get("waterway") == "canal"]
    tree = shapely.STRtree(water)
    roads = [way for way in ways if "highway" in way.tags and "bridge" not in way.tags]
    wet = {
        roads[road].tags["name"]
        for road, body in tree.query([way.line for way in roads], predicate="intersects").T
        if roads[road].line.intersection(water[body]).length > 1e-4 or water[body].geom_type == "LineString"
    }
    assert wet == set()
    assert (
        sum(1 for way in ways if "bridge" in way.tags and way.tags["highway"] in {"primary", "secondary"})
        >= 6
    )


def test_there_are_about_ten_bridges_with_names_on_the_through_roads(ways: list) -> None:
    through = {"primary", "secondary", "tertiary", "unclassified"}
    bridges = [way for way in ways if "bridge" in way.tags and way.tags["highway"] in through]
    assert 9 <= len(bridges) <= 20
    assert all(way.tags["bridge:name"].startswith("Cầu ") for way in bridges)


def test_communes_do_not_overlap_and_hamlets_fill_them(region: RegionFiles) -> None:
    communes = _shapes(region.communes)
    assert len(communes) == 5
    shapes = [shape for _, shape in communes.values()]
    total = sum(shape.area for shape in shapes)
    assert shapely.union_all(shapes).area == pytest.approx(total, rel=1e-6)
    hamlets = _shapes(region.hamlets)
    for code, (_, shape) in communes.items():
        own = [hamlet for parent, hamlet in hamlets.values() if parent == code]
        assert shapely.union_all(own).area == pytest.approx(shape.area, rel=1e-5)
        assert sum(hamlet.area for hamlet in own) == pytest.approx(shape.area, rel=1e-5)


def _shapes(path: Path) -> dict[str, tuple[str, shapely.Geometry]]:
    """Return parent code and polygon of each area by its code."""
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    return {
        feature["properties"]["code"]: (
            feature["properties"]["parent_code"],
            shapely.from_geojson(json.dumps(feature["geometry"])),
        )
        for feature in features
    }


def test_the_same_seed_writes_the_same_bytes_and_another_seed_does_not(
    region: RegionFiles, tmp_path: Path
) -> None:
    again = write_region(tmp_path / "again", seed=7, size="s", school_year=2027)
    other = write_region(tmp_path / "other", seed=8, size="s", school_year=2027)
    for name in ("extract", "communes", "hamlets", "schools", "students", "stories"):
        assert getattr(again, name).read_bytes() == getattr(region, name).read_bytes(), name
    assert other.students.read_bytes() != region.students.read_bytes()
    assert other.extract.read_bytes() != region.extract.read_bytes()
