"""Places invented children along the streets of a real extract and gives its real schools invented seats.

The extract and the list of schools are read where they lie and never copied. Everything that comes out is
illustrative: the schools' names are real, their seats and their children are not.
"""

import gzip
import json
import math
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from data.demo.areas import PROVINCE, AreaShape
from data.demo.choices import popularity
from data.demo.city_streets import CityMap, read_city
from data.demo.delta import shared_out
from data.demo.files import Progress, RegionFiles, no_progress, region_paths, write_areas, write_json
from data.demo.homes import HomeGround, Homes, address_line
from data.demo.landscape import Grade, School, Site
from data.demo.people import Register, Student
from data.demo.plane import FloatArray, lon_lat_array, spot_array
from data.demo.population import GRADES, Batch
from data.demo.schooling import attach_schools
from data.demo.seats import CLASS_SIZE, write_schools
from data.demo.stories import twins_story
from data.demo.students import Residence, write_students

SEATS_PER_CHILD = 1.06
FURTHEST_GATE_M = 300.0
LEVEL_OF_GRADE = {1: "tieu_hoc", 6: "thcs"}
OFFICE_LEVELS = {"mam_non": "MN", "tieu_hoc": "TH", "thcs": "THCS", "thpt": "THPT"}


class UnreadableSchools(Exception):
    """The list of schools, or of communes, is not what the city demo reads."""


@dataclass(frozen=True)
class RealSchool:
    """A school of the list that has an entry grade and lies by the network."""

    code: str
    name: str
    levels: tuple[str, ...]
    address: str
    area: int
    place: tuple[float, float]


