"""From an extract to a network: what is kept, what is left out, and what is refused."""

from pathlib import Path

import numpy as np
import pytest

from gis.errors import ExtractError, GisError, SpeedTableError
from gis.network.build import build_network, source_sha256
from gis.network.network import profile_index, read_network


def kept_sizes(network, profile: str) -> list[int]:
    """Return the sizes of the kept components."""
    return network.header["report"]["profiles"][profile]["kept_nodes"]


def test_an_island_of_twenty_nodes_is_kept_and_a_smaller_fragment_is_reported(drawing, built):
    drawing.grid(10, 10)
    drawing.grid(4, 5, west_m=5000)
    drawing.grid(3, 3, west_m=9000)
    network = built(drawing)
    assert kept_sizes(network, "motorbike") == [100, 20]
    left_out = network.header["report"]["profiles"]["motorbike"]
    assert (left_out["left_out_components"], left_out["left_out_nodes"]) == (1, 9)


def test_an_island_with_one_winding_road_counts_every_node_of_it(drawing, built):
    drawing.grid(5, 5)
    drawing.street(*[(8000 + 30 * i, 20 * (i % 2)) for i in range(25)])
    assert kept_sizes(built(drawing), "walk") == [25, 25]


def test_components_are_found_for_each_profile_by_itself(drawing, built):
    mainland = drawing.grid(5, 5)
    other = drawing.grid(5, 5, west_m=1000)
    drawing.way([mainland[4][0], other[0][0]], highway="footway")
    network = built(drawing)
    assert kept_sizes(network, "walk") == [50]
    assert kept_sizes(network, "motorbike") == [25, 25]


def test_a_one_way_street_out_of_the_town_leads_to_no_kept_road(drawing, built):
    town = drawing.grid(5, 5)
    end = drawing.node(900, 0)
    drawing.way([town[4][0], end], highway="residential", oneway="yes")
    network = built(drawing)
    kept = network.kept[profile_index("car")]
    assert not kept[network.edge_way == len(drawing.ways)].any()
    assert network.kept[profile_index("walk")].all()


def test_a_ferry_joins_two_shores_and_takes_its_time(drawing, built):
    near, far = drawing.grid(5, 5), drawing.grid(5, 5, west_m=1500)
    pier = drawing.way([near[4][0], far[0][0]], route="ferry", name="Phà Minh Họa", duration="0:09")
    network = built(drawing)
    assert kept_sizes(network, "motorbike") == [50]
    assert kept_sizes(network, "car") == [25, 25]
    edge = int(np.flatnonzero(network.edge_way == pier)[0])
    assert network.edge_ms[profile_index("motorbike"), edge] == (9 + 8) * 60_000
    assert network.edge_name_of(edge) == "Phà Minh Họa"


def test_the_time_of_a_ferry_is_shared_over_its_segments_to_the_millisecond(drawing, built):
    near, far = drawing.grid(5, 5), drawing.grid(5, 5, west_m=1500)
    bends = [drawing.node(700, -70), drawing.node(1010, 33)]
    pier = drawing.way([near[4][0], *bends, far[0][0]], route="ferry", duration="0:07")
    network = built(drawing)
    edge = int(np.flatnonzero(network.edge_way == pier)[0])
    assert network.edge_ms[profile_index("walk"), edge] == (7 + 8) * 60_000


@pytest.mark.parametrize(
    ("tags", "closed_to"),
    [
        ({"barrier": "bollard"}, {"car"}),
        ({"barrier": "stile"}, {"car", "motorbike"}),
        ({"barrier": "gate"}, set()),
        ({"barrier": "gate", "access": "private"}, {"walk", "motorbike", "car", "boat"}),
        ({"barrier": "gate", "access": "private", "foot": "yes"}, {"motorbike", "car"}),
        ({"barrier": "bollard", "motor_vehicle": "yes"}, set()),
    ],
)
def test_a_barrier_stops_whom_it_stops_and_cuts_off_only_what_touches_it(drawing, built, tags, closed_to):
    west, east = drawing.grid(5, 5), drawing.grid(5, 5, west_m=1000)
    barrier = drawing.node(700, 0, **tags)
    path = [west[4][0], drawing.node(500, 0), drawing.node(690, 0), barrier, drawing.node(710, 0), east[0][0]]
    way = drawing.way(path, highway="residential")
    network = built(drawing)
    for profile in ("walk", "motorbike", "car", "boat"):
        kept = network.kept[profile_index(profile)] & (network.edge_way == way)
        passes = profile not in closed_to
        assert len(kept_sizes(network, profile)) == (1 if passes else 2)
        assert network.edge_mm[kept].sum() == pytest.approx(600_000 if passes else 580_000, rel=0.01)


def test_roads_whose_nodes_are_not_in_the_file_are_refused_as_that(drawing, built):
    drawing.way([901, 902], highway="residential")
    with pytest.raises(ExtractError, match="holds roads but not the places of their nodes"):
        built(drawing)


