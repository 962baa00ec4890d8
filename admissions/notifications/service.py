"""The outbox: write messages with the business rows, deliver them afterwards, exactly one per event and family.

A letter is marked as sent and handed over inside one transaction that commits right after the receiver took it.
A crash before that moment leaves it waiting; a crash inside the commit repeats it under the same Message-ID.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from admissions.notifications.channels import Channel, ChannelError, Letter, open_channel
from admissions.notifications.tables import Message
from admissions.notifications.texts import Text
from admissions.queue import DELIVER_MESSAGES, defer
from data.clock import Clock
from data.settings import Settings
from data.vault import Vault

log = structlog.get_logger()

RETRY_AFTER = timedelta(minutes=5)
MOST_ATTEMPTS = 48
BATCH = 1000


@dataclass(frozen=True)
class Notice:
    """One message to be written. ``recipient_cipher`` is the encrypted e-mail address, None when there is none."""

    event_key: str
    application_id: int
    template: str
    recipient_cipher: bytes | None
    text: Text


@dataclass(frozen=True)
class DeliveryReport:
    """What one round of delivery did."""

    sent: int
    failed: int


@dataclass(frozen=True)
class MailboxRow:
    """A message as the demo's mailbox viewer shows it."""

    id: int
    template: str
    state: str
    recipient: str
    subject: str
    body: str
    created_at: datetime
    sent_at: datetime | None


def write(session: Session, notices: Sequence[Notice], *, now: datetime, deliver: bool = True) -> int:
    """Put notices into the outbox and return how many were new; the same event is never written twice.

    With ``deliver`` a job is deferred in the same transaction; a bulk use case passes False and defers one itself.
    """
    new = 0
    for start in range(0, len(notices), BATCH):
        rows = [
            {
                "event_key": notice.event_key,
                "application_id": notice.application_id,
                "template": notice.template,
                "recipient_cipher": notice.recipient_cipher,
                "subject": notice.text.subject,
                "body": notice.text.body,
                "state": "pending" if notice.recipient_cipher else "no_address",
                "attempts": 0,
                "not_before": now,
                "created_at": now,
            }
            for notice in notices[start : start + BATCH]
        ]
        statement = insert(Message).values(rows).on_conflict_do_nothing().returning(Message.id)
        new += len(session.scalars(statement).all())
    if new and deliver:
        defer(session, DELIVER_MESSAGES)
    return new


def deliver_pending(engine: Engine, *, settings: Settings, vault: Vault, clock: Clock) -> DeliveryReport:
    """Deliver every message whose time has come; safe to run in several workers at once."""
    sent = failed = 0
    with open_channel(settings) as channel:
        while True:
            taken, wrong = _deliver_group(engine, channel, vault, clock())
            sent += len(taken) - len(wrong)
            failed += len(wrong)
            if not taken:
                return DeliveryReport(sent, failed)
            for message_id, cause in wrong.items():
                _note_failure(engine, message_id, cause, clock())


def _deliver_group(
    engine: Engine, channel: Channel, vault: Vault, now: datetime
) -> tuple[list[int], dict[int, str]]:
    wrong: dict[int, str] = {}
    with Session(engine) as session, session.begin():
        waiting = session.scalars(
            select(Message)
            .where(Message.state == "pending", Message.not_before <= now)
            .order_by(Message.id)
            .limit(channel.group)
            .with_for_update(skip_locked=True)
        ).all()
        ids = [message.id for message in waiting if message.id is not None]
        if ids:
            session.execute(
                update(Message)
                .where(Message.id.in_(ids))
                .values(state="sent", sent_at=now, attempts=Message.attempts + 1)
                .execution_options(synchronize_session=False)
            )
        for message in waiting:
            assert message.id is not None and message.recipient_cipher is not None
            letter = Letter(
                message.id, f"{message.event_key.replace(':', '.')}.{message.application_id}",
                vault.decrypt(message.recipient_cipher), message.subject, message.body, message.created_at,
            )  # fmt: skip
            try:
                channel.send(letter)
            except ChannelError as cause:
                wrong[message.id] = str(cause)
        if wrong:
            session.execute(
                update(Message)
                .where(Message.id.in_(wrong))
                .values(state="pending", sent_at=None, not_before=now + RETRY_AFTER)
                .execution_options(synchronize_session=False)
            )
    return ids, wrong


def _note_failure(engine: Engine, message_id: int, cause: str, now: datetime) -> None:
    with Session(engine) as session, session.begin():
        message = session.get_one(Message, message_id)
        message.last_error = cause
        if message.attempts >= MOST_ATTEMPTS:
            message.state = "failed"
        session.add(message)
    log.warning("message_not_delivered", message=message_id, cause=cause)


def count_by_state(session: Session) -> dict[str, int]:
    """Return how many messages are in each state."""
    return dict(session.execute(select(Message.state, func.count()).group_by(Message.state)).all())


def list_mailbox(session: Session, *, vault: Vault, before: int | None, limit: int) -> list[MailboxRow]:
    """Return messages with their recipients, the newest first, those with ids under ``before``. For the demo only."""
    query = select(Message).order_by(Message.id.desc()).limit(limit)
    if before is not None:
        query = query.where(Message.id < before)
    return [
        MailboxRow(
            message.id or 0, message.template, message.state,
            vault.decrypt(message.recipient_cipher) if message.recipient_cipher else "",
            message.subject, message.body, message.created_at, message.sent_at,
        )
        for message in session.scalars(query)
    ]  # fmt: skip