def write_city(
    folder: Path,
    *,
    extract: Path,
    schools: Path,
    students: int,
    seed: int,
    school_year: int,
    communes: Path | None = None,
    progress: Progress | None = None,
) -> RegionFiles:
    """Write the spreadsheets and boundaries of a season on a real extract, and return where they lie.

    Args:
        extract: an OpenStreetMap extract, used in place: it is the ``extract`` of the answer.
        schools: GeoJSON points with ``osm``, ``name``, ``levels`` and ``addr``; a school whose level is unknown,
            or that lies more than 300 m from the street network, is left out and counted.
        students: how many children, half in lớp 1 and half in lớp 6 (the odd one in lớp 1).
        communes: GeoJSON (or its .gz) of communes with ``code`` and ``fullName``; without it the areas are the
            districts drawn in the extract, under invented codes.

    Raises:
        UnreadableExtract, UnreadableSchools: an input file is not what it should be.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tell = progress or no_progress
    files = region_paths(folder) | {"extract": extract}
    city = read_city(extract)
    tell(extract.name, len(city.roads))
    reach = shapely.convex_hull(shapely.MultiPoint([frontage.start for frontage in city.frontages])).buffer(
        300.0
    )
    areas = _areas_of_file(communes, reach) if communes else _areas_of_extract(city, reach)
    tell(files["communes"].name, write_areas(files["communes"], areas))
    write_areas(files["hamlets"], [])
    known, left_out = _read_schools(schools, city, areas)
    tell("left out", left_out)

    ground = HomeGround(
        city.frontages,
        roads=city.roads,
        water=city.water,
        canals=city.waterways,
        hamlets=[shapely.union_all([area.polygon for area in areas])],
    )
    register = Register(seed=seed, khmer_share=0.01)
    counts = {1: students - students // 2, 6: students // 2}
    batches = {
        grade: _settle(register, ground, known, counts[grade], school_year, grade, seed) for grade in GRADES
    }
    taught = [
        school for grade in GRADES for school in _with_seats(known, areas, batches[grade].homes.points, grade)
    ]
    tell(
        files["schools"].name,
        write_schools(
            files["schools"],
            taught,
            {school.code: school.place for school in known},
            {school.code: school.address for school in known},
            school_years=(school_year,),
        )[0],
    )
    children = (row for grade in GRADES for row in _residences(batches[grade], ground, areas))
    tell(files["students"].name, write_students(files["students"], children))
    twins = twins_story(batches[1])
    write_json(
        files["stories"],
        {
            "label": "dữ liệu minh họa",
            "school_year": school_year,
            "stories": [twins] if twins else [],
            "hard_homes": [],
        },
    )
    return RegionFiles(
        folder=folder,
        **files,
        school_count=len(known),
        site_count=len(known),
        student_count=students,
        previous_student_count=0,
        schools_left_out=left_out,
    )


def _read_features(path: Path) -> list[dict[str, Any]]:
    """Return the features of a GeoJSON file, packed by gzip or not."""
    try:
        text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        features = json.loads(text)["features"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnreadableSchools(f"{path.name} is not a readable GeoJSON file: {error}") from error
    return list(features)


def _areas_of_file(path: Path, reach: shapely.Geometry) -> list[AreaShape]:
    """Return the communes of the file that the streets reach, by code."""
    areas = []
    for feature in _read_features(path):
        properties = feature["properties"]
        if properties.get("is_province"):
            continue
        shape = shapely.transform(shapely.from_geojson(json.dumps(feature["geometry"])), spot_array)
        if shape.intersects(reach):
            name = properties.get("fullName") or properties["name"]
            areas.append(AreaShape(str(properties["code"]), name, "commune", PROVINCE, "2025-07-01", shape))
    if not areas:
        raise UnreadableSchools(f"{path.name} has no commune where the extract has streets")
    return sorted(areas, key=_code)


def _code(area: AreaShape) -> str:
    """Return the code an area is sorted by."""
    return area.code


def _areas_of_extract(city: CityMap, reach: shapely.Geometry) -> list[AreaShape]:
    """Return the extract's districts cut to where the streets reach, and the rest as one more area."""
    areas = []
    rest = reach
    for number, (name, shape) in enumerate(city.districts):
        own = shapely.intersection(rest, shape)
        if own.area < 1_000_000.0:
            continue
        rest = shapely.difference(rest, shape)
        areas.append(
            AreaShape(f"{98_001 + number}", f"Khu vực {name}", "commune", PROVINCE, "2025-07-01", own)
        )
    if not rest.is_empty:
        areas.append(AreaShape("98000", "Khu vực còn lại", "commune", PROVINCE, "2025-07-01", rest))
    return [
        AreaShape(a.code, a.name, a.kind, a.parent_code, a.valid_from, _polygons(a.polygon)) for a in areas
    ]


