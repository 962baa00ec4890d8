"""`make bench-travel`: travel times at city scale, beside OSRM and scipy, exact against networkx.

Prints figures as it goes and one JSON line at the end. Ends with 1 only when an answer is wrong.
"""

import argparse
import csv
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import networkx as nx
import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra
from travel_city import homes_along_streets, made_up_city, schools_of
from travel_osrm import NoPeer, osrm_pairs_per_core_second

from data.settings import ROOT
from gis.network.build import build_network
from gis.network.export import export_graph
from gis.network.network import Network, read_network
from gis.search.engine import TravelEngine, get_hierarchy
from gis.search.graph import UNREACHABLE, pack, rounded, unpack
from gis.search.meetings import Meetings, meet
from gis.search.sweep import NO_WAY_S
from gis.snapping import EdgeSnapper, NodeSnapper
from gis.travel import Traveller

PROFILE = "motorbike"
TARGETS = {"total_s": 10, "peak_mb": 1500, "osrm_ratio": 20, "one_home_ms": 1, "changed_road_s": 5}


class Clock:
    """Collects named times; each is told at once."""

    def __init__(self) -> None:
        """Start with nothing measured."""
        self.wall: dict[str, float] = {}
        self.cpu: dict[str, float] = {}

    @contextmanager
    def measuring(self, name: str) -> Iterator[None]:
        """Time a block under a name."""
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.wall[name], self.cpu[name] = time.perf_counter() - wall, time.process_time() - cpu
        print(f"  {name:<42} {self.wall[name]:8.2f} s   {self.cpu[name]:8.2f} core-s", flush=True)


def peak_mb() -> int:
    """Return the most memory this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def warm_up() -> None:
    """Compile, or load, every kernel on a small made-up town."""
    town = made_up_city(900, seed=1)
    traveller = Traveller(town, PROFILE)
    homes, _ = traveller.meet(homes_along_streets(town, 50, seed=1))
    traveller.engine.seconds_table(homes, homes)
    traveller.engine.costs_from(homes, 0, homes)
    for _ in traveller.engine.fill_table(homes, homes, np.empty((50, 50), dtype=np.int64)):
        pass


def full_table(network: Network, homes: np.ndarray, schools: np.ndarray, clock: Clock) -> dict[str, float]:
    """Measure the whole way from points to the full table, and return its figures."""
    get_hierarchy.cache_clear()
    before = dict(clock.wall), dict(clock.cpu)
    with clock.measuring("index edges and water"):
        traveller = Traveller(network, PROFILE)
    with clock.measuring(f"snap {len(homes)} homes, {len(schools)} schools"):
        (home_meetings, _), (school_meetings, _) = traveller.meet(homes), traveller.meet(schools)
    with clock.measuring("order nodes, add shortcuts"):
        _ = traveller.engine.hierarchy
    with clock.measuring("customise"):
        _ = traveller.engine.in_ms
    with clock.measuring("sweep the full table of seconds"):
        table = traveller.engine.seconds_table(home_meetings, school_meetings)
    total = sum(clock.wall[name] for name in clock.wall if name not in before[0])
    cores = sum(clock.cpu[name] for name in clock.cpu if name not in before[1])
    return {
        "pairs": table.size,
        "total_s": round(total, 2),
        "reachable": round(float(np.count_nonzero(table < NO_WAY_S)) / table.size, 4),
        "pairs_per_core_second": round(table.size / cores),
        "peak_mb": peak_mb(),
    }


def one_home(network: Network, homes: np.ndarray, schools: np.ndarray) -> dict[str, float]:
    """Measure single homes against all schools, in the engine alone, snapping included."""
    traveller = Traveller(network, PROFILE)
    destinations = traveller.prepare(schools)
    times = []
    for home in homes[:2000]:
        started = time.perf_counter()
        traveller.from_one(home, destinations)
        times.append((time.perf_counter() - started) * 1000)
    found = {
        "one_home_ms": round(float(np.median(times)), 3),
        "one_home_p95_ms": round(float(np.percentile(times, 95)), 3),
    }
    print(
        f"  one home to {len(schools)} schools, snap included   median {found['one_home_ms']} ms, "
        f"p95 {found['one_home_p95_ms']} ms",
        flush=True,
    )
    return found


def changed_road(network: Network, homes: Meetings, schools: Meetings, clock: Clock) -> dict[str, float]:
    """Slow down 100 edges and compute the whole table again."""
    random = np.random.default_rng(5)
    segment_ms = network.segment_ms.copy()
    for edge in random.choice(network.edge_count, 100, replace=False):
        segment_ms[:, network.edge_first[edge] : network.edge_first[edge + 1]] *= 3
    name = "100 roads changed: customise and full table"
    with clock.measuring(name):
        engine = TravelEngine(replace(network, segment_ms=segment_ms), PROFILE)
        engine.seconds_table(homes, schools)
    return {"changed_road_s": round(clock.wall[name], 2)}


def scipy_pairs_per_core_second(engine: TravelEngine, homes: Meetings, schools: Meetings) -> float:
    """Return the speed of scipy's Dijkstra on the reversed graph: the same homes, some schools, seconds stored."""
    graph, some = engine.graph, np.flatnonzero(schools.met)[:50]
    ms = (graph.cost >> 32).astype(np.float64)
    reverse = csr_matrix((ms, (graph.head, graph.tail)), shape=(graph.node_count,) * 2)
    leave_ms = np.where(homes.leave_cost < UNREACHABLE, (homes.leave_cost >> 32).astype(np.float64), np.inf)
    table = np.empty((len(some), len(homes)), dtype=np.uint16)
    started = time.process_time()
    reached = dijkstra(reverse, indices=schools.junction[some, 0])
    for row, cost in enumerate(reached):
        best = np.minimum(*(leave_ms[:, end] + cost[homes.junction[:, end]] for end in (0, 1)))
        table[row] = np.minimum(np.floor(best / 1000 + 0.5), NO_WAY_S)
    return table.size / (time.process_time() - started)


