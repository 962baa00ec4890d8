"""What kind of street network this is, in the figures planners know from OSMnx."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gis.network.network import Network

if TYPE_CHECKING:
    import networkx as nx


@dataclass(frozen=True)
class StreetStatistics:
    """Figures of a network's streets, ferries left out."""

    junctions: int
    crossings: int
    """Junctions where at least three streets meet."""
    dead_ends: int
    streets: int
    street_km: float
    mean_street_m: float
    streets_per_junction: float
    circuity: float
    """Length of the streets over the straight lines between their ends; 1 is straight."""


def street_graph(network: Network) -> "nx.MultiDiGraph":
    """Return the network as a graph OSMnx understands: ``x, y`` in degrees, ``length`` in metres, each street once."""
    import networkx as nx

    first = network.edge_first[:-1]
    last = network.edge_first[1:] - 1
    graph = nx.MultiDiGraph(crs="EPSG:4326")
    for edge in range(network.edge_count):
        if network.edge_class_of(edge) == "ferry":
            continue
        ends = []
        for junction, at in ((network.edge_from[edge], first[edge]), (network.edge_to[edge], last[edge])):
            ends.append(int(junction))
            graph.add_node(int(junction), x=float(network.shape_lon[at]), y=float(network.shape_lat[at]))
        graph.add_edge(*ends, length=float(network.edge_mm[edge]) / 1000, osmid=int(network.edge_way[edge]))
    return graph


def measure_streets(network: Network) -> StreetStatistics:
    """Return the figures of ``osmnx.stats.basic_stats`` for the network's streets."""
    import networkx as nx
    import osmnx

    graph = street_graph(network)
    # OSMnx counts a street drawn in one direction once; ours are drawn once whatever their direction.
    nx.set_node_attributes(graph, osmnx.stats.count_streets_per_node(graph), "street_count")
    figures = osmnx.stats.basic_stats(graph)
    return StreetStatistics(
        junctions=int(figures["n"]),
        crossings=int(sum(n for met, n in figures["streets_per_node_counts"].items() if met >= 3)),
        dead_ends=int(figures["streets_per_node_counts"].get(1, 0)),
        streets=int(figures["m"]),
        street_km=float(figures["edge_length_total"]) / 1000,
        mean_street_m=float(figures["edge_length_avg"]),
        streets_per_junction=float(figures["streets_per_node_avg"]),
        circuity=float(figures["circuity_avg"]),
    )
