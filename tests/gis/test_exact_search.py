"""The engine against networkx on the exported graph: every second and metre, exactly."""

import csv
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import networkx as nx
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st

from gis.coordinates import WGS84, Point
from gis.errors import ExtractError, Unreachable
from gis.network.build import build_network
from gis.network.export import export_graph
from gis.network.network import Network
from gis.search.graph import UNREACHABLE, rounded, unpack
from gis.search.meetings import meet
from gis.snapping import EdgeSnapper, NodeSnapper
from gis.travel import Pairs, Traveller

SIZE = 6


def exported(network: Network, profile: str) -> tuple[nx.DiGraph, dict[int, Point]]:
    """Return the exported graph with its parallel arcs merged by the lesser (milliseconds, millimetres)."""
    with TemporaryDirectory() as folder:
        edges, nodes = Path(folder) / "edges.csv", Path(folder) / "nodes.csv"
        export_graph(network, profile, edges=edges, nodes=nodes)
        graph = nx.DiGraph()
        for row in csv.DictReader(edges.open()):
            cost = (thousandths(row["time_s"]) << 32) + thousandths(row["length_m"])
            source, target = int(row["source"]), int(row["target"])
            known = graph.get_edge_data(source, target, {"cost": cost})["cost"]
            graph.add_edge(source, target, cost=min(cost, known))
        places = {
            int(row["node"]): Point(float(row["lon"]), float(row["lat"]))
            for row in csv.DictReader(nodes.open())
        }
    return graph, places


def thousandths(text: str) -> int:
    """Return a decimal with three places as an integer."""
    whole, part = text.split(".")
    assert len(part) == 3
    return int(whole) * 1000 + int(part)


def shortest(graph: nx.DiGraph, source: int, target: int) -> tuple[int, int] | None:
    """Return seconds and metres by networkx, none where there is no path."""
    try:
        cost = nx.dijkstra_path_length(graph, source, target, weight="cost")
    except (nx.NetworkXNoPath, nx.NodeNotFound):
        return None
    return tuple(int(rounded(part)) for part in unpack(cost))


def table(network: Network, profile: str, snapper, origins: Sequence[Point], destinations: Sequence[Point]):
    """Return the engine's seconds and metres, none where unreachable, ``[origin][destination]``."""
    traveller = Traveller(network, profile)
    placed = [np.array(points, dtype=np.float64).reshape(-1, 2) for points in (origins, destinations)]
    homes, schools = (meet(network, profile, points, snapper.snap(points)) for points in placed)
    pairs = Pairs.every(len(origins), len(destinations))
    costs = traveller.engine.pair_costs(homes, schools, first=pairs.first, origin_index=pairs.origin_index)
    result = [[None] * len(destinations) for _ in origins]
    for index, cost in enumerate(costs):
        if cost < UNREACHABLE:
            found = tuple(int(rounded(part)) for part in unpack(cost))
            result[index % len(origins)][index // len(origins)] = found
    return result


def town(drawing_class, seed: int):
    """Draw a grid town with bent streets, one-ways, footpaths, loops and a ferry, all from one seed."""
    random = Random(seed)
    drawing = drawing_class()

    def about(metres: float) -> float:
        return metres + random.randint(-30, 30)

    crossings = [[drawing.node(about(100 * i), about(100 * j)) for j in range(SIZE)] for i in range(SIZE)]
    neighbours = [((i, j), (i + 1, j)) for i in range(SIZE - 1) for j in range(SIZE)]
    neighbours += [((i, j), (i, j + 1)) for i in range(SIZE) for j in range(SIZE - 1)]
    for (i, j), (k, m) in neighbours:
        bends = [drawing.node(about(100 * i + 40), about(100 * j + 45))] * random.randint(0, 1)
        road_class = random.choice(["primary", "residential", "residential", "service", "footway", "steps"])
        oneway = random.choice(["no", "no", "no", "yes", "-1"])
        drawing.way([crossings[i][j], *bends, crossings[k][m]], highway=road_class, oneway=oneway)
    for _ in range(random.randint(0, 3)):
        start = random.choice(random.choice(crossings))
        loop = [drawing.node(about(300), about(300)) for _ in range(3)]
        drawing.way([start, *loop, start], highway="residential", oneway=random.choice(["no", "yes"]))
    drawing.way([crossings[0][0], crossings[SIZE - 1][SIZE - 1]], route="ferry", duration="0:01")
    return drawing


def network_of(drawing) -> Network:
    """Build the network of a map; an example without any kept component is skipped."""
    with TemporaryDirectory() as folder:
        try:
            return build_network(drawing.save(Path(folder) / "town.osm"))
        except ExtractError:
            reject()


SEEDS = st.integers(0, 10**6)
quickly = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)


