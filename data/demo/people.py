"""Invents children and their guardians. Numbers are valid in form and clearly fictitious."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from data.demo.landscape import Grade
from data.demo.names import family_name, given_name, without_marks

AGE_AT_ENTRY = {1: 6, 6: 11}
FORMER_PROVINCES = [
    "079",
    "080",
    "082",
    "083",
    "084",
    "086",
    "087",
    "089",
    "091",
    "092",
    "093",
    "094",
    "095",
    "096",
    "077",
    "074",
    "075",
    "070",
    "072",
    "060",
    "058",
    "056",
    "054",
    "052",
    "051",
    "049",
    "048",
    "001",
    "002",
    "004",
    "006",
    "008",
    "010",
    "011",
    "012",
    "014",
    "015",
    "017",
    "019",
    "020",
    "022",
    "024",
    "025",
    "026",
    "027",
    "030",
    "031",
    "033",
    "034",
    "035",
    "036",
    "037",
    "038",
    "040",
    "042",
    "044",
    "045",
    "046",
    "062",
    "064",
    "066",
    "067",
    "068",
]
"""Codes of the 63 provinces before July 2025, which identity numbers keep; the region's own first."""
NUMBERS_PER_SERIES = 1000
"""Invented identity numbers have six last digits 000000 to 000999, which no real series starts with."""
PHONE_PREFIXES = ("09", "03", "07", "08", "05")

PERMANENT, TEMPORARY, ACTUAL = "thường trú", "tạm trú", "nơi ở hiện tại"


@dataclass(frozen=True)
class Guardian:
    """The adult who answers for a child."""

    name: str
    relation: str
    birth_year: int
    phone: str
    email: str


@dataclass(frozen=True)
class Student:
    """A child entering a grade, as the sending school's list states it."""

    school_year: int
    grade: Grade
    code: str
    identity: str
    name: str
    born_on: date
    sex: str
    ethnicity: str
    nationality: str
    residence: str
    village: int
    home: int
    guardian: Guardian
    current_school: str = ""
    sibling_school: str = ""
    twin_group: str = ""


class IdentitySeries:
    """Hands out identity numbers, each once: place of birth, century and sex, year, and a number under 1000."""

    def __init__(self) -> None:
        self._next: dict[str, int] = {}
        self._full: dict[str, int] = {}

    def issue(self, *, sex: str, birth_year: int, place: int) -> str:
        """Return the next free number of a series, moving to a later province where one is used up.

        Args:
            place: index into ``FORMER_PROVINCES``.
        """
        tail = f"{2 if sex == 'Nam' else 3}{birth_year % 100:02d}"
        for step in range(len(FORMER_PROVINCES)):
            series = FORMER_PROVINCES[(place + step) % len(FORMER_PROVINCES)] + tail
            number = self._next.get(series, 0)
            if number < NUMBERS_PER_SERIES:
                self._next[series] = number + 1
                return f"{series}000{number:03d}"
        raise OverflowError(
            f"more than {NUMBERS_PER_SERIES * len(FORMER_PROVINCES)} children born in {birth_year}"
        )


