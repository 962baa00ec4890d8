"""The outbox with a real mail server and a real folder: one message per event and family, whatever fails."""

import email
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from sqlalchemy import Engine, select, text
from sqlmodel import Session

from admissions.notifications.service import Notice, count_by_state, deliver_pending, write
from admissions.notifications.tables import Message
from admissions.notifications.texts import Text
from data.settings import ROOT, Settings

NOW = datetime(2027, 6, 1, 2, 0, tzinfo=UTC)


class Receiver:
    """Keeps what arrives; refuses the first ``refusals`` messages."""

    def __init__(self, refusals: int = 0, pause_s: float = 0) -> None:
        self.mails: list[email.message.Message] = []
        self.refusals = refusals
        self.pause_s = pause_s

    async def handle_DATA(self, server: SMTP, session: object, envelope) -> str:
        if self.refusals:
            self.refusals -= 1
            return "451 try again later"
        time.sleep(self.pause_s)
        self.mails.append(email.message_from_bytes(envelope.content))
        return "250 taken"


@pytest.fixture
def receiver():
    handler = Receiver()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler, port
    controller.stop()


@pytest.fixture
def outbox(season, engine: Engine):
    """A database of the played season's shape with applications and an empty outbox, really committed to."""
    with Session(season.stage.engine) as session:
        ids = session.scalars(
            select(Message.application_id).distinct().order_by(Message.application_id).limit(40)
        ).all()
        session.execute(text("create table kept_message as table message"))
        session.execute(text("delete from message"))
        session.commit()
    yield season.stage.engine, ids
    with Session(season.stage.engine) as session:
        session.execute(text("delete from message"))
        session.execute(text("insert into message overriding system value select * from kept_message"))
        session.execute(text("drop table kept_message"))
        session.commit()


def fill(engine: Engine, ids, vault, event: str = "result:1", *, address: str | None = None) -> int:
    notices = [
        Notice(
            event, key, "result", vault.encrypt(address or f"nha{key}@phuhuynh.invalid"),
            Text("Đã có kết quả", "Xem kết quả tại trang tra cứu."),
        )
        for key in ids
    ]  # fmt: skip
    with Session(engine) as session:
        new = write(session, notices, now=NOW, deliver=False)
        session.commit()
    return new


def settings_for(season, tmp_path: Path, port: int | None) -> Settings:
    changes = {"var_dir": tmp_path, "smtp_host": "127.0.0.1" if port else None, "smtp_port": port or 25}
    return season.stage.settings.model_copy(update=changes)


def test_an_event_is_written_once_however_often_it_happens(season, outbox) -> None:
    engine, ids = outbox
    assert fill(engine, ids, season.stage.vault) == 40
    assert fill(engine, ids, season.stage.vault) == 0
    assert fill(engine, ids, season.stage.vault, event="result:2") == 40


def test_letters_reach_the_mail_server_once_each(season, outbox, receiver, tmp_path) -> None:
    engine, ids = outbox
    handler, port = receiver
    fill(engine, ids, season.stage.vault)
    settings = settings_for(season, tmp_path, port)
    for _ in range(2):
        deliver_pending(engine, settings=settings, vault=season.stage.vault, clock=lambda: NOW)
    assert Counter(mail["To"] for mail in handler.mails) == {f"nha{key}@phuhuynh.invalid": 1 for key in ids}
    assert len({mail["Message-ID"] for mail in handler.mails}) == 40


def test_a_refused_letter_is_tried_again_later_and_arrives_once(season, outbox, receiver, tmp_path) -> None:
    engine, ids = outbox
    handler, port = receiver
    handler.refusals = 3
    fill(engine, ids, season.stage.vault)
    settings = settings_for(season, tmp_path, port)
    first = deliver_pending(engine, settings=settings, vault=season.stage.vault, clock=lambda: NOW)
    assert (first.sent, first.failed) == (37, 3)
    at_once = deliver_pending(engine, settings=settings, vault=season.stage.vault, clock=lambda: NOW)
    assert (at_once.sent, at_once.failed) == (0, 0)
    later = NOW + timedelta(minutes=6)
    last = deliver_pending(engine, settings=settings, vault=season.stage.vault, clock=lambda: later)
    assert (last.sent, last.failed) == (3, 0)
    assert set(Counter(mail["To"] for mail in handler.mails).values()) == {1}


def test_without_a_mail_server_the_letters_wait(season, outbox, tmp_path) -> None:
    engine, ids = outbox
    fill(engine, ids[:2], season.stage.vault)
    settings = settings_for(season, tmp_path, port=9)
    report = deliver_pending(engine, settings=settings, vault=season.stage.vault, clock=lambda: NOW)
    assert report.failed == 2
    with Session(engine) as session:
        assert count_by_state(session) == {"pending": 2}


def test_the_mailbox_folder_holds_one_file_per_message(season, outbox, tmp_path) -> None:
    engine, ids = outbox
    fill(engine, ids, season.stage.vault)
    settings = settings_for(season, tmp_path, port=None)
    deliver_pending(engine, settings=settings, vault=season.stage.vault, clock=lambda: NOW)
    before = {path: path.read_bytes() for path in settings.mailbox_dir.rglob("*.eml")}
    assert len(before) == 40
    with Session(engine) as session:
        session.execute(text("update message set state = 'pending', sent_at = null"))
        session.commit()
    deliver_pending(engine, settings=settings, vault=season.stage.vault, clock=lambda: NOW)
    assert {path: path.read_bytes() for path in settings.mailbox_dir.rglob("*.eml")} == before
    assert not list(settings.mailbox_dir.rglob("*.part"))


def test_a_family_without_an_address_is_listed_and_not_forgotten(season, outbox) -> None:
    engine, ids = outbox
    with Session(engine) as session:
        write(session, [Notice("result:1", ids[0], "result", None, Text("a", "b"))], now=NOW, deliver=False)
        session.commit()
        assert count_by_state(session) == {"no_address": 1}


WORKER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from sqlalchemy import create_engine
from admissions.notifications.service import deliver_pending
from data.settings import get_settings
from data.vault import open_vault
settings = get_settings().model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": int(sys.argv[2])})
deliver_pending(create_engine(sys.argv[1]), settings=settings, vault=open_vault(Path(sys.argv[3])),
                clock=lambda: datetime(2027, 6, 2, tzinfo=UTC))
"""


def test_a_worker_killed_in_the_middle_leaves_no_letter_behind(season, outbox, receiver) -> None:
    """Killed again and again; afterwards every family has its letter, and a repetition has the same Message-ID."""
    engine, ids = outbox
    handler, port = receiver
    handler.pause_s = 0.02
    fill(engine, ids, season.stage.vault)
    url = engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", WORKER, url, str(port), str(season.stage.settings.key_file)]
    for kills in range(3):
        worker = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
        arrived = len(handler.mails)
        while len(handler.mails) < arrived + 5 and worker.poll() is None:
            time.sleep(0.005)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        assert len(handler.mails) >= 5 * (kills + 1)
    subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True, timeout=60)
    by_family: dict[str, set[str]] = {}
    for mail in handler.mails:
        by_family.setdefault(mail["To"], set()).add(mail["Message-ID"])
    assert set(by_family) == {f"nha{key}@phuhuynh.invalid" for key in ids}
    assert all(len(references) == 1 for references in by_family.values())
    with Session(engine) as session:
        assert count_by_state(session) == {"sent": 40}
