"""OSMnx beside our own builder: an independent reading of the same map, and the two things we use it for."""

from pathlib import Path

import networkx as nx
import osmnx
import pytest

from gis.errors import ExtractError
from gis.network.build import build_network
from gis.network.network import profile_index
from gis.network.place import WAY_TAGS, write_extract
from gis.network.statistics import measure_streets


@pytest.fixture
def town(drawing, tmp_path) -> Path:
    """Crossing streets with a one-way, a bend and a dead end, as an .osm file; 30 crossings."""
    crossings = drawing.grid(6, 5)
    drawing.way(
        [crossings[5][4], drawing.node(560, 470), drawing.node(640, 520)], highway="residential", name="Hẻm 5"
    )
    drawing.way(
        [crossings[0][0], drawing.node(-80, -20), drawing.node(-90, 90), crossings[0][1]],
        highway="tertiary",
        oneway="yes",
    )
    return drawing.save(tmp_path / "town.osm")


def read_with_osmnx(path: Path, *, simplify: bool) -> nx.MultiDiGraph:
    osmnx.settings.all_oneway = False
    osmnx.settings.useful_tags_way = WAY_TAGS
    return osmnx.graph_from_xml(path, simplify=simplify, retain_all=True)


def test_both_readers_find_the_same_junctions_and_streets(town: Path) -> None:
    ours = measure_streets(build_network(town))
    theirs = read_with_osmnx(town, simplify=True)
    streets = theirs.to_undirected()
    # Where one street ends and the next begins we keep a junction; OSMnx draws them as one.
    assert ours.crossings + ours.dead_ends == theirs.number_of_nodes()
    assert ours.streets - (ours.junctions - theirs.number_of_nodes()) == streets.number_of_edges()
    # OSMnx measures on a sphere, we on the ellipsoid: up to half a per cent apart.
    assert ours.street_km * 1000 == pytest.approx(
        sum(length for *_, length in streets.edges(data="length")), rel=0.006
    )


def test_shortest_ways_by_length_agree_within_the_sphere_error(town: Path) -> None:
    network = build_network(town)
    theirs = read_with_osmnx(town, simplify=False)
    ours = nx.MultiDiGraph()
    walk = profile_index("walk")
    nodes = network.junction_node
    for edge in range(network.edge_count):
        ends = (int(nodes[network.edge_from[edge]]), int(nodes[network.edge_to[edge]]))
        for direction, (start, end) in ((1, ends), (2, ends[::-1])):
            if network.directions[walk][edge] & direction:
                ours.add_edge(start, end, length=network.edge_mm[edge] / 1000)
    # Walkers ignore one-way signs, which OSMnx obeys: compare on streets that go both ways.
    theirs = theirs.to_undirected()
    for start in sorted(ours)[:6]:
        expected = nx.single_source_dijkstra_path_length(theirs, start, weight="length")
        found = nx.single_source_dijkstra_path_length(ours, start, weight="length")
        for end, length in found.items():
            assert length == pytest.approx(expected[end], rel=0.006, abs=0.5)


def test_a_fetched_graph_becomes_an_extract_our_builder_reads(town: Path, tmp_path: Path) -> None:
    osmnx.settings.all_oneway = True
    osmnx.settings.useful_tags_way = WAY_TAGS
    graph = osmnx.graph_from_xml(town, simplify=False, retain_all=True)
    write_extract(graph, tmp_path / "again.osm")
    before, after = (
        measure_streets(build_network(town)),
        measure_streets(build_network(tmp_path / "again.osm")),
    )
    assert after.streets == before.streets
    assert after.street_km == pytest.approx(before.street_km, rel=1e-6)


def test_an_extract_is_written_only_as_osm(town: Path, tmp_path: Path) -> None:
    with pytest.raises(ExtractError, match=r"must end in \.osm"):
        write_extract(nx.MultiDiGraph(), tmp_path / "x.pbf")