def count_wrong(network: Network, seed: int, pairs: int) -> int:
    """Return how many random node pairs differ from networkx on the exported graph."""
    with tempfile.TemporaryDirectory() as folder:
        edges, nodes = Path(folder) / "edges.csv", Path(folder) / "nodes.csv"
        export_graph(network, PROFILE, edges=edges, nodes=nodes)
        graph = nx.DiGraph()
        for row in csv.DictReader(edges.open()):
            cost = int(pack(round(float(row["time_s"]) * 1000), round(float(row["length_m"]) * 1000)))
            source, target = int(row["source"]), int(row["target"])
            known = graph.get_edge_data(source, target, {"cost": cost})["cost"]
            graph.add_edge(source, target, cost=min(cost, known))
        places = {
            int(row["node"]): (float(row["lon"]), float(row["lat"])) for row in csv.DictReader(nodes.open())
        }
    random = np.random.default_rng(seed)
    numbers = np.array(sorted(places))
    targets, sources = random.choice(numbers, 20), random.choice(numbers, (20, pairs // 20))
    snapper = NodeSnapper(network, PROFILE, EdgeSnapper(network, PROFILE))
    engine, backwards, wrong = TravelEngine(network, PROFILE), graph.reverse(copy=False), 0
    for target, row in zip(targets.tolist(), sources.tolist(), strict=True):
        points = [np.array([places[node] for node in chosen]) for chosen in (row, [target])]
        homes, schools = (meet(network, PROFILE, found, snapper.snap(found)) for found in points)
        table = np.empty((len(row), 1), dtype=np.int64)
        for _ in engine.fill_table(homes, schools, table):
            pass
        expected = nx.single_source_dijkstra_path_length(backwards, target, weight="cost")
        for source, cost in zip(row, table[:, 0].tolist(), strict=True):
            ours = None if cost >= UNREACHABLE else tuple(int(rounded(part)) for part in unpack(cost))
            theirs = expected.get(source)
            wrong += ours != (
                None if theirs is None else tuple(int(rounded(part)) for part in unpack(theirs))
            )
    return wrong


def growth(network: Network, schools: np.ndarray, sizes: list[int]) -> list[dict[str, float]]:
    """Return how the table grows with homes on the city, and with nodes on made-up cities."""
    found = []
    for count in (10_000, 30_000, 100_000, 300_000):
        clock = Clock()
        print(f"{count} homes, {len(schools)} schools, {network.junction_count} junctions", flush=True)
        figures = full_table(network, homes_along_streets(network, count, seed=2), schools, clock)
        found.append({"homes": count, "nodes": network.junction_count, **figures})
    for nodes in sizes:
        city, clock = made_up_city(nodes, seed=3), Clock()
        gates = homes_along_streets(city, 500, seed=4)
        print(f"100000 homes, 500 schools, made-up city of {city.junction_count} junctions", flush=True)
        figures = full_table(city, homes_along_streets(city, 100_000, seed=2), gates, clock)
        found.append({"homes": 100_000, "nodes": city.junction_count, **figures})
    return found


def get_network(extract: Path, clock: Clock) -> Network:
    """Return the city's network, built or, by a second process, already there."""
    with clock.measuring("read the extract, build the network"):
        network = build_network(extract)
    with tempfile.TemporaryDirectory() as folder:
        network.save(Path(folder) / "network")
        with clock.measuring("load the built network"):
            return read_network(Path(folder) / "network")


def main() -> int:
    """Measure everything that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--homes", type=int, default=300_000)
    parser.add_argument("--no-osrm", action="store_true", help="compare with scipy alone")
    parser.add_argument("--no-growth", action="store_true", help="leave out the growth series")
    options = parser.parse_args()
    shared = Path(os.environ.get("DUNGTUYEN_SHARED_DATA", ROOT.parent / "shared" / "data"))
    extract = shared / "hcmc-2018.osm.pbf"
    if not extract.is_file():
        print(f"REAL DATA ABSENT: {extract} is not there, so nothing was measured", file=sys.stderr)
        return 0
    clock = Clock()
    print(f"cores: {os.cpu_count()}, load: {os.getloadavg()[0]:.1f}")
    print("apart from the table:")
    with clock.measuring("first compilation, or loading it"):
        warm_up()
    network = get_network(extract, clock)
    homes, schools = (
        homes_along_streets(network, options.homes, seed=1),
        schools_of(shared / "hcmc-2018-schools.geojson"),
    )
    print(f"{len(homes)} homes, {len(schools)} schools, {network.junction_count} junctions:")
    result: dict[str, object] = dict(full_table(network, homes, schools, clock))
    print(
        f"  {result['pairs']} pairs in {result['total_s']} s, peak {result['peak_mb']} MB, "
        f"{result['pairs_per_core_second'] / 1e6:.1f} million pairs per core-second"
    )
    traveller = Traveller(network, PROFILE)
    (home_meetings, _), (school_meetings, _) = traveller.meet(homes), traveller.meet(schools)
    result |= one_home(network, homes, schools)
    result |= changed_road(network, home_meetings, school_meetings, clock)
    scipy_speed = scipy_pairs_per_core_second(traveller.engine, home_meetings, school_meetings)
    result["scipy_pairs_per_core_second"] = round(scipy_speed)
    print(
        f"  scipy: {scipy_speed / 1e6:.1f} million pairs per core-second, "
        f"{result['pairs_per_core_second'] / scipy_speed:.1f} times fewer than ours"
    )
    if not options.no_osrm:
        try:
            speeds = osrm_pairs_per_core_second(extract, homes, schools, ROOT / "var" / "osrm")
            batch, best = max(speeds.items(), key=lambda item: item[1])
            result["osrm_pairs_per_core_second"] = round(best)
            result["osrm_ratio"] = round(result["pairs_per_core_second"] / best, 1)
            print(
                f"  OSRM table (its best batch, {batch}): {best / 1e6:.2f} million pairs per core-second, "
                f"{result['osrm_ratio']} times fewer than ours"
            )
        except NoPeer as reason:
            print(f"  OSRM is not compared, only scipy: {reason}")
            result["osrm_ratio"] = None
    del home_meetings, school_meetings
    wrong = count_wrong(network, seed=9, pairs=1000)
    result["wrong_of_1000"] = wrong
    print(f"  {wrong} of 1000 random pairs differ from networkx on the exported graph")
    if not options.no_growth:
        result["growth"] = growth(network, schools, [50_000, 250_000, 1_000_000])
    result["targets"] = TARGETS
    print(json.dumps(result))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
