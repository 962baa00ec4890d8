"""The demo's season: import what offices have, let families apply, run, approve, publish, tell.

Every step looks at what is there already, so an interrupted season goes on where it stopped. Runs and approvals are
done by two different officers, through the same use cases as the pages.
"""

import json
import zlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, func, select
from sqlmodel import Session

from admissions.allocation_runs import service as runs
from admissions.allocation_runs.indicators import travel_figures
from admissions.allocation_runs.rules import RunState
from admissions.allocation_runs.tables import AllocationRun
from admissions.applications.tables import Application
from admissions.codes import SeededCodes
from admissions.demo.calendar import Dates, last_year, open_dates, published_dates, school_year_at
from admissions.demo.families import Setting, apply_all
from admissions.errors import ImportRefused
from admissions.notifications.service import count_by_state, deliver_pending
from admissions.offers.service import publish
from admissions.officers.service import SignedInOfficer, add_officer, get_officer
from admissions.officers.tables import Role
from admissions.rounds.policy import get_preset
from admissions.rounds.rules import Phase
from admissions.rounds.service import RoundPlan, create_round, get_round
from admissions.rounds.tables import Round
from admissions.rounds.travel import prepare_round
from admissions.schools.importer import QuotaRow, import_schools, read_quotas
from admissions.students.importer import import_students
from admissions.students.tables import Guardian, Student
from data.clock import fixed_clock
from data.db import transaction
from data.demo.files import RegionFiles
from data.settings import Settings
from data.vault import Vault
from gis.service import import_areas, import_network

DEMO_PASSWORD = "minh-hoa-tuyen-sinh"
Tell = Callable[[str, int], None]
"""Called after each step with what was done and how many."""
Part = Callable[[str], AbstractContextManager[None]]
OPEN_SHARE = 0.55
"""Share of the lớp 6 families that have applied so far in the open round."""


@dataclass(frozen=True)
class Staff:
    """The demo's officers."""

    runner: SignedInOfficer
    approver: SignedInOfficer


@dataclass(frozen=True)
class Stage:
    """What a season works with."""

    engine: Engine
    settings: Settings
    vault: Vault
    seed: int
    tell: Tell = lambda step, count: None
    part: Part = nullcontext
    """Wraps each part of the season, such as one round, under its name."""

    @property
    def codes(self) -> SeededCodes:
        """Codes and seeds from the demo's seed, so that the same seed gives the same published bytes."""
        return SeededCodes(self.seed)

    @property
    def setting(self) -> Setting:
        """What families apply with."""
        return Setting(self.seed, self.codes, self.vault, self.settings.public_url)


ACCOUNTS = (
    ("can-bo-xa", "Trần Thị Minh Họa", "Cán bộ tuyển sinh", Role.PROVINCE_OFFICER),
    ("lanh-dao", "Nguyễn Văn Minh Họa", "Lãnh đạo duyệt kết quả", Role.PROVINCE_HEAD),
    ("thanh-tra", "Lê Thị Minh Họa", "Thanh tra", Role.INSPECTOR),
)


def engage_staff(stage: Stage) -> Staff:
    """Make the demo's accounts and return who runs and who approves."""
    ids = {}
    with transaction(stage.engine) as session:
        for username, full_name, title, role in ACCOUNTS:
            ids[role] = add_officer(
                session, username=username, full_name=full_name, title=title, role=role, communes=[],
                password=DEMO_PASSWORD, illustrative=True,
            )  # fmt: skip
        runner = get_officer(session, officer_id=ids[Role.PROVINCE_OFFICER])
        approver = get_officer(session, officer_id=ids[Role.PROVINCE_HEAD])
    stage.tell("accounts", len(ids))
    return Staff(runner, approver)


