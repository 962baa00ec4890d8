"""Where points meet the network: distance, water, bridges, junctions."""

import numpy as np
import pytest

from gis.coordinates import WGS84
from gis.network.network import profile_index
from gis.snapping import EdgeSnapper


def snap(network, *points, profile: str = "motorbike"):
    """Snap points to a network."""
    return EdgeSnapper(network, profile).snap(np.array(points, dtype=np.float64))


@pytest.fixture
def town(drawing, built):
    """A grid of 500 m."""
    drawing.grid(6, 6)
    return built(drawing)


def test_the_offset_is_the_geodesic_length_to_the_nearest_road(town, at):
    home = at(250, -40)
    snaps = snap(town, home)
    _, _, metres = WGS84.inv(home.lon, home.lat, home.lon, at(250, 0).lat)
    assert snaps.offset_mm[0] == pytest.approx(metres * 1000, abs=2)
    assert snaps.quality(0) == "ok"


@pytest.mark.parametrize(
    ("south_m", "quality"),
    [(299.5, "ok"), (300.5, "far"), (499.5, "far"), (500.5, "refused"), (40_000, "refused")],
)
def test_a_point_is_flagged_from_300_m_and_refused_from_500_m(town, at, south_m: float, quality: str):
    assert snap(town, at(250, -south_m)).quality(0) == quality


def test_a_home_across_the_canal_takes_the_farther_road_on_its_own_side(two_banks, built, at):
    network = built(two_banks)
    near_west_road_across_water = at(520, 200)
    snaps = snap(network, near_west_road_across_water)
    assert snaps.quality(0) == "ok"
    assert network.shape_lon[network.edge_first[snaps.edge[0]]] > at(550, 0).lon
    on_the_bank = at(490, 200)
    assert snap(network, on_the_bank).offset_mm[0] == pytest.approx(90_000, rel=0.01)


def test_a_nearer_road_across_water_is_passed_over_and_this_is_said(drawing, built, at):
    drawing.grid(5, 5)
    drawing.grid(5, 5, west_m=1000)
    drawing.way([drawing.node(480, -900), drawing.node(480, 900)], waterway="river")
    network = built(drawing)
    beyond = at(500, 100)
    snaps = snap(network, beyond)
    assert bool(snaps.crosses_water[0])
    assert snaps.nearest_mm[0] == pytest.approx(100_000, rel=0.01)
    assert snaps.quality(0) == "far" or snaps.offset_mm[0] > 450_000


def test_a_home_with_every_road_across_water_is_refused(drawing, built, at):
    drawing.grid(5, 5)
    moat = [(-100, -100), (-20, -100), (-20, -20), (-100, -20)]
    nodes = [drawing.node(x, y) for x, y in moat]
    drawing.way([*nodes, nodes[0]], waterway="river")
    snaps = snap(built(drawing), at(-60, -60))
    assert snaps.quality(0) == "refused"
    assert bool(snaps.crosses_water[0])


def test_a_lake_is_water_and_a_culvert_is_not(drawing, built, at):
    drawing.grid(5, 5)
    lake = [drawing.node(x, y) for x, y in [(50, -30), (350, -30), (350, -90), (50, -90)]]
    drawing.way([*lake, lake[0]], natural="water")
    drawing.way([drawing.node(-400, 450), drawing.node(400, 450)], waterway="canal", tunnel="culvert")
    network = built(drawing)
    assert bool(snap(network, at(200, -120)).crosses_water[0])
    assert not bool(snap(network, at(200, 480)).crosses_water[0])


def test_a_river_whose_polygon_is_cut_by_the_extract_still_is_water(drawing, built, at):
    drawing.grid(5, 5)
    south = drawing.way([drawing.node(-900, -90), drawing.node(900, -90)])
    north = drawing.way([drawing.node(-900, -30), drawing.node(900, -30)])
    drawing.multipolygon([south, north, 77_777], natural="water")
    assert bool(snap(built(drawing), at(200, -120)).crosses_water[0])


def test_a_house_over_the_water_meets_the_road_of_its_own_bank(drawing, built, at):
    drawing.grid(5, 5)
    lake = [drawing.node(x, y) for x, y in [(50, -30), (350, -30), (350, -90), (50, -90)]]
    drawing.way([*lake, lake[0]], natural="water")
    snaps = snap(built(drawing), at(200, -35))
    assert snaps.quality(0) == "ok"
    assert not bool(snaps.crosses_water[0])


def test_nobody_steps_onto_a_bridge_from_the_bank(two_banks, built, at):
    lake = [two_banks.node(x, y) for x, y in [(450, 900), (550, 900), (550, 1100), (450, 1100)]]
    two_banks.way([*lake, lake[0]], natural="water")
    network = built(two_banks)
    snaps = snap(network, at(500, 870), at(440, 990))
    bridge_name = "Cầu Kênh Đào"
    assert [network.edge_name_of(edge) for edge in snaps.edge].count(bridge_name) <= 1
    assert network.edge_name_of(snaps.edge[0]) != bridge_name


def test_nobody_meets_a_ferry_in_mid_stream_or_a_tunnel_through_its_wall(drawing, built, at):
    near, far = drawing.grid(5, 5), drawing.grid(5, 5, west_m=1300)
    drawing.way([near[4][0], far[0][0]], route="ferry")
    drawing.way([near[4][4], far[0][4]], highway="primary", tunnel="yes")
    network = built(drawing)
    assert snap(network, at(850, 5)).quality(0) == "far"
    assert snap(network, at(800, 400)).offset_mm[0] == pytest.approx(400_000, rel=0.01)


def test_only_roads_of_kept_components_are_met(drawing, built, at):
    drawing.grid(5, 5)
    drawing.street((200, -50), (300, -50), name="Ngõ Cụt")
    network = built(drawing)
    snaps = snap(network, at(250, -60))
    assert network.edge_name_of(snaps.edge[0]) != "Ngõ Cụt"
    assert snaps.offset_mm[0] == pytest.approx(60_000, rel=0.01)


def test_each_profile_meets_its_own_roads(drawing, built, at):
    crossings = drawing.grid(5, 5)
    end = drawing.node(200, -50)
    drawing.way([crossings[2][0], end], highway="footway")
    network = built(drawing)
    assert snap(network, at(200, -50), profile="walk").offset_mm[0] == 0
    assert snap(network, at(200, -50), profile="motorbike").offset_mm[0] == pytest.approx(50_000, rel=0.01)
    assert network.kept[profile_index("walk")].sum() == network.kept[profile_index("motorbike")].sum() + 1


def test_an_extract_without_water_says_so(town, two_banks, built):
    assert not town.has_water
    assert built(two_banks).has_water