def _polygons(shape: shapely.Geometry) -> shapely.Geometry:
    """Return the polygons of a shape, without the lines and points that cutting leaves."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return shapely.MultiPolygon(parts)


def _read_schools(path: Path, city: CityMap, areas: Sequence[AreaShape]) -> tuple[list[RealSchool], int]:
    """Return the schools that take lớp 1 or lớp 6, by code, and how many of the list were left out.

    Left out and counted: level unknown, no name, too far from the network, outside all areas. Kindergartens
    and upper secondary schools have no entry grade here and are passed over.
    """
    roads = shapely.STRtree(city.roads)
    tree = shapely.STRtree([area.polygon for area in areas])
    known: dict[str, RealSchool] = {}
    left_out = 0
    for feature in _read_features(path):
        try:
            properties, (lon, lat) = feature["properties"], feature["geometry"]["coordinates"][:2]
            levels = tuple(OFFICE_LEVELS[level] for level in properties["levels"])
            code = f"{'nwr'.index(properties['osm'][0]) + 1}{properties['osm'][1:]}"
        except (KeyError, TypeError, ValueError) as error:
            raise UnreadableSchools(f"{path.name} has a feature without {error}") from error
        if levels and not {"TH", "THCS"} & set(levels):
            continue
        point = shapely.Point(spot_array(np.array([[lon, lat]]))[0])
        area = tree.query(point, predicate="within")
        near = len(roads.query(point, predicate="dwithin", distance=FURTHEST_GATE_M)) > 0
        if not levels or not properties["name"] or not near or not len(area):
            left_out += 1
            continue
        number = int(min(area))
        name = unicodedata.normalize("NFC", properties["name"]).strip()
        address = ", ".join(part for part in (properties.get("addr") or "", areas[number].name) if part)
        known[code] = RealSchool(code, name, levels, address, number, (float(lon), float(lat)))
    if not known:
        raise UnreadableSchools(f"{path.name} has no school of a known level near the streets of the extract")
    return [known[code] for code in sorted(known)], left_out


def _teaching(known: Sequence[RealSchool], grade: Grade) -> list[RealSchool]:
    """Return the schools that take children into a grade."""
    return [school for school in known if OFFICE_LEVELS[LEVEL_OF_GRADE[grade]] in school.levels]


def _nearest(points: FloatArray, schools: Sequence[RealSchool]) -> np.ndarray:
    """Return for each home the number of the school nearest in a straight line."""
    tree = shapely.STRtree(shapely.points(spot_array(np.array([school.place for school in schools]))))
    return tree.nearest(shapely.points(points))


def _nearest_codes(points: FloatArray, schools: Sequence[RealSchool]) -> list[str]:
    """Return for each home the code of the school nearest in a straight line."""
    return [schools[int(number)].code for number in _nearest(points, schools)]


def _with_seats(
    known: Sequence[RealSchool], areas: Sequence[AreaShape], homes: FloatArray, grade: Grade
) -> list[School]:
    """Return the schools of a grade with classes for all children and a few more, where the children live.

    A school that is much liked has no more classes than its surroundings need, so it is oversubscribed.
    """
    schools = _teaching(known, grade)
    near = np.bincount(_nearest(homes, schools), minlength=len(schools))
    classes = max(len(schools), math.ceil(len(homes) * SEATS_PER_CHILD / CLASS_SIZE[grade]))
    shares = shared_out([float(count) + 1.0 for count in near], classes - len(schools))
    return [
        School(
            code=school.code,
            name=school.name,
            grade=grade,
            commune=areas[school.area].code,
            sites=(Site(school.code, "Điểm chính", "", share + 1, school.place),),
            popularity=popularity(school.code),
            levels=";".join(school.levels),
        )
        for school, share in zip(schools, shares, strict=True)
    ]


def _settle(
    register: Register,
    ground: HomeGround,
    known: Sequence[RealSchool],
    count: int,
    school_year: int,
    grade: Grade,
    seed: int,
) -> Batch:
    """Invent the children of one grade and give each a home along the streets; twins share theirs."""
    rng = np.random.Generator(np.random.PCG64([seed, 22, school_year, grade]))
    drawn = ground.draw(0, count, rng)
    students = register.enrol(school_year=school_year, grade=grade, villages=[0] * count)
    homes = drawn.at([student.home for student in students])
    primary = _nearest_codes(homes.points, _teaching(known, 1))
    own = _nearest_codes(homes.points, _teaching(known, grade))
    return Batch(attach_schools(students, primary, own, rng), homes)


def _residences(
    batch: Batch, ground: HomeGround, areas: Sequence[AreaShape]
) -> Iterator[tuple[Student, Residence]]:
    """Yield each child with the residence to write; there are no hamlets in the city."""
    homes: Homes = batch.homes
    places = lon_lat_array(homes.points)
    tree = shapely.STRtree([area.polygon for area in areas])
    found, inside = tree.query(shapely.points(homes.points), predicate="intersects")
    area_of = np.zeros(len(homes.points), dtype=np.int64)
    area_of[found[::-1]] = inside[::-1]
    for number, student in enumerate(batch.students):
        area = areas[int(area_of[number])]
        frontage = ground.frontages[int(homes.frontage[number])]
        line = address_line(frontage, float(homes.chain_m[number]), left=bool(homes.left[number]))
        lon, lat = float(places[number, 0]), float(places[number, 1])
        yield student, Residence(f"{line}, {area.name}", "", area.code, lon, lat)