def test_a_road_does_not_leap_over_a_node_that_the_extract_lacks(drawing, built):
    town = drawing.grid(5, 5)
    cut = drawing.way([town[0][0], 999_999, town[4][4]], highway="primary")
    assert cut not in built(drawing).edge_way


def test_two_nodes_on_the_same_spot_are_still_a_millimetre_and_a_millisecond_apart(drawing, built):
    town = drawing.grid(5, 5)
    twin = drawing.node(0, 0)
    drawing.way([town[0][0], twin], highway="residential")
    network = built(drawing)
    edge = int(np.flatnonzero(network.edge_way == len(drawing.ways))[0])
    assert network.edge_mm[edge] == 1
    assert network.edge_ms[:, edge].min() == 1


def test_the_same_extract_gives_the_same_network_and_another_speed_table_another(drawing, tmp_path: Path):
    drawing.grid(5, 5)
    extract = drawing.save(tmp_path / "town.osm")
    slow = tmp_path / "slow.toml"
    default = Path("gis/network/speeds.toml")
    text = (Path(__file__).parents[2] / default).read_text(encoding="utf-8")
    slow.write_text(
        text.replace(
            "residential    = { walk = 4.8, motorbike = 20", "residential = { walk = 4.8, motorbike = 10"
        )
    )
    first, again, slower = build_network(extract), build_network(extract), build_network(extract, speeds=slow)
    assert first.content_sha256 == again.content_sha256 != slower.content_sha256
    assert first.to_bytes() == again.to_bytes()
    assert source_sha256(extract) != source_sha256(extract, speeds=slow)


def test_a_saved_network_is_read_back_whole(two_banks, built, tmp_path: Path):
    network = built(two_banks)
    network.save(tmp_path / "network")
    network.save(tmp_path / "network")
    assert read_network(tmp_path / "network").content_sha256 == network.content_sha256


def test_a_network_is_never_written_over_something_else(drawing, built, tmp_path: Path):
    drawing.grid(5, 5)
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_bytes(b"miaow")
    with pytest.raises(ExtractError, match="is no network folder"):
        built(drawing).save(tmp_path / "photos")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.osm", b"", "is empty"),
        ("photo.osm.pbf", b"\x89PNG\r\n" * 50, "is not a readable OpenStreetMap extract"),
        ("cut.osm", b"<?xml version='1.0'?><osm version='0.6'><node id='1' lat='10'", "is not a readable"),
        ("sea.osm", b"<?xml version='1.0'?><osm version='0.6'></osm>", "holds no road"),
        ("roads.shp", b"not read at all", "is not named .osm.pbf or .osm"),
    ],
)
def test_a_file_that_is_no_extract_is_refused_in_one_sentence(tmp_path: Path, name, content, says):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ExtractError, match=says) as refusal:
        build_network(path)
    assert "\n" not in str(refusal.value)


def test_a_missing_extract_is_named(tmp_path: Path):
    with pytest.raises(ExtractError, match=r"gone\.osm\.pbf does not exist"):
        build_network(tmp_path / "gone.osm.pbf")


def test_an_extract_of_fragments_only_is_refused(drawing, built):
    drawing.grid(3, 3)
    with pytest.raises(ExtractError, match="no connected piece of 20 nodes"):
        built(drawing)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('road = { walk = "fast" }', "lies between 0.5 and 200 km/h"),
        ("road = { walk = 400 }", "lies between 0.5 and 200 km/h"),
        ("road = { horse = 12 }", "names the profile 'horse'"),
        ("road = 12", "must be a list of profiles"),
        ("road = ", "is not valid TOML"),
    ],
)
def test_a_wrong_line_of_the_speed_table_is_named(drawing, tmp_path: Path, line: str, says: str):
    drawing.grid(5, 5)
    text = (Path(__file__).parents[2] / "gis/network/speeds.toml").read_text(encoding="utf-8")
    wrong = tmp_path / "speeds.toml"
    kept = [row for row in text.splitlines() if not row.startswith("road ")]
    wrong.write_text("\n".join(kept).replace("[roads]", f"[roads]\n{line}"), encoding="utf-8")
    with pytest.raises(SpeedTableError, match=says):
        build_network(drawing.save(tmp_path / "town.osm"), speeds=wrong)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("way,profiles\n1,walk\n", "the column 'duration_min' is missing"),
        ("way,profiles,duration_min,wait_min\nphà,walk,,\n", "row 2: way 'phà'"),
        ("way,profiles,duration_min,wait_min\n7,swim,,\n", "profile 'swim' is unknown"),
        ("way,profiles,duration_min,wait_min\n7,,,\n7,,,\n", "row 3: way 7 appears twice"),
        ("way,profiles,duration_min,wait_min\n7,,soon,\n", "duration_min is 'soon'"),
    ],
)
def test_a_wrong_row_of_the_ferries_file_is_named(drawing, tmp_path: Path, rows: str, says: str):
    drawing.grid(5, 5)
    ferries = tmp_path / "ferries.csv"
    ferries.write_text(rows, encoding="utf-8")
    with pytest.raises(GisError, match=says):
        build_network(drawing.save(tmp_path / "town.osm"), ferries=ferries)