class Register:
    """Invents the children of one region, one season after another, never giving a number twice."""

    def __init__(self, *, seed: int, khmer_share: float = 0.05) -> None:
        self._seed = seed
        self._identities = IdentitySeries()
        self._families = 0
        self._twins = 0
        self._codes: dict[int, int] = {}
        self._khmer_share = khmer_share

    def enrol(self, *, school_year: int, grade: Grade, villages: Sequence[int]) -> list[Student]:
        """Return one child for each village number, in that order; ``home`` counts from 0.

        About one child in eighty is a twin of the child before it.
        """
        rng = np.random.Generator(np.random.PCG64([self._seed, 31, school_year, grade]))
        students: list[Student] = []
        for home, village in enumerate(villages):
            before = students[-1] if students else None
            draw = rng.random(6)
            if before and before.village == village and not before.twin_group and draw[0] < 0.013:
                students[-1], twin = self._twins_of(before, rng)
                students.append(twin)
                continue
            students.append(self._child(school_year, grade, village, home, draw, rng))
        return students

    def _child(
        self,
        school_year: int,
        grade: Grade,
        village: int,
        home: int,
        draw: np.ndarray,
        rng: np.random.Generator,
    ) -> Student:
        """Invent a child who is nobody's twin."""
        year = school_year - AGE_AT_ENTRY[grade] - (1 if draw[1] < 0.006 else 0)
        born_on = date(year, 1, 1) + timedelta(days=int(rng.integers(365)))
        sex = "Nam" if draw[2] < 0.515 else "Nữ"
        ethnicity = self._ethnicity(float(draw[3]))
        family = family_name(rng, ethnicity)
        given = given_name(rng, ethnicity, sex)
        residence = PERMANENT if draw[4] < 0.78 else TEMPORARY if draw[4] < 0.94 else ACTUAL
        place = 0 if residence == PERMANENT or draw[5] < 0.35 else int(rng.integers(1, 23))
        return Student(
            school_year=school_year,
            grade=grade,
            code=self._code(school_year),
            identity=self._identities.issue(sex=sex, birth_year=year, place=place),
            name=f"{family} {given}".strip(),
            born_on=born_on,
            sex=sex,
            ethnicity=ethnicity,
            nationality="VN",
            residence=residence,
            village=village,
            home=home,
            guardian=self._guardian(rng, family, ethnicity, year),
        )

    def _twins_of(self, first: Student, rng: np.random.Generator) -> tuple[Student, Student]:
        """Return a child as the elder of twins and the younger one, who shares home, birth date and guardian."""
        self._twins += 1
        group = f"SD{self._twins:05d}"
        sex = first.sex if rng.random() < 0.66 else ("Nữ" if first.sex == "Nam" else "Nam")
        family = first.name.split(" ")[0] if " " in first.name else ""
        name = first.name
        while name == first.name:
            given = given_name(rng, first.ethnicity, sex)
            name = given if first.ethnicity in _OWN_SHAPE else f"{family} {given}".strip()
        younger = replace(
            first,
            code=self._code(first.school_year),
            identity=self._identities.issue(sex=sex, birth_year=first.born_on.year, place=0),
            name=name,
            sex=sex,
            twin_group=group,
        )
        return replace(first, twin_group=group), younger

    def _ethnicity(self, draw: float) -> str:
        """Return the code of an ethnic group: mostly Kinh, some Khmer and Hoa, a few families from the highlands."""
        edge = 1.0 - self._khmer_share
        if draw < edge - 0.025:
            return "01"
        if draw < edge - 0.009:
            return "04"
        if draw < edge - 0.006:
            return "12"
        if draw < edge - 0.003:
            return "16"
        if draw < edge - 0.0015:
            return "28"
        return "08" if draw < edge else "05"

    def _code(self, school_year: int) -> str:
        """Return the next ten-digit student code of a school year."""
        number = self._codes.get(school_year, 0) + 1
        self._codes[school_year] = number
        return f"79{school_year % 100:02d}{number:06d}"

    def _guardian(self, rng: np.random.Generator, family: str, ethnicity: str, birth_year: int) -> Guardian:
        """Invent the adult who answers for the child."""
        draw = rng.random(3)
        self._families += 1
        if draw[0] < 0.52:
            relation, sex, age = "mẹ", "Nữ", int(rng.integers(21, 38))
        elif draw[0] < 0.88:
            relation, sex, age = "cha", "Nam", int(rng.integers(23, 42))
        elif draw[0] < 0.93:
            relation, sex, age = "ông", "Nam", int(rng.integers(48, 66))
        elif draw[0] < 0.98:
            relation, sex, age = "bà", "Nữ", int(rng.integers(46, 64))
        else:
            relation, sex, age = "người giám hộ", "Nữ", int(rng.integers(28, 55))
        own_family = family if relation in ("cha", "ông") else family_name(rng, ethnicity)
        given = given_name(rng, ethnicity, sex)
        mailbox = without_marks(given).lower().replace(" ", "")
        return Guardian(
            name=f"{own_family} {given}".strip(),
            relation=relation,
            birth_year=birth_year - age,
            phone=_phone(self._families),
            email=f"{mailbox}{self._families}@phuhuynh.invalid" if draw[1] < 0.85 else "",
        )


_OWN_SHAPE = ("08", "12", "16", "28", "55")


def _phone(family: int) -> str:
    """Return an invented mobile number: valid in form, with 000 in the middle, one for each family."""
    prefix = PHONE_PREFIXES[family // 100_000 % len(PHONE_PREFIXES)]
    mixed = family * 7919 % 100_000
    return f"{prefix}{mixed // 1000:02d}000{mixed % 1000:03d}"
