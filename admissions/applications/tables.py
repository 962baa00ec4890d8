"""Applications, their ranked schools, and the sessions in which families fill them in."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    Text,
    text,
)
from sqlmodel import Field, SQLModel

from admissions.applications.rules import State

STATES = ", ".join(f"'{state.value}'" for state in State)


class Application(SQLModel, table=True):
    """One child's application (hồ sơ) in a round. At most one that is not withdrawn (index below)."""

    __tablename__ = "application"
    __table_args__ = (
        CheckConstraint(f"state in ({STATES})", name="state_known"),
        CheckConstraint(
            "case state when 'draft' then submitted_at is null when 'withdrawn' then true "
            "else submitted_at is not null end",
            name="submitted_unless_draft",
        ),
        Index(
            "uq_application_live",
            "round_id",
            "student_id",
            unique=True,
            postgresql_where=text("state <> 'withdrawn'"),
        ),
        Index("ix_application_round_state", "round_id", "state", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(sa_type=Text, unique=True)
    """Mã hồ sơ: known to the family; with the birth date it opens the result."""
    receipt_id: str = Field(sa_type=Text, unique=True)
    """The application's name in instances and public data; stays the same through withdrawal and restart."""
    round_id: int = Field(foreign_key="round.id")
    student_id: int = Field(foreign_key="student.id", index=True)
    state: str = Field(sa_type=Text)
    guardian_name: str | None = Field(default=None, sa_type=Text)
    relation: str | None = Field(default=None, sa_type=Text)
    phone_cipher: bytes | None = Field(default=None, sa_type=LargeBinary)
    email_cipher: bytes | None = Field(default=None, sa_type=LargeBinary)
    home_location_id: int | None = Field(
        default=None, sa_column=Column(BigInteger, ForeignKey("location.id"), nullable=True)
    )
    home_changed: bool = False
    """The family moved the pin away from the home on record; an officer must verify before it counts."""
    home_verified: bool = False
    home_note: str | None = Field(default=None, sa_type=Text)
    idempotency_key: str | None = Field(default=None, sa_type=Text, unique=True)
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    saved_at: datetime = Field(sa_type=DateTime(timezone=True))
    submitted_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class Preference(SQLModel, table=True):
    """One wish (nguyện vọng); rank 1 is the dearest."""

    __tablename__ = "preference"
    __table_args__ = (
        CheckConstraint("rank >= 1", name="rank_positive"),
        Index("uq_preference_site", "application_id", "site_id", unique=True),
    )

    application_id: int = Field(foreign_key="application.id", primary_key=True)
    rank: int = Field(primary_key=True)
    site_id: int = Field(foreign_key="site.id", index=True)


class FormSession(SQLModel, table=True):
    """A family's open form: a row, so that it can be ended. Only the SHA-256 of its token is stored."""

    __tablename__ = "form_session"

    token_hash: str = Field(primary_key=True, sa_type=Text)
    application_id: int = Field(foreign_key="application.id", index=True)
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    expires_at: datetime = Field(sa_type=DateTime(timezone=True))
