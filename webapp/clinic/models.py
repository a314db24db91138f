"""The clinic itself: one row."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import CheckConstraint, LargeBinary, String
from sqlalchemy.orm import Mapped, deferred, mapped_column

from webapp.database import Model, UTCDateTime


class Organisation(Model):
    """The clinic. `phone` is as typed, `phone_e164` what a telephone dials; `time_zone` an IANA name.

    `opens_minutes`: how long before its time an appointment's waiting room opens.
    `grace_minutes`: how long after its end an appointment that was never held may still be.
    """

    __tablename__ = "organisations"
    __table_args__ = (CheckConstraint("id = 1", name="one_organisation"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    phone: Mapped[str] = mapped_column(String(40), default="")
    phone_e164: Mapped[str] = mapped_column(String(20), default="")
    address: Mapped[str] = mapped_column(String(500), default="")
    time_zone: Mapped[str] = mapped_column(String(64))
    opens_minutes: Mapped[int] = mapped_column(default=15)
    grace_minutes: Mapped[int] = mapped_column(default=60)
    logo: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))
    logo_type: Mapped[str] = mapped_column(String(20), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)
