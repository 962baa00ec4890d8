"""The outbox: messages to families, one per event."""

from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, Index, LargeBinary, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel


class Message(SQLModel, table=True):
    """One message to one family about one event. The unique pair is what makes it exactly one."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("event_key", "application_id"),
        CheckConstraint("state in ('pending', 'sent', 'failed', 'no_address')", name="state_known"),
        Index("ix_message_waiting", "id", postgresql_where=text("state = 'pending'")),
    )

    id: int | None = Field(default=None, primary_key=True)
    event_key: str = Field(sa_type=Text)
    """What happened, such as ``submitted:1`` (first submission) or ``result:12`` (run 12)."""
    application_id: int = Field(foreign_key="application.id", index=True)
    template: str = Field(sa_type=Text)
    recipient_cipher: bytes | None = Field(default=None, sa_type=LargeBinary)
    subject: str = Field(sa_type=Text)
    body: str = Field(sa_type=Text)
    """Carries code, date and link only: no name, no address, no number of a person."""
    state: str = Field(sa_type=Text)
    attempts: int = 0
    not_before: datetime = Field(sa_type=DateTime(timezone=True))
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    sent_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    last_error: str | None = Field(default=None, sa_type=Text)
