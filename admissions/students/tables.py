"""Children as their present schools report them, their guardians and homes.

Identity numbers, telephone numbers and e-mail addresses are encrypted (``data.vault``) and found by blind index.
"""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, ForeignKey, Index, LargeBinary, Text
from sqlmodel import Field, SQLModel


class Student(SQLModel, table=True):
    """A child. ``entry_level`` (1 or 6) and ``entry_year`` (a school year's first) say which round it belongs to."""

    __tablename__ = "student"
    __table_args__ = (
        CheckConstraint("sex in ('male', 'female')", name="sex_known"),
        CheckConstraint("entry_level in (1, 6)", name="entry_level_known"),
        Index("ix_student_entry", "entry_year", "entry_level"),
    )

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(sa_type=Text, unique=True)
    """Mã học sinh of the sector's register."""
    identity_cipher: bytes | None = Field(default=None, sa_type=LargeBinary)
    identity_index: str | None = Field(default=None, sa_type=Text, index=True)
    full_name: str = Field(sa_type=Text)
    birth_on: date
    sex: str = Field(sa_type=Text)
    ethnic_code: str = Field(sa_type=Text)
    nationality: str = Field(sa_type=Text)
    entry_year: int
    entry_level: int
    current_school_code: str | None = Field(default=None, sa_type=Text)
    sibling_school_code: str | None = Field(default=None, sa_type=Text)
    twin_group: str | None = Field(default=None, sa_type=Text)
    imported_at: datetime = Field(sa_type=DateTime(timezone=True))


class Guardian(SQLModel, table=True):
    """An adult who answers for a child, with the contact on file."""

    __tablename__ = "guardian"

    id: int | None = Field(default=None, primary_key=True)
    student_id: int = Field(foreign_key="student.id", index=True)
    full_name: str = Field(sa_type=Text)
    relation: str = Field(sa_type=Text)
    birth_year: int | None = None
    phone_cipher: bytes | None = Field(default=None, sa_type=LargeBinary)
    phone_index: str | None = Field(default=None, sa_type=Text, index=True)
    email_cipher: bytes | None = Field(default=None, sa_type=LargeBinary)


class Residence(SQLModel, table=True):
    """Where a child lives by record: permanent, temporary, or actual (thường trú, tạm trú, nơi ở hiện tại)."""

    __tablename__ = "residence"
    __table_args__ = (CheckConstraint("kind in ('permanent', 'temporary', 'actual')", name="kind_known"),)

    id: int | None = Field(default=None, primary_key=True)
    student_id: int = Field(foreign_key="student.id", unique=True)
    kind: str = Field(sa_type=Text)
    address: str = Field(sa_type=Text)
    hamlet: str = Field(sa_type=Text)
    commune_code: str = Field(sa_type=Text, index=True)
    location_id: int | None = Field(
        default=None, sa_column=Column(BigInteger, ForeignKey("location.id"), nullable=True, index=True)
    )