def import_region(stage: Stage, files: RegionFiles, *, name: str, now: datetime) -> int:
    """Import network, boundaries, schools and students; return the network version's id."""
    with transaction(stage.engine) as session:
        version = import_network(session, extract=files.extract, name=name, now=now)
        version_id = version.id
    assert version_id is not None
    stage.tell("network", 1)
    for kind, path in (("commune", files.communes), ("hamlet", files.hamlets)):
        if not _features(path):
            continue  # a city's extract need not draw hamlets
        with transaction(stage.engine) as session:
            report = import_areas(session, path=path, kind=kind, valid_from=date(2025, 7, 1))
        stage.tell(f"{kind}s", report.kept)
    with transaction(stage.engine) as session:
        schools = import_schools(session, path=files.schools, now=now)
    stage.tell("schools and sites", schools.kept)
    with transaction(stage.engine) as session:
        students = import_students(session, path=files.students, vault=stage.vault, now=now)
    stage.tell("students", students.kept)
    for report in (schools, students):
        if report.refused:
            row, cause = report.refused[0]
            raise ImportRefused(
                f"{len(report.refused)} generated rows were refused, the first is row {row}: {cause}"
            )
    return version_id


def ensure_round(
    stage: Stage,
    *,
    level: int,
    school_year: int,
    dates: Dates,
    communes: Sequence[str],
    version_id: int,
    quotas: Sequence[QuotaRow],
    previous: int | None,
) -> int:
    """Return the id of the level's round, announced and with travel times; made when it is not there."""
    code = f"{school_year}-lop-{level}"
    at = dates.opens_at - timedelta(days=20)
    policy = get_preset(f"gan-nha-lop-{level}")
    with transaction(stage.engine) as session:
        found = session.scalars(select(Round.id).where(Round.code == code)).one_or_none()
        if found is not None:
            return found
        plan = RoundPlan(
            code,
            level,
            school_year,
            communes,
            dates.opens_at,
            dates.closes_at,
            dates.results_at,
            version_id,
            previous,
        )
        round_id = create_round(
            session, plan=plan, policy=policy, quotas=quotas, codes=stage.codes, vault=stage.vault, actor="system",
            now=at,
        )  # fmt: skip
        homes = prepare_round(session, round_=get_round(session, round_id=round_id), policy=policy)
    stage.tell(f"{code}: homes with travel times", homes)
    return round_id


def take_applications(
    stage: Stage,
    *,
    round_id: int,
    leave_out: frozenset[str] = frozenset(),
    share: float = 1.0,
    by_page: bool = True,
) -> int:
    """Let families apply while the round is open; return how many applications it has."""
    with transaction(stage.engine) as session:
        round_ = get_round(session, round_id=round_id)
        code, opens_at, closed = round_.code, round_.opens_at, Phase(round_.phase) is not Phase.PUBLISHED
    if closed:
        return 0
    count = apply_all(
        stage.engine,
        round_id=round_id,
        setting=stage.setting,
        at=opens_at + timedelta(days=2),
        leave_out=leave_out,
        share=share,
        by_page=by_page,
    )
    stage.tell(f"{code}: applications", count)
    if share == 1.0 and not leave_out:
        with transaction(stage.engine) as session:
            missing = _children(session, get_round(session, round_id=round_id)) - count
        if missing:
            stage.tell(f"{code}: children no road joins to a school", missing)
    return count


def decide(stage: Stage, *, round_id: int, staff: Staff, scenarios: Sequence[str]) -> int:
    """Run the scenarios, have the first approved by another officer, publish it; return its run id."""
    with transaction(stage.engine) as session:
        round_ = get_round(session, round_id=round_id)
        code, dates = round_.code, Dates(round_.opens_at, round_.closes_at, round_.results_at)
    run_ids = [
        _ensure_run(
            stage, round_id, mechanism, staff.runner, dates.closes_at + timedelta(days=2, hours=number)
        )
        for number, mechanism in enumerate(scenarios)
    ]
    stage.tell(f"{code}: runs", len(run_ids))
    approved_at, published_at = dates.closes_at + timedelta(days=5), dates.results_at
    with transaction(stage.engine) as session:
        state = RunState(session.get_one(AllocationRun, run_ids[0]).state)
        if state is RunState.DONE:
            runs.approve(session, run_id=run_ids[0], officer=staff.approver, now=approved_at)
    if state is not RunState.PUBLISHED:
        with transaction(stage.engine) as session:
            offers = publish(
                session, run_id=run_ids[0], officer=staff.approver, public_url=stage.settings.public_url,
                hotline=stage.settings.hotline, now=published_at, deliver=False,
            )  # fmt: skip
        stage.tell(f"{code}: published offers", offers)
    return run_ids[0]