@pytest.fixture
def drawing_class(drawing):
    """The class of maps."""
    return type(drawing)


@quickly
@given(seed=SEEDS)
@pytest.mark.parametrize("profile", ["walk", "motorbike", "boat"])
def test_node_to_node_travel_equals_networkx_on_the_exported_graph(drawing_class, profile: str, seed: int):
    network = network_of(town(drawing_class, seed))
    graph, places = exported(network, profile)
    assume(places)
    chosen = Random(seed).sample(sorted(places), 6)
    points = [places[node] for node in chosen]
    snapper = NodeSnapper(network, profile, EdgeSnapper(network, profile))
    found = table(network, profile, snapper, points, points)
    for i, source in enumerate(chosen):
        for j, target in enumerate(chosen):
            assert found[i][j] == shortest(graph, source, target), (source, target)


def with_nodes_at(drawing, spots: Sequence[tuple[int, int, float]]):
    """Return a copy of a map with a node put into some segments, and those nodes' numbers.

    Args:
        spots: index of the way, of its segment, and how far along the segment, from 0 to 1.
    """
    copy = deepcopy(drawing)
    places = {number: point for number, point, _ in drawing.nodes}
    numbers = []
    for way, segment, share in sorted(spots, key=lambda spot: (spot[0], -spot[1], -spot[2])):
        start, end = (places[node] for node in drawing.ways[way][1][segment : segment + 2])
        lon, lat = (a + (b - a) * share for a, b in zip(start, end, strict=True))
        number = len(copy.nodes) + 1
        copy.nodes.append((number, Point(round(lon, 7), round(lat, 7)), {}))
        copy.ways[way][1].insert(segment + 1, number)
        numbers.append((spots.index((way, segment, share)), number))
    return copy, [number for _, number in sorted(numbers)]


@quickly
@given(seed=SEEDS)
def test_travel_between_places_on_edges_equals_travel_between_nodes_drawn_there(drawing_class, seed: int):
    """Partial edges, one-ways and both points on one edge: the same town with real nodes at the two places."""
    drawing, random = town(drawing_class, seed), Random(seed)
    roads = [index for index, (_, _, tags) in enumerate(drawing.ways) if "highway" in tags]
    spots: list[tuple[int, int, float]] = []
    for _ in range(6):
        index = random.choice(roads) if not spots or random.random() < 0.5 else spots[-1][0]
        segment = random.randrange(len(drawing.ways[index][1]) - 1)
        spots.append((index, segment, random.randint(1, 99) / 100))
    assume(len(set(spots)) == len(spots))
    drawn, numbers = with_nodes_at(drawing, spots)
    places = {number: point for number, point, _ in drawn.nodes}
    points = [places[number] for number in numbers]
    plain, split = network_of(drawing), network_of(drawn)
    snapper = EdgeSnapper(plain, "motorbike")
    snaps = snapper.snap(np.array(points))
    assume((snaps.edge >= 0).all() and (snaps.offset_mm < 100).all())
    graph, _ = exported(split, "motorbike")
    assume(all(number in graph for number in numbers))
    found = table(plain, "motorbike", snapper, points, points)
    for i, source in enumerate(numbers):
        for j, target in enumerate(numbers):
            expected = shortest(graph, source, target)
            assert (found[i][j] is None) == (expected is None)
            if expected is not None:
                assert found[i][j] == pytest.approx(expected, abs=1), (spots[i], spots[j])


