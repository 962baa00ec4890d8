"""The files of a written region, and writing JSON so that equal content gives equal bytes."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely

from data.demo.areas import AreaShape
from data.demo.plane import lon_lat_array

Progress = Callable[[str, int], None]
"""Called after each step with what was written and how many."""


@dataclass(frozen=True)
class RegionFiles:
    """Where the files of a region lie, and how much is in them."""

    folder: Path
    extract: Path
    communes: Path
    hamlets: Path
    schools: Path
    students: Path
    stories: Path
    school_count: int
    site_count: int
    student_count: int
    previous_student_count: int
    schools_left_out: int = 0


def region_paths(folder: Path) -> dict[str, Path]:
    """Return the files of a region by their field in ``RegionFiles``."""
    return {
        "extract": folder / "region.osm.pbf",
        "communes": folder / "communes.geojson",
        "hamlets": folder / "hamlets.geojson",
        "schools": folder / "schools.xlsx",
        "students": folder / "students.xlsx",
        "stories": folder / "stories.json",
    }


def no_progress(step: str, count: int) -> None:
    """Say nothing about a step."""


def write_json(path: Path, content: Any) -> None:
    """Write readable JSON with keys in the given order."""
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def write_areas(path: Path, areas: Iterable[AreaShape]) -> int:
    """Write areas as GeoJSON in EPSG:4326 (seven decimals) and return their number."""
    features = []
    for area in areas:
        shape = shapely.transform(area.polygon, lon_lat_array)
        features.append(
            {
                "type": "Feature",
                "properties": {
                    "code": area.code,
                    "name": area.name,
                    "kind": area.kind,
                    "parent_code": area.parent_code,
                    "valid_from": area.valid_from,
                },
                "geometry": json.loads(shapely.to_geojson(shape)),
            }
        )
    path.write_text(
        json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False) + "\n",
        encoding="utf-8",
    )
    return len(features)
