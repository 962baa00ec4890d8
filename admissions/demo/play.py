"""The demo's commands: prepare, play, print, serve. The steps themselves are in ``season``."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from rich.console import Console
from sqlalchemy import Engine, create_engine

from admissions.demo import databases, season
from admissions.demo.calendar import open_dates, published_dates, school_year_at
from admissions.demo.season import DEMO_PASSWORD, Stage
from admissions.errors import ImportRefused
from admissions.rounds.rules import Phase
from admissions.rounds.service import extend_round, get_round
from data.clock import system_clock
from data.cluster import Cluster
from data.db import database_url, get_engine, transaction
from data.demo.files import RegionFiles
from data.demo.region import write_region
from data.lock import exclusive
from data.ports import check_port_is_free
from data.settings import Settings, get_settings
from data.vault import get_vault

HOST = "127.0.0.1"


@dataclass
class Progress:
    """One line per step with count and time, on stderr, so that the JSON line stands alone on stdout."""

    console: Console = field(default_factory=lambda: Console(stderr=True, highlight=False))
    seconds: dict[str, float] = field(default_factory=dict)
    _since: float = field(default_factory=time.monotonic)

    def __call__(self, step: str, count: int) -> None:
        """Print what was done since the last call."""
        now = time.monotonic()
        self.console.print(f"  {step:<44} {count:>9,}   {now - self._since:6.1f} s", soft_wrap=True)
        self._since = now

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage under its name."""
        self.console.print(f"[bold]{name}[/bold]")
        began = self._since = time.monotonic()
        yield
        self.seconds[name] = round(self.seconds.get(name, 0) + time.monotonic() - began, 1)


def demo_settings() -> Settings:
    """Return this installation's settings with everything marked as illustrative.

    Raises:
        ImportRefused: the installation is a production one.
    """
    settings = get_settings()
    if settings.environment == "production":
        raise ImportRefused(
            "a production installation takes no demo data: DUNGTUYEN_ENVIRONMENT is production"
        )
    os.environ["DUNGTUYEN_ENVIRONMENT"] = "demo"
    get_settings.cache_clear()
    return get_settings()


def play_region(*, size: str, seed: int, fresh: bool, serve: bool, port: int) -> None:
    """Build the demo region unless it is there, print its figures, and serve it."""
    settings = demo_settings()
    if serve:
        check_port_is_free(HOST, port)
    progress = Progress()
    folder = settings.var_dir / "demo"
    with exclusive(settings.var_dir / "demo.lock", work="the demo"):
        with progress.stage("database"):
            _prepare_database(settings, folder, size=size, seed=seed, fresh=fresh, progress=progress)
        built = _read_built(folder)
        if built is None:
            built = _build_region(settings, folder, size=size, seed=seed, progress=progress)
        keep_open(get_engine(database_url(settings)), round_id=built["open_round"], now=system_clock())
        _print_region(progress.console, built, port)
        print(json.dumps(built["summary"] | {"seconds": progress.seconds}, ensure_ascii=False), flush=True)
        if serve:
            _serve(port)


def _prepare_database(
    settings: Settings, folder: Path, *, size: str, seed: int, fresh: bool, progress: Progress
) -> None:
    if settings.database_url is None:
        Cluster(settings.var_dir).up()
        progress("PostGIS is up", 1)
    elif fresh:
        raise ImportRefused(
            "--fresh would empty the database in DATABASE_URL: name an empty database instead"
        )
    if fresh:
        databases.recreate(database_url(settings))
        (folder / "built.json").unlink(missing_ok=True)
        progress("old demo removed", 1)
    begun = folder / "begun.json"
    wanted = {"size": size, "seed": seed}
    if begun.exists() and not fresh:
        there = json.loads(begun.read_text())
        if {key: there[key] for key in wanted} != wanted:
            raise ImportRefused(
                f"a demo of size {there['size']} with seed {there['seed']} is here already; "
                "start over with `make demo FRESH=1` or `dungtuyen demo up --fresh`"
            )
    databases.migrate(get_engine(database_url(settings)))
    progress("tables", 1)


