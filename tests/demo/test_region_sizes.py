"""The smallest and the larger sizes of the demo region."""

from collections import Counter
from pathlib import Path
from typing import Any

import networkx as nx
import osmium
import pytest
from python_calamine import CalamineWorkbook

from data.demo.files import RegionFiles
from data.demo.region import write_region


def sheet_rows(path: Path, sheet: str) -> list[dict[str, Any]]:
    """Return the rows of a sheet as dictionaries by header."""
    header, *rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_name(sheet).to_python()
    return [dict(zip(header, row, strict=True)) for row in rows]


def strong_parts(extract: Path) -> list[int]:
    """Return the sizes of the parts of the motorbike network, the largest first."""
    network = nx.DiGraph()
    for way in osmium.FileProcessor(str(extract), osmium.osm.WAY):
        ferry = way.tags.get("route") == "ferry" and way.tags.get("motorcycle") == "yes"
        if "highway" not in way.tags and not ferry:
            continue
        nodes = [node.ref for node in way.nodes]
        nx.add_path(network, nodes)
        if way.tags.get("oneway") != "yes":
            nx.add_path(network, nodes[::-1])
    return sorted((len(part) for part in nx.strongly_connected_components(network)), reverse=True)


def seats_and_children(region: RegionFiles, season: str) -> dict[str, tuple[int, int]]:
    """Return seats and children of each grade in a season."""
    seats: Counter[str] = Counter()
    for row in sheet_rows(region.schools, "Chỉ tiêu"):
        if row["Năm học"] == season:
            seats[row["Lớp tuyển"]] += int(row["Chỉ tiêu"])
    children = Counter(
        row["Lớp tuyển"] for row in sheet_rows(region.students, "Học sinh") if row["Năm học"] == season
    )
    return {grade: (seats[grade], children[grade]) for grade in ("1", "6")}


def test_the_smallest_size_is_the_island_with_one_school_for_each_grade(tmp_path: Path) -> None:
    region = write_region(tmp_path, seed=3, size="xs", school_year=2027)
    assert (region.school_count, region.student_count, region.previous_student_count) == (2, 104, 104)
    assert seats_and_children(region, "2027-2028") == {"1": (70, 52), "6": (90, 52)}
    assert seats_and_children(region, "2026-2027") == {"1": (70, 52), "6": (90, 52)}
    assert len(strong_parts(region.extract)) == 2


def test_any_seed_draws_a_region_in_which_everybody_has_a_home(tmp_path: Path) -> None:
    for seed in range(20, 26):
        region = write_region(tmp_path / str(seed), seed=seed, size="s", school_year=2027)
        assert region.student_count == region.previous_student_count == 1900
        assert len(strong_parts(region.extract)) == 3


def test_progress_names_each_file_with_its_count(tmp_path: Path) -> None:
    told: list[tuple[str, int]] = []
    region = write_region(
        tmp_path, seed=1, size="xs", school_year=2027, progress=lambda step, count: told.append((step, count))
    )
    assert [step for step, _ in told] == [
        "region.osm.pbf", "communes.geojson", "hamlets.geojson", "schools.xlsx", "stories.json", "students.xlsx",
    ]  # fmt: skip
    assert dict(told)["students.xlsx"] == region.student_count + region.previous_student_count


@pytest.mark.slow
def test_the_medium_size_has_20_000_children_and_200_schools_on_one_network(tmp_path: Path) -> None:
    region = write_region(tmp_path, seed=7, size="m", school_year=2027)
    assert (region.school_count, region.student_count) == (200, 20_000)
    for seats, children in seats_and_children(region, "2027-2028").values():
        assert children == 10_000
        assert children <= seats <= 1.25 * children
    rows = sheet_rows(region.students, "Học sinh")
    assert len({row["Số định danh"] for row in rows}) == len({row["Mã học sinh"] for row in rows}) == 40_000
    assert len({row["Mã xã"] for row in rows}) == 27
    parts = strong_parts(region.extract)
    assert len(parts) == 3
    assert sum(parts[1:]) < 0.05 * parts[0]
