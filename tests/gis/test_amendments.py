"""What-if: a bridge opens, a ferry stops, a road is cut. The base version never changes."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import text

from gis import service
from gis.coordinates import Point
from gis.errors import SpeedTableError, Unreachable
from gis.network.amend import amend
from gis.network.edits import read_edits
from gis.network.network import Network
from gis.network.speeds import read_speeds
from gis.travel import Traveller

NOW = datetime(2027, 3, 1, tzinfo=UTC)


@pytest.fixture
def amended(tmp_path: Path):
    """A function that applies an edit list given as text."""

    def apply(network: Network, listed: str) -> Network:
        path = tmp_path / "edits.toml"
        path.write_text(listed, encoding="utf-8")
        return amend(network, read_edits(path, read_speeds()))

    return apply


def length_m(network: Network, origin: Point, destination: Point, profile: str = "motorbike") -> int:
    """Return the length of the fastest way."""
    return Traveller(network, profile).route(origin, destination).length_m


def test_a_new_bridge_shortens_the_way_and_leaves_the_base_alone(two_banks, built, amended, at):
    base = built(two_banks)
    before = base.content_sha256
    west, east = at(390, 200), at(610, 200)
    assert length_m(base, west, east) > 1800
    (x1, y1), (x2, y2) = at(400, 150), at(600, 150)
    bridged = amended(
        base,
        f'[[add]]\nname = "Cầu Mới"\nclass = "residential"\nbridge = true\npoints = [[{x1}, {y1}], [{x2}, {y2}]]',
    )
    route = Traveller(bridged, "motorbike").route(west, east)
    assert route.length_m == pytest.approx(10 + 50 + 200 + 50 + 10, abs=2)
    assert "Cầu Mới" in [leg.name for leg in route.legs]
    assert base.content_sha256 == before != bridged.content_sha256
    assert length_m(base, west, east) > 1800


def test_a_one_way_bridge_is_crossed_one_way_by_motorbike_and_both_on_foot(two_banks, built, amended, at):
    (x1, y1), (x2, y2) = at(400, 150), at(600, 150)
    bridged = amended(
        built(two_banks),
        f'[[add]]\nclass = "residential"\noneway = true\npoints = [[{x1}, {y1}], [{x2}, {y2}]]',
    )
    west, east = at(390, 200), at(610, 200)
    assert length_m(bridged, west, east) < 400 < 1800 < length_m(bridged, east, west)
    assert length_m(bridged, east, west, "walk") < 400


def test_a_cut_bridge_parts_the_banks_for_whom_it_is_cut(two_banks, built, amended, at):
    bridge = next(number for number, _, tags in two_banks.ways if tags.get("bridge"))
    cut = amended(built(two_banks), f'[[close]]\nway = {bridge}\nprofiles = ["motorbike", "car"]')
    assert length_m(cut, at(390, 200), at(610, 200), "walk") > 1800
    with pytest.raises(Unreachable):
        length_m(cut, at(390, 200), at(610, 200))


def test_a_slower_road_and_a_slower_ferry_take_their_time(drawing, built, amended, at):
    near, far = drawing.grid(5, 5), drawing.grid(5, 5, west_m=1500)
    pier = drawing.way([near[4][0], drawing.node(900, 40), far[0][0]], route="ferry", duration="0:09")
    base = built(drawing)
    slower = amended(
        base,
        f"[[speed]]\nway = 1\nkmh = {{ motorbike = 10 }}\n[[ferry]]\nway = {pier}\nduration_min = 20\nwait_min = 5",
    )
    ferry = np.flatnonzero(slower.edge_way == pier)
    assert slower.edge_ms[1, ferry].sum() == 25 * 60_000
    street, before = slower.edge_way == 1, base.edge_way == 1
    assert slower.edge_ms[1, street].sum() == pytest.approx(2 * base.edge_ms[1, before].sum(), abs=5)
    assert (slower.edge_ms[0, street] == base.edge_ms[0, before]).all()


def test_an_edit_list_that_changes_nothing_gives_the_same_times(two_banks, built, amended, at):
    base = built(two_banks)
    same = amended(base, "[[speed]]\nway = 1\nkmh = { car = 16 }")
    for origin, destination in [(at(10, 50), at(700, 50)), (at(390, 100), at(610, 333))]:
        for profile in ("walk", "motorbike", "car", "boat"):
            routes = [Traveller(network, profile).route(origin, destination) for network in (base, same)]
            assert routes[0].time_s == routes[1].time_s


@pytest.mark.parametrize(
    ("listed", "says"),
    [
        ("[[close]]\nway = 999", "the network has no way 999"),
        ("[[close]]\nway = 'one'", "close 1: way is 'one'"),
        ("[[close]]\nway = 1\nprofiles = ['horse']", "close 1: profiles is"),
        ("[[speed]]\nway = 1\nkmh = { walk = 900 }", "kmh.walk is 900"),
        ("[[ferry]]\nway = 1\nduration_min = 5\nwait_min = 5", "way 1 is a road, not a ferry"),
        ("[[ferry]]\nway = 1\nduration_min = 5", "wait_min is None"),
        (
            "[[add]]\nclass = 'residential'\npoints = [[106.6, 10.77], [106.7, 10.77]]",
            "more than 30 m from every road",
        ),
        ("[[add]]\nclass = 'residential'\npoints = [[10.77, 106.7], [106.7, 10.77]]", "are swapped"),
        ("[[add]]\nclass = 'skyway'\npoints = []", "class is 'skyway'"),
        ("[[teleport]]\nway = 1", "unknown entry [[teleport]]"),
        ("way = ", "is not valid TOML"),
        ("", "holds no edits"),
    ],
)
def test_a_wrong_edit_is_named(two_banks, built, amended, listed: str, says: str):
    with pytest.raises(SpeedTableError) as refusal:
        amended(built(two_banks), listed)
    assert says in str(refusal.value)


def test_an_amended_version_says_what_it_amends_and_draws_its_bridge(session, two_banks, tmp_path: Path, at):
    extract = two_banks.save(tmp_path / "town.osm")
    base = service.import_network(session, extract=extract, name="gốc", now=NOW)
    bridge = next(number for number, _, tags in two_banks.ways if tags.get("bridge"))
    (x1, y1), (x2, y2) = at(400, 150), at(600, 150)
    edits = tmp_path / "edits.toml"
    edits.write_text(
        f'[[close]]\nway = {bridge}\n[[add]]\nname = "Cầu Mới"\nclass = "primary"\nbridge = true\n'
        f"points = [[{x1}, {y1}], [{x2}, {y2}]]\n",
        encoding="utf-8",
    )
    made = [
        service.amend_network(session, base_version_id=base.id, edits=edits, name="cầu", now=NOW)
        for _ in "12"
    ]
    assert made[0].id == made[1].id != base.id
    assert made[0].base_version_id == base.id
    assert [edit["action"] for edit in made[0].edits] == ["close", "add"]
    names = "select name from map_feature where version_id = :id and layer = 'roads' and name like 'Cầu%'"
    assert session.scalars(text(names), {"id": made[0].id}).all() == ["Cầu Mới"]
    assert session.scalars(text(names), {"id": base.id}).all() == ["Cầu Kênh Đào"]