def _read_built(folder: Path) -> dict | None:
    path = folder / "built.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def _write_json(path: Path, content: object) -> None:
    """Write whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    os.replace(draft, path)


def _begin(folder: Path, *, size: str, seed: int) -> datetime:
    """Return the instant around which the season is dated: that of the first try, so that a later one fits in."""
    path = folder / "begun.json"
    if not path.exists():
        _write_json(path, {"size": size, "seed": seed, "at": system_clock().isoformat()})
    return datetime.fromisoformat(json.loads(path.read_text())["at"])


def _build_region(settings: Settings, folder: Path, *, size: str, seed: int, progress: Progress) -> dict:
    now = _begin(folder, size=size, seed=seed)
    stage = Stage(
        get_engine(database_url(settings)), settings, get_vault(settings), seed, progress, progress.stage
    )
    with progress.stage("files"):
        files = write_region(
            folder / "region", seed=seed, size=size, school_year=school_year_at(now), progress=progress
        )
    played = season.play_region_season(stage, files, now=now)
    with progress.stage("messages"):
        sent = season.deliver(stage)
    stories = json.loads(files.stories.read_text(encoding="utf-8"))["stories"]
    built = {
        "summary": season.summarise(stage.engine, run_ids=[played.run_id], messages_sent=sent),
        "open_round": played.open_round,
        "published_round": played.published_round,
        "to_try": season.families_to_try(
            stage, published_round=played.published_round, open_round=played.open_round, stories=stories
        ),
    }
    _write_json(folder / "built.json", built)
    return built


def keep_open(engine: Engine, *, round_id: int, now: datetime) -> None:
    """On whatever day the demo is started again, its open round is open: a deadline that has passed moves on."""
    with transaction(engine) as session:
        round_ = get_round(session, round_id=round_id)
        if Phase(round_.phase) is Phase.PUBLISHED and round_.closes_at <= now:
            dates = open_dates(now)
            extend_round(
                session,
                round_id=round_id,
                closes_at=dates.closes_at,
                results_at=dates.results_at,
                actor="system",
                reason="dữ liệu minh họa: dời hạn theo ngày mở máy",
                now=now,
            )


def _print_region(console: Console, built: dict, port: int) -> None:
    console.print(f"\n[bold]Đúng Tuyến, dữ liệu minh họa[/bold]   http://{HOST}:{port}")
    console.print(f"  Tìm trường                 http://{HOST}:{port}/tim-truong")
    console.print(f"  Nộp hồ sơ lớp 6            http://{HOST}:{port}/nop-ho-so")
    console.print(f"  Xem kết quả lớp 1          http://{HOST}:{port}/tra-cuu")
    console.print(f"  Hộp thư minh họa           http://{HOST}:{port}/minh-hoa/hop-thu")
    console.print(f"  Cán bộ                     http://{HOST}:{port}/can-bo")
    for username, _name, title, _role in season.ACCOUNTS:
        console.print(f"    {title:<24} {username} / {DEMO_PASSWORD}")
    for line in built["to_try"]:
        console.print(f"  {line}", soft_wrap=True)


def _serve(port: int) -> None:
    from admissions.cli_serve import serve_pages

    serve_pages(host=HOST, port=port, worker=True)


def serve_demo(*, city: bool, port: int) -> None:
    """Serve the region, or the city, that was built before."""
    settings = demo_settings()
    check_port_is_free(HOST, port)
    if settings.database_url is None:
        Cluster(settings.var_dir).up()
    if city:
        os.environ["DATABASE_URL"] = databases.city_url(settings)
        get_settings.cache_clear()
    _serve(port)


def play_city(*, extract: Path, schools: Path, students: int, seed: int, communes: Path | None) -> None:
    """Load a real city with generated children, from files to published results, and print the figures."""
    from data.demo.city import write_city

    settings = demo_settings()
    progress = Progress()
    with exclusive(settings.var_dir / "demo.lock", work="the demo"):
        with progress.stage("database"):
            if settings.database_url is None:
                Cluster(settings.var_dir).up()
            url = databases.city_url(settings)
            databases.recreate(url)
            engine = create_engine(url, hide_parameters=True)
            databases.migrate(engine)
            progress("an empty database", 1)
        with progress.stage("files"):
            now = system_clock()
            year = school_year_at(now)
            files = write_city(
                settings.var_dir / "city", extract=extract, schools=schools, students=students, seed=seed,
                school_year=year, communes=communes, progress=progress,
            )  # fmt: skip
            progress("schools left out, level unknown", files.schools_left_out)
        summary = _play_city_season(settings, engine, files, seed=seed, now=now, year=year, progress=progress)
        print(json.dumps(summary | {"seconds": progress.seconds}, ensure_ascii=False), flush=True)
        progress.console.print("Xem: dungtuyen demo serve --city")


def _play_city_season(
    settings: Settings,
    engine: Engine,
    files: RegionFiles,
    *,
    seed: int,
    now: datetime,
    year: int,
    progress: Progress,
) -> dict[str, object]:
    stage = Stage(engine, settings, get_vault(settings), seed, progress, progress.stage)
    with progress.stage("import"):
        staff = season.engage_staff(stage)
        version_id = season.import_region(stage, files, name=files.extract.name, now=now)
    communes, quotas = season.communes_of(files.communes), season.read_seats(files)
    run_ids = []
    for level in (1, 6):
        with progress.stage(f"lớp {level}"):
            round_id = season.ensure_round(
                stage, level=level, school_year=year, communes=communes, version_id=version_id, quotas=quotas,
                dates=published_dates(now), previous=None,
            )  # fmt: skip
            season.take_applications(stage, round_id=round_id)
            run_ids.append(
                season.decide(stage, round_id=round_id, staff=staff, scenarios=["deferred_acceptance"])
            )
    with progress.stage("messages"):
        sent = season.deliver(stage)
    return season.summarise(engine, run_ids=run_ids, messages_sent=sent)
