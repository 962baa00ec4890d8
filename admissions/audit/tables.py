"""The audit trail. The database refuses to change or remove its rows (migration 0003)."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, Identity, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel


class AuditEvent(SQLModel, table=True):
    """One act. ``hash`` covers the act and ``previous_hash``, so that a chain cannot be altered unseen."""

    __tablename__ = "audit_event"
    __table_args__ = (UniqueConstraint("chain", "sequence"),)

    id: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )
    chain: str = Field(sa_type=Text)
    """What the act is about, such as ``application:12``: one chain each, so that writers do not queue for one lock."""
    sequence: int
    at: datetime = Field(sa_type=DateTime(timezone=True), index=True)
    actor: str = Field(sa_type=Text)
    """``family``, ``officer:3`` or ``system``; never a name."""
    action: str = Field(sa_type=Text, index=True)
    """``subject:verb`` from ``admissions.audit.service.Action``."""
    details: dict[str, Any] = Field(sa_type=JSONB)
    previous_hash: str = Field(sa_type=Text)
    hash: str = Field(sa_type=Text)