@quickly
@given(seed=SEEDS)
def test_a_route_adds_up_to_the_travel_of_the_table(drawing_class, seed: int):
    drawing, random = town(drawing_class, seed), Random(seed)
    network = network_of(drawing)
    base = drawing.nodes[0][1]
    points = [
        Point(base.lon + random.uniform(0, 500) / 109_372, base.lat + random.uniform(0, 500) / 110_605)
        for _ in range(4)
    ]
    traveller = Traveller(network, "motorbike")
    found = table(network, "motorbike", traveller.snapper, points, points)
    for i, origin in enumerate(points):
        for j, destination in enumerate(points):
            if found[i][j] is None:
                with pytest.raises(Unreachable):
                    traveller.route(origin, destination)
                continue
            route = traveller.route(origin, destination)
            assert (route.time_s, route.length_m) == found[i][j]
            assert sum(leg.time_s for leg in route.legs) == route.time_s
            assert sum(leg.length_m for leg in route.legs) == route.length_m
            if route.line:
                assert route.line[0] == pytest.approx(origin)
                assert route.line[-1] == pytest.approx(destination)
                drawn_m = WGS84.line_length(*zip(*route.line, strict=True))
                assert drawn_m == pytest.approx(route.length_m, abs=1 + 0.001 * route.length_m)


def test_a_one_way_street_is_driven_round_and_not_back(drawing, tmp_path: Path, at):
    """Home and school on one one-way street: direct when it lies ahead, round the block when it lies behind."""
    drawing.grid(6, 6)
    crossings = [[drawing.nodes[6 * i + j][0] for j in range(6)] for i in range(6)]
    drawing.ways.pop(6 + 2)
    drawing.way([row[2] for row in crossings], highway="residential", oneway="yes")
    network = build_network(drawing.save(tmp_path / "town.osm"))
    snapper = EdgeSnapper(network, "motorbike")
    west, east = at(220, 200), at(280, 200)
    found = table(network, "motorbike", snapper, [west, east], [west, east])
    assert found[0][1][1] == pytest.approx(60, abs=1)
    assert found[1][0][1] == pytest.approx(20 + 100 + 100 + 100 + 20, abs=2)
    walked = table(network, "walk", EdgeSnapper(network, "walk"), [east], [west])
    assert walked[0][0][1] == pytest.approx(60, abs=1)


def test_of_equally_fast_paths_the_length_is_the_shorter_ones(drawing, tmp_path: Path, at):
    drawing.grid(5, 5)
    south, north = drawing.node(800, 0), drawing.node(800, 400)
    ends = [drawing.nodes[20][0], drawing.nodes[24][0]]
    for nodes in ([ends[0], south], [north, ends[1]]):
        drawing.way(nodes, highway="residential")
    short, long = drawing.node(800, 200), drawing.node(1000, 200)
    ferries = tmp_path / "ferries.csv"
    straight = drawing.way([south, short, north], route="ferry")
    detour = drawing.way([south, long, north], route="ferry")
    ferries.write_text(
        f"way,profiles,duration_min,wait_min\n{straight},motorbike,1,0\n{detour},motorbike,1,0\n",
        encoding="utf-8",
    )
    network = build_network(drawing.save(tmp_path / "town.osm"), ferries=ferries)
    snapper = EdgeSnapper(network, "motorbike")
    found = table(network, "motorbike", snapper, [at(800, 0)], [at(800, 400)])
    assert found[0][0] == (60, 400)


def test_the_way_home_differs_from_the_way_to_school_where_streets_are_one_way(drawing, tmp_path: Path, at):
    drawing.grid(5, 5, oneway="yes")
    drawing.way([drawing.nodes[24][0], drawing.nodes[0][0]], highway="primary")
    network = build_network(drawing.save(tmp_path / "town.osm"))
    snapper = EdgeSnapper(network, "motorbike")
    home, school = at(100, 100), at(300, 300)
    found = table(network, "motorbike", snapper, [home, school], [home, school])
    assert found[0][1][1] == pytest.approx(400, abs=2)
    assert found[1][0][1] > 900