def _ensure_run(stage: Stage, round_id: int, mechanism: str, runner: SignedInOfficer, at: datetime) -> int:
    with transaction(stage.engine) as session:
        run = session.scalars(
            select(AllocationRun)
            .where(AllocationRun.round_id == round_id, AllocationRun.mechanism == mechanism)
            .order_by(AllocationRun.id)
            .limit(1)
        ).one_or_none()
        if run is None:
            run_id = runs.request_run(
                session, round_id=round_id, mechanism=mechanism, officer=runner, now=at, defer_job=False
            )
        else:
            assert run.id is not None
            run_id = run.id
    runs.carry_out(
        stage.engine, run_id=run_id, vault=stage.vault, clock=fixed_clock(at + timedelta(minutes=1))
    )
    return run_id


@dataclass(frozen=True)
class Played:
    """What a played season left behind."""

    published_round: int
    open_round: int
    run_id: int
    """The published run of the published round."""


def play_region_season(stage: Stage, files: RegionFiles, *, now: datetime, by_page: bool = True) -> Played:
    """Play last season and this one on a written region: lớp 1 to published results, lớp 6 open.

    The children of the region's stories have not applied for lớp 6 yet, so that a visitor can. Without ``by_page``
    this season's families too apply on paper forms, which is quicker to play.
    """
    year = school_year_at(now)
    with stage.part("import"):
        staff = engage_staff(stage)
        version_id = import_region(stage, files, name="Vùng minh họa", now=now)
    communes, quotas = communes_of(files.communes), read_seats(files)
    dates = {1: published_dates(now), 6: open_dates(now)}

    def announce(level: int, first_year: int, when: Dates, previous: int | None) -> int:
        return ensure_round(
            stage,
            level=level,
            school_year=first_year,
            dates=when,
            communes=communes,
            version_id=version_id,
            quotas=quotas,
            previous=previous,
        )

    previous = {}
    for level in (1, 6):
        with stage.part(f"last season, lớp {level}"):
            previous[level] = announce(level, year - 1, last_year(dates[level]), None)
            take_applications(stage, round_id=previous[level], by_page=False)
            decide(stage, round_id=previous[level], staff=staff, scenarios=["deferred_acceptance"])
    with stage.part("this season, lớp 1"):
        published = announce(1, year, dates[1], previous[1])
        take_applications(stage, round_id=published, by_page=by_page)
        run_id = decide(
            stage, round_id=published, staff=staff, scenarios=["deferred_acceptance", "min_travel"]
        )
    with stage.part("this season, lớp 6"):
        opened = announce(6, year, dates[6], previous[6])
        stories = json.loads(files.stories.read_text(encoding="utf-8"))["stories"]
        to_try = frozenset(code for story in stories for code in story["students"])
        take_applications(stage, round_id=opened, leave_out=to_try, share=OPEN_SHARE, by_page=by_page)
    return Played(published, opened, run_id)


def deliver(stage: Stage) -> int:
    """Deliver what waits in the outbox and return how many messages have been sent in all."""
    deliver_pending(stage.engine, settings=stage.settings, vault=stage.vault, clock=lambda: datetime.now(UTC))
    with Session(stage.engine) as session:
        sent = count_by_state(session).get("sent", 0)
    stage.tell("messages sent", sent)
    return sent


