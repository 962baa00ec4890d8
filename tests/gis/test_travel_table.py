"""`dungtuyen network` and `dungtuyen travel-table` as an office types them."""

import csv
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet
import pytest

from admissions.cli import main


@pytest.fixture
def run(monkeypatch, capsys) -> Callable[..., tuple[int, str]]:
    """Run the command; return its exit code and what it said on stderr."""

    def typed(*arguments: object) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["dungtuyen", *map(str, arguments)])
        try:
            main()
        except SystemExit as leaving:
            return int(leaving.code or 0), capsys.readouterr().err
        return 0, capsys.readouterr().err

    return typed


@pytest.fixture
def network(run, two_banks, tmp_path: Path) -> Path:
    """A network folder of the two banks."""
    folder = tmp_path / "network"
    code, said = run("network", "build", two_banks.save(tmp_path / "town.osm"), "--output", folder)
    assert code == 0, said
    return folder


def points_file(path: Path, rows: dict[str, tuple[float, float]]) -> Path:
    """Write a file of points."""
    lines = [f"{name},{lon},{lat}" for name, (lon, lat) in rows.items()]
    path.write_text("\n".join(["id,lon,lat", *lines, ""]), encoding="utf-8")
    return path


def rows_of(path: Path) -> dict[tuple[str, str], tuple[int, int]]:
    """Read a written table."""
    rows = list(csv.DictReader(path.open(encoding="utf-8")))
    return {(r["origin_id"], r["destination_id"]): (int(r["time_s"]), int(r["length_m"])) for r in rows}


@pytest.fixture
def files(tmp_path: Path, at) -> tuple[Path, Path]:
    """Two homes on the west bank and one on the east bank; a school on each bank."""
    homes = {"h1": at(100, 50), "h2": at(390, 100), "h3": at(700, 50)}
    schools = {"west": at(0, 100), "east": at(600, 100)}
    return points_file(tmp_path / "homes.csv", homes), points_file(tmp_path / "schools.csv", schools)


def test_the_table_goes_over_the_bridge_and_not_across_the_canal(run, network, files, tmp_path: Path):
    table = tmp_path / "table.csv"
    code, said = run("travel-table", network, *files, "--profile", "motorbike", "--output", table)
    assert code == 0, said
    found = rows_of(table)
    assert list(found) == [(h, s) for h in ("h1", "h2", "h3") for s in ("west", "east")]
    assert found["h2", "east"][1] == pytest.approx(10 + 900 + 200 + 900, abs=5)
    assert "6 rows written, 0 pairs unreachable" in said


def test_parquet_and_csv_hold_the_same(run, network, files, tmp_path: Path):
    for name in ("table.csv", "table.parquet"):
        assert run("travel-table", network, *files, "--profile", "walk", "--output", tmp_path / name)[0] == 0
    table = pyarrow.parquet.read_table(tmp_path / "table.parquet")
    assert [str(kind) for kind in table.schema.types] == ["string", "string", "int32", "int32"]
    rows = {(r["origin_id"], r["destination_id"]): (r["time_s"], r["length_m"]) for r in table.to_pylist()}
    assert rows == rows_of(tmp_path / "table.csv")


def test_the_same_inputs_give_the_same_bytes(run, network, files, tmp_path: Path):
    for name in ("one.csv", "two.csv", "one.parquet", "two.parquet"):
        assert run("travel-table", network, *files, "--profile", "car", "--output", tmp_path / name)[0] == 0
    for suffix in ("csv", "parquet"):
        assert (tmp_path / f"one.{suffix}").read_bytes() == (tmp_path / f"two.{suffix}").read_bytes()


def test_the_same_point_gives_nothing_and_nothing(run, network, tmp_path: Path, at):
    spot = points_file(tmp_path / "spot.csv", {"x": at(130, 70)})
    run("travel-table", network, spot, spot, "--profile", "walk", "--output", tmp_path / "t.csv")
    assert rows_of(tmp_path / "t.csv") == {("x", "x"): (0, 0)}


