"""What pages see of an application: frozen values, no tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from admissions.applications.rules import EDITABLE, State
from admissions.rounds.service import RoundCard
from admissions.schools.views import SchoolChoice


@dataclass(frozen=True)
class StudentCard:
    """The child's record as the sending school reported it."""

    code: str
    full_name: str
    birth_on: date
    sex: str
    ethnic_code: str
    current_school_code: str | None
    residence_kind: str
    address: str
    hamlet: str
    commune_code: str
    commune_name: str


@dataclass(frozen=True)
class Home:
    """The point from which the ways to school are measured."""

    lon: float
    lat: float
    location_id: int
    changed: bool
    verified: bool
    note: str | None


@dataclass(frozen=True)
class ApplicationForm:
    """Everything the form's pages need."""

    application_id: int
    code: str
    state: State
    round: RoundCard
    student: StudentCard
    guardian_name: str | None
    relation: str | None
    phone: str | None
    email: str | None
    home: Home | None
    home_on_record: Home | None
    schools: Sequence[SchoolChoice]
    chosen_site_ids: Sequence[int]
    saved_at: datetime
    submitted_at: datetime | None

    @property
    def contact_done(self) -> bool:
        """The family has confirmed who answers for the child and how to reach them."""
        return bool(self.guardian_name and self.relation and self.phone)

    @property
    def home_done(self) -> bool:
        """The family has confirmed the home."""
        return self.home is not None

    @property
    def schools_done(self) -> bool:
        """At least one school is ranked."""
        return bool(self.chosen_site_ids)

    @property
    def editable(self) -> bool:
        """The form may still be changed: not frozen, and the round is open."""
        return self.state in EDITABLE and self.round.is_open

    @property
    def chosen(self) -> list[SchoolChoice]:
        """The ranked schools, the dearest first."""
        by_id = {school.site_id: school for school in self.schools}
        return [by_id[site_id] for site_id in self.chosen_site_ids if site_id in by_id]


@dataclass(frozen=True)
class Receipt:
    """Proof of submission."""

    code: str
    receipt_id: str
    round: RoundCard
    student_name: str
    student_birth_on: date
    submitted_at: datetime
    state: State
    chosen: Sequence[SchoolChoice]


@dataclass(frozen=True)
class ApplicationRow:
    """One line of the officers' list."""

    id: int
    code: str
    state: State
    student_name: str
    birth_on: date
    commune_code: str
    home_changed: bool
    home_verified: bool
    first_choice: str | None
    submitted_at: datetime | None
