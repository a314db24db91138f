"""The booking and rescheduling forms: what is typed, understood; every error a sentence beside its field."""

import re
from datetime import date as Day
from datetime import datetime, timedelta
from datetime import time as Clock
from typing import Any
from zoneinfo import ZoneInfo

from flask_wtf import FlaskForm
from wtforms import EmailField, HiddenField, IntegerField, RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, Email, InputRequired, Length, NumberRange, Optional, ValidationError

from webapp import clock
from webapp.appointments import local_time
from webapp.clinic import organisation
from webapp.fields import stripped, whole_number

REPEATS = {
    "": "Does not repeat",
    "weekly": "Every week",
    "fortnightly": "Every two weeks",
    "monthly": "Every month",
}
MOST_TIMES = 52
LONGEST = 480
FURTHEST = timedelta(days=3 * 366)


def read_date(typed: str) -> Day:
    """Return the date of YYYY-MM-DD; raise ValidationError with a sentence for one that never was."""
    found = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", typed)
    if not found:
        raise ValidationError("Write the date as year-month-day, for example 2026-11-23.")
    year, month, day = (int(part) for part in found.groups())
    try:
        return Day(year, month, day)
    except ValueError:
        raise ValidationError(f"There is no such date as {typed}. Check the day and the month.") from None


def read_time(typed: str) -> Clock:
    """Return the time of HH:MM; raise ValidationError with a sentence."""
    found = re.fullmatch(r"(\d{1,2})[:.](\d{2})(?::\d{2})?", typed)
    try:
        if found:
            return Clock(int(found[1]), int(found[2]))
    except ValueError:
        pass
    raise ValidationError("Write the time as hours and minutes, for example 09:30 or 14:05.")


class TimeFields:
    """Date, time and length, as the clinic's clock shows them; `moment` is what they come to."""

    date = StringField(
        "Date",
        [InputRequired("Choose a date.")],
        filters=[stripped],
        render_kw={"type": "date", "autocomplete": "off"},
    )
    time = StringField(
        "Time",
        [InputRequired("Choose a time.")],
        filters=[stripped],
        render_kw={"type": "time", "autocomplete": "off"},
    )
    duration = IntegerField(
        "Duration",
        [
            InputRequired("Enter the length in minutes."),
            whole_number,
            NumberRange(5, LONGEST, f"Between 5 and {LONGEST} minutes."),
        ],
        description="Minutes",
        render_kw={"min": 5, "max": LONGEST, "step": 5, "inputmode": "numeric"},
    )
    which = RadioField(
        "Which one",
        choices=[SelectChoice("first", "The first"), SelectChoice("second", "The second")],
        validators=[Optional()],
        default="",
    )

    moment: datetime | None = None
    repeated = False

    @property
    def minutes(self) -> int:
        """Return the length, or 0 while what stands there is none."""
        typed = self.duration.data
        return typed if isinstance(typed, int) and 0 < typed <= LONGEST else 0

    def validate_date(self, field: Any) -> None:
        day = read_date(field.data)
        if abs(day - clock.now().date()) > FURTHEST:
            raise ValidationError(f"The year {day.year} is too far away. Check the date.")

    def validate_time(self, field: Any) -> None:
        at = read_time(field.data)
        try:
            self.validate_date(self.date)
        except ValidationError:
            return
        self.moment = self._moment(read_date(self.date.data or ""), at, organisation.get().zone)

    def _moment(self, day: Day, at: Clock, zone: ZoneInfo) -> datetime:
        found = local_time.moments(day, at, zone)
        if not found:
            first = local_time.after_the_gap(day, at, zone)
            raise ValidationError(f"The clocks go forward then: {at:%H:%M} does not exist that day. Try {first}.")
        self.repeated = len(found) == 2
        if self.repeated and self.which.data not in ("first", "second"):
            raise ValidationError(f"The clocks go back then: {at:%H:%M} comes twice that day. Choose which one.")
        chosen = found[1] if self.repeated and self.which.data == "second" else found[0]
        if chosen + timedelta(minutes=self.minutes) <= clock.now():
            raise ValidationError("That time is already past. Choose a later one.")
        return chosen


class RescheduleForm(TimeFields, FlaskForm):
    pass


class BookingForm(TimeFields, FlaskForm):
    client_name = StringField(
        "Client name",
        [DataRequired("Enter the client's name."), Length(max=120, message="At most 120 letters.")],
        filters=[stripped],
        render_kw={"autocomplete": "off"},
    )
    client_email = EmailField(
        "Client email",
        [
            Optional(),
            Email("That does not look like an email address."),
            Length(max=254, message="At most 254 characters."),
        ],
        filters=[stripped],
        render_kw={"autocomplete": "off"},
    )
    client_mobile = StringField(
        "Client mobile",
        [Length(max=40, message="At most 40 characters.")],
        filters=[stripped],
        render_kw={"type": "tel", "autocomplete": "off"},
    )
    clinician = SelectField("Clinician", coerce=int)
    repeat = SelectField("Repeat", choices=[SelectChoice(*each) for each in REPEATS.items()], default="")
    times = IntegerField(
        "How many appointments",
        [Optional(), whole_number, NumberRange(2, MOST_TIMES, f"Between 2 and {MOST_TIMES}.")],
        render_kw={"min": 2, "max": MOST_TIMES, "inputmode": "numeric"},
        description="Counting the first one.",
    )
    form_key = HiddenField(validators=[InputRequired(), Length(min=16, max=48)])
    rebooked_from = HiddenField(validators=[Optional(), Length(max=24)])

    moments: list[datetime]

    def validate_client_mobile(self, field: Any) -> None:
        if field.data and not organisation.dialled(field.data, organisation.get().time_zone):
            raise ValidationError(
                "That does not look like a telephone number. "
                "Write it as you would dial it, or beginning with + and the country's code."
            )

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the fields, then work out every moment of a series; a fault of those stands beside Repeat."""
        if not super().validate(extra_validators) or self.moment is None:
            return False
        try:
            self.moments = [self.moment, *self._further()]
        except ValidationError as error:
            self.repeat.errors = [*self.repeat.errors, str(error)]
            return False
        return True

    def _further(self) -> list[datetime]:
        """Return the moments after the first, at the same time on the clinic's clock."""
        if not self.repeat.data:
            return []
        if not self.times.data:
            raise ValidationError("Enter how many appointments there will be, counting the first one.")
        zone = organisation.get().zone
        day, at = read_date(self.date.data or ""), read_time(self.time.data or "")
        found = []
        for number in range(1, self.times.data):
            if self.repeat.data == "monthly":
                next_day = local_time.same_day_next_month(day, number)
            else:
                next_day = day + timedelta(weeks=number * (2 if self.repeat.data == "fortnightly" else 1))
            there = local_time.moments(next_day, at, zone)
            if not there:
                raise ValidationError(
                    f"The clocks go forward on {next_day:%d %B %Y}: {at:%H:%M} does not exist that day. "
                    "Choose another time, or fewer appointments."
                )
            found.append(there[0])
        return found
