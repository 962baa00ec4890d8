"""Writing the audit trail and checking its chains.

``hash = SHA-256(previous_hash, canonical JSON of chain, sequence, at, actor, action, details)``. The database refuses
change (trigger); the chain shows a change made behind the database's back.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import func, insert, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import Session

from admissions.audit.tables import AuditEvent

BATCH = 1000
FIRST = "0" * 64


class Action(StrEnum):
    """What can happen, as ``subject:verb``."""

    APPLICATION_STARTED = "application:started"
    APPLICATION_SUBMITTED = "application:submitted"
    APPLICATION_ACCEPTED = "application:accepted"
    APPLICATION_FROZEN = "application:frozen"
    APPLICATION_RESULT = "application:result"
    ROUND_CREATED = "round:created"
    ROUND_EXTENDED = "round:extended"
    ROUND_CLOSED = "round:closed"
    RUN_REQUESTED = "run:requested"
    RUN_FINISHED = "run:finished"
    RUN_APPROVED = "run:approved"
    RUN_PUBLISHED = "run:published"
    OFFICER_SIGNED_IN = "officer:signed_in"
    OFFICER_REFUSED = "officer:refused"
    STUDENTS_IMPORTED = "students:imported"
    SCHOOLS_IMPORTED = "schools:imported"


class Act(NamedTuple):
    """One act to be recorded. ``details`` holds ids, codes and states, never names, addresses or numbers of persons."""

    chain: str
    actor: str
    action: Action
    details: dict[str, Any]


def _digest(event: dict[str, Any], previous_hash: str) -> str:
    content = {key: event[key] for key in ("chain", "sequence", "actor", "action", "details")}
    content["at"] = event["at"].astimezone(UTC).isoformat(timespec="microseconds")
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{previous_hash}\n{canonical}".encode()).hexdigest()


def record(session: Session, act: Act, *, at: datetime) -> None:
    """Append one act to its chain."""
    record_all(session, [act], at=at)


def record_all(session: Session, acts: Iterable[Act], *, at: datetime) -> None:
    """Append acts to their chains, in the order given.

    A transaction lock per chain makes two writers of one chain wait for each other; chains do not wait for others.
    """
    waiting = list(acts)
    for start in range(0, len(waiting), BATCH):
        _append(session, waiting[start : start + BATCH], at)


def _append(session: Session, acts: Sequence[Act], at: datetime) -> None:
    chains = sorted({act.chain for act in acts})
    session.execute(
        text("select pg_advisory_xact_lock(hashtextextended(c, 0)) from unnest(cast(:chains as text[])) c"),
        {"chains": chains},
    )
    heads: dict[str, tuple[int, str]] = {
        chain: (sequence, digest)
        for chain, sequence, digest in session.execute(
            select(AuditEvent.chain, AuditEvent.sequence, AuditEvent.hash)
            .ext(distinct_on(AuditEvent.chain))
            .where(AuditEvent.chain.in_(chains))
            .order_by(AuditEvent.chain, AuditEvent.sequence.desc())
        )
    }
    rows = []
    for act in acts:
        sequence, previous = heads.get(act.chain, (0, FIRST))
        event = {**act._asdict(), "action": act.action.value, "sequence": sequence + 1, "at": at}
        event["previous_hash"] = previous
        event["hash"] = _digest(event, previous)
        heads[act.chain] = (sequence + 1, event["hash"])
        rows.append(event)
    session.execute(insert(AuditEvent), rows)


def list_broken_chains(session: Session) -> list[str]:
    """Return every chain in which a hash, a link or a sequence number does not fit."""
    broken = []
    previous: AuditEvent | None = None
    events = session.scalars(
        select(AuditEvent).order_by(AuditEvent.chain, AuditEvent.sequence).execution_options(yield_per=2000)
    )
    for event in events:
        if previous is None or previous.chain != event.chain:
            expected_sequence, expected_previous = 1, FIRST
        else:
            expected_sequence, expected_previous = previous.sequence + 1, previous.hash
        content = {
            "chain": event.chain,
            "sequence": event.sequence,
            "at": event.at,
            "actor": event.actor,
            "action": event.action,
            "details": event.details,
        }
        fits = (
            event.sequence == expected_sequence
            and event.previous_hash == expected_previous
            and event.hash == _digest(content, event.previous_hash)
        )
        if not fits and (not broken or broken[-1] != event.chain):
            broken.append(event.chain)
        previous = event
    return broken


def count_events(session: Session) -> int:
    """Return how many acts are on record."""
    return session.scalar(select(func.count()).select_from(AuditEvent)) or 0