def read_seats(files: RegionFiles) -> list[QuotaRow]:
    """Return the region's seats.

    Raises:
        ImportRefused: a generated row is wrong.
    """
    quotas, report = read_quotas(files.schools)
    if report.refused:
        row, cause = report.refused[0]
        raise ImportRefused(f"{files.schools.name}: row {row}: {cause}")
    return quotas


def summarise(engine: Engine, *, run_ids: Sequence[int], messages_sent: int) -> dict[str, object]:
    """Return the figures of the published runs together, for the one JSON line of the command."""
    totals = dict.fromkeys(("applications", "placed", "unplaced", "in_nearest", "blocking_pairs"), 0)
    times: list[int] = []
    students = 0
    with Session(engine) as session:
        for run_id in run_ids:
            run = session.get_one(AllocationRun, run_id)
            round_ = get_round(session, round_id=run.round_id)
            students += _children(session, round_)
            assert run.indicators is not None and run.instance is not None and run.result is not None
            for key in totals:
                totals[key] += run.indicators[key]
            instance, result = (json.loads(zlib.decompress(part)) for part in (run.instance, run.result))
            times += [
                instance["students"][key]["travel_s"][school]
                for key, school in result["assignment"].items()
                if school is not None and school in instance["students"][key]["travel_s"]
            ]
    figures = travel_figures(times)
    return {
        "students": students,
        "applications": totals["applications"],
        "placed": totals["placed"],
        "unplaced": totals["unplaced"],
        "in_nearest": totals["in_nearest"],
        "median_travel_min": round((figures["median_travel_s"] or 0) / 60, 1),
        "p95_travel_min": round((figures["p95_travel_s"] or 0) / 60, 1),
        "blocking_pairs": totals["blocking_pairs"],
        "messages_sent": messages_sent,
    }


def _children(session: Session, round_: Round) -> int:
    return (
        session.scalar(
            select(func.count())
            .select_from(Student)
            .where(Student.entry_level == round_.level, Student.entry_year == round_.school_year)
        )
        or 0
    )


def _features(path: Path) -> list[dict]:
    return json.loads(path.read_text(encoding="utf-8"))["features"]


def communes_of(path: Path) -> list[str]:
    """Return the codes of the communes in a boundary file, in order."""
    return sorted(feature["properties"]["code"] for feature in _features(path))


def families_to_try(
    stage: Stage, *, published_round: int, open_round: int, stories: Sequence[dict]
) -> list[str]:
    """Return lines that let a visitor try the demo: families that can apply, and results that can be read."""
    codes = [code for story in stories for code in story["students"]]
    lines = []
    with Session(stage.engine) as session:
        published = session.execute(
            select(Application.code, Student.birth_on, Student.code)
            .join(Student, Student.id == Application.student_id)
            .where(Application.round_id == published_round, Student.code.in_(codes))
            .order_by(Application.id)
        ).all()
        by_student = {student: (code, birth_on) for code, birth_on, student in published}
        for story in stories:
            for student in story["students"][:1]:
                if student in by_student:
                    code, birth_on = by_student[student]
                    lines.append(f"Kết quả: {story['title']}: mã hồ sơ {code}, ngày sinh {birth_on:%d/%m/%Y}")
        round_ = get_round(session, round_id=open_round)
        applied = select(Application.student_id).where(Application.round_id == open_round)
        waiting = session.execute(
            select(Student, Guardian)
            .join(Guardian, Guardian.student_id == Student.id)
            .where(
                Student.entry_level == round_.level, Student.entry_year == round_.school_year,
                Student.id.not_in(applied), Guardian.phone_cipher.is_not(None),
            )
            .order_by(Student.code)
            .limit(3)
        ).all()  # fmt: skip
        for student, guardian in waiting:
            assert guardian.phone_cipher is not None
            phone = stage.vault.decrypt(guardian.phone_cipher)
            lines.append(
                f"Nộp hồ sơ: mã học sinh {student.code}, ngày sinh {student.birth_on:%d/%m/%Y}, điện thoại {phone}"
            )
    return lines