def test_nearest_keeps_the_fastest_and_the_limit_is_inclusive(run, network, files, tmp_path: Path):
    table = tmp_path / "all.csv"
    run("travel-table", network, *files, "--profile", "walk", "--output", table)
    everything = rows_of(table)
    few = tmp_path / "few.csv"
    run("travel-table", network, *files, "--profile", "walk", "--nearest", 1, "--output", few)
    for home in ("h1", "h2", "h3"):
        best = min((value, key) for key, value in everything.items() if key[0] == home)
        assert {key: value for key, value in rows_of(few).items() if key[0] == home} == {best[1]: best[0]}
    run("travel-table", network, *files, "--profile", "walk", "--max-minutes", 10, "--output", few)
    assert rows_of(few) == {key: value for key, value in everything.items() if value[0] <= 600}


def test_a_limit_compares_milliseconds_and_takes_the_exact_one_in(run, network, files, tmp_path: Path):
    from gis.network.network import read_network
    from gis.search.graph import unpack
    from gis.travel import Traveller
    from gis.travel_table import read_points

    traveller = Traveller(read_network(network), "walk")
    homes, schools = (read_points(path, refused=None).points for path in files)
    cost = traveller.engine.costs_from(traveller.meet(homes)[0], 0, traveller.meet(schools)[0])[0]
    ms = int(unpack(cost)[0])
    table = tmp_path / "t.csv"
    for limit_ms, kept in ((ms, True), (ms - 1, False)):
        run(
            "travel-table",
            network,
            *files,
            "--profile",
            "walk",
            "--max-minutes",
            limit_ms / 60_000,
            "--output",
            table,
        )
        assert (("h1", "west") in rows_of(table)) is kept


def test_banks_without_a_bridge_are_counted_as_unreachable(run, drawing, tmp_path: Path, at):
    drawing.grid(5, 5)
    drawing.grid(5, 5, west_m=3000)
    folder = tmp_path / "network"
    code, said = run("network", "build", drawing.save(tmp_path / "t.osm"), "--output", folder)
    assert code == 0 and "this extract has no water" in said
    homes = points_file(tmp_path / "h.csv", {"h": at(0, 20)})
    schools = points_file(tmp_path / "s.csv", {"here": at(100, 20), "there": at(3000, 20)})
    code, said = run(
        "travel-table", folder, homes, schools, "--profile", "car", "--output", tmp_path / "t.csv"
    )
    assert code == 0
    assert list(rows_of(tmp_path / "t.csv")) == [("h", "here")]
    assert "1 pairs unreachable" in said


def test_ids_with_commas_and_quotes_survive(run, network, tmp_path: Path, at):
    lon, lat = at(10, 100)
    odd = tmp_path / "odd.csv"
    odd.write_text(f'id,lon,lat\n"a,b",{lon},{lat}\n"say ""x""",{lon},{lat}\n', encoding="utf-8")
    run("travel-table", network, odd, odd, "--profile", "walk", "--output", tmp_path / "t.csv")
    assert set(rows_of(tmp_path / "t.csv")) == {
        (a, b) for a in ("a,b", 'say "x"') for b in ("a,b", 'say "x"')
    }


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("h9,200,10.77", "homes.csv, row 5 (id h9): longitude 200.0, latitude 10.77 is out of range"),
        ("h9,10.77,106.7", "homes.csv, row 5 (id h9): longitude 10.77, latitude 106.7 are swapped"),
        ("h9,east,10.77", "homes.csv, row 5 (id h9): lon is 'east', not a number"),
        ("h9,nan,10.77", "is not a finite number"),
        ("h1,106.7,10.77", "homes.csv, row 5 (id h1): the id already stands in row 2"),
        (",106.7,10.77", "homes.csv, row 5: the id is empty"),
        ("h9,106.72,10.77", "homes.csv, row 5 (id h9): no road for walk within 500 m"),
        ("h9,,", "homes.csv, row 5 (id h9): lon is ''"),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_written_unless_it_is_skipped(
    run, network, files, tmp_path: Path, row: str, says: str
):
    homes, schools = files
    homes.write_text(homes.read_text(encoding="utf-8") + row + "\n", encoding="utf-8")
    table = tmp_path / "table.csv"
    code, said = run("travel-table", network, homes, schools, "--profile", "walk", "--output", table)
    assert code == 2 and says in said and said.count("\n") == 1
    assert not table.exists()
    code, said = run(
        "travel-table", network, homes, schools, "--profile", "walk", "--output", table, "--skip-bad"
    )
    assert code == 0 and says in said and "1 rows left out" in said
    assert len(rows_of(table)) == 6
    assert not list(tmp_path.glob(".*"))


