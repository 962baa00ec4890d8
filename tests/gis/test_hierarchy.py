"""The contraction hierarchy against Dijkstra's search, and the table of seconds against the exact costs."""

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.coordinates import Point
from gis.network.network import Network
from gis.search.dijkstra import costs_to_all_many
from gis.search.engine import TravelEngine
from gis.search.graph import UNREACHABLE, ProfileGraph, pack, rounded, unpack
from gis.search.hierarchy import build_hierarchy, customize
from gis.search.sweep import FAR, NO_WAY_S, arrays_of, search_batch
from gis.travel import Traveller

quickly = settings(max_examples=80, deadline=None)


def random_graph(random: Random) -> ProfileGraph:
    """Return a directed graph with parallel arcs, one-ways, ties, and parts that nothing joins."""
    nodes = random.randint(2, 40)
    arcs = [(random.randrange(nodes), random.randrange(nodes)) for _ in range(random.randint(1, 120))]
    arcs = [(tail, head) for tail, head in arcs if tail != head] or [(0, 1)]
    tail, head = (np.array([arc[end] for arc in arcs], dtype=np.int32) for end in (0, 1))
    ms, mm = (np.array([random.randint(1, 9) for _ in arcs], dtype=np.int64) for _ in "tm")
    return ProfileGraph(nodes, tail, head, pack(ms, mm), np.arange(len(arcs), dtype=np.int32))


@quickly
@given(seed=st.integers(0, 10**6))
def test_a_sweep_finds_what_dijkstra_finds(seed: int):
    random = Random(seed)
    graph = random_graph(random)
    hierarchy = build_hierarchy(graph.node_count, graph.tail, graph.head)
    customized = customize(hierarchy, graph, graph.cost, FAR)
    used = np.flatnonzero(hierarchy.rank >= 0)
    targets = np.array([random.choice(used) for _ in range(8)], dtype=np.int32)
    seeds = np.stack((targets, targets[::-1]), axis=1)
    seed_costs = pack(np.array([random.randint(0, 5) for _ in range(16)]).reshape(8, 2), np.zeros((8, 2)))
    seed_costs[0, 1] = UNREACHABLE
    reached = np.empty((hierarchy.rank_count, 8), dtype=np.int64)
    search_batch(*arrays_of(hierarchy, customized), hierarchy.rank[seeds], seed_costs, reached, FAR)
    expected = costs_to_all_many(graph.outgoing(backwards=True), seeds, seed_costs)
    assert (expected[:, used] == reached[hierarchy.rank[used]].T).all()


@pytest.fixture
def town(two_banks, built) -> Network:
    """Two banks and an island that nothing joins."""
    two_banks.grid(5, 5, west_m=3000)
    return built(two_banks)


@pytest.mark.parametrize("profile", ["walk", "motorbike"])
def test_the_table_of_seconds_rounds_the_exact_costs(town: Network, profile: str, at):
    random = Random(5)
    traveller = Traveller(town, profile)

    def somewhere(count: int) -> np.ndarray:
        east = [random.choice([0, 600, 3000]) + random.uniform(-100, 500) for _ in range(count)]
        return np.array([at(x, random.uniform(-600, 500)) for x in east])

    homes, gates = somewhere(300), somewhere(37)
    gates[0] = homes[0]
    (origins, _), (destinations, _) = traveller.meet(homes), traveller.meet(gates)
    table = traveller.engine.seconds_table(origins, destinations)
    exact = np.empty((300, 37), dtype=np.int64)
    for _ in traveller.engine.fill_table(origins, destinations, exact):
        pass
    seconds = np.where(exact < UNREACHABLE, rounded(unpack(exact)[0]), NO_WAY_S)
    assert (table == seconds.T).all()
    assert table[0, 0] == (0 if origins.edge[0] >= 0 else NO_WAY_S)
    assert 0.2 < (table == NO_WAY_S).mean() < 0.9
    for origin in range(0, 300, 7):
        assert (traveller.engine.costs_from(origins, origin, destinations) == exact[origin]).all()


def test_asking_single_homes_leaves_no_trace_for_the_next(town: Network, at):
    traveller = Traveller(town, "walk")
    destinations = traveller.prepare(np.array([at(50, 0), at(700, 100), at(3100, 50)]))
    first = traveller.from_one(Point(*at(210, 130)), destinations)
    traveller.from_one(Point(*at(3333, 130)), destinations)
    assert traveller.from_one(Point(*at(210, 130)), destinations) == first
    assert first[2] is None


def test_profiles_of_a_network_share_one_hierarchy(town: Network):
    assert TravelEngine(town, "walk").hierarchy is TravelEngine(town, "car").hierarchy