def test_a_point_beyond_300_m_is_flagged_and_counted(run, network, files, tmp_path: Path, at):
    homes = points_file(tmp_path / "far.csv", {"far": at(-400, 100)})
    code, said = run(
        "travel-table", network, homes, files[1], "--profile", "walk", "--output", tmp_path / "t.csv"
    )
    assert code == 0
    assert "far.csv, row 2 (id far): 400 m from the nearest road, more than 300 m" in said
    assert rows_of(tmp_path / "t.csv")["far", "west"] == (300, 400)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--profile", "horse"], "the profile 'horse' is unknown"),
        (["--profile", "walk", "--snap", "roof"], "edge or node is needed"),
        (["--profile", "walk", "--nearest", "0"], "--nearest is 0"),
        (["--profile", "walk", "--max-minutes", "-1"], "--max-minutes is -1"),
    ],
)
def test_an_impossible_option_is_named(run, network, files, tmp_path: Path, options, says: str):
    code, said = run("travel-table", network, *files, *options, "--output", tmp_path / "t.csv")
    assert (code, said.count("\n")) == (2, 1)
    assert says in said


def test_missing_and_strange_files_are_named(run, network, files, tmp_path: Path):
    homes, schools = files
    good = ["--profile", "walk", "--output", tmp_path / "t.csv"]
    assert "gone.csv does not exist" in run("travel-table", network, tmp_path / "gone.csv", schools, *good)[1]
    assert "holds no network" in run("travel-table", tmp_path, homes, schools, *good)[1]
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00\x01")
    assert "not a readable CSV" in run("travel-table", network, tmp_path / "binary.csv", schools, *good)[1]
    (tmp_path / "columns.csv").write_text("id,x,y\na,1,2\n")
    assert (
        "column 'lon' is missing" in run("travel-table", network, tmp_path / "columns.csv", schools, *good)[1]
    )
    strange = ["--profile", "walk", "--output", tmp_path / "t.xlsx"]
    assert "must end in .csv or .parquet" in run("travel-table", network, homes, schools, *strange)[1]
    (network / "network.npz").write_bytes(b"broken")
    assert "is damaged or is no network" in run("travel-table", network, homes, schools, *good)[1]


def test_export_writes_one_line_per_direction_and_no_loops(run, network, tmp_path: Path):
    edges, nodes = tmp_path / "e.csv", tmp_path / "n.csv"
    code, _ = run("network", "export", network, "--profile", "walk", "--edges", edges, "--nodes", nodes)
    assert code == 0
    arcs = list(csv.DictReader(edges.open()))
    numbers = [int(row["node"]) for row in csv.DictReader(nodes.open())]
    assert len(arcs) == 2 * (2 * 5 * 4 * 2 + 3)
    assert numbers == sorted(set(numbers)) == sorted({int(arc["source"]) for arc in arcs})
    assert all(arc["source"] != arc["target"] for arc in arcs)
    assert all(len(arc[name].split(".")[1]) == 3 for arc in arcs for name in ("length_m", "time_s"))


def test_node_snapping_adds_nothing_and_takes_the_smaller_of_equal_nodes(run, network, tmp_path: Path, at):
    homes = points_file(tmp_path / "h.csv", {"h": at(3, 4)})
    schools = points_file(tmp_path / "s.csv", {"s": at(200, 0)})
    table = tmp_path / "t.csv"
    run("travel-table", network, homes, schools, "--profile", "walk", "--snap", "node", "--output", table)
    assert rows_of(table) == {("h", "s"): (150, 200)}
