"""The forms of first-run set-up and of settings; every error is a sentence beside its field."""

from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    EmailField,
    IntegerField,
    PasswordField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Email, InputRequired, Length, NumberRange, ValidationError

from webapp.clinic import organisation, setup
from webapp.fields import lines, stripped, whole_number
from webapp.staff import passwords

LARGEST_LOGO = 300 * 1024


def _zones() -> list[SelectChoice]:
    return [SelectChoice(zone, zone.replace("_", " ")) for zone in organisation.zones()]


class OrganisationFields:
    """The fields that set-up and settings share."""

    name = StringField(
        "Organisation name",
        [
            DataRequired("Enter the name that your clients know you by."),
            Length(max=120, message="At most 120 letters."),
        ],
        filters=[stripped],
        render_kw={"autocomplete": "organization"},
    )
    phone = StringField(
        "Phone",
        [Length(max=40, message="At most 40 characters.")],
        filters=[stripped],
        render_kw={"type": "tel", "autocomplete": "tel"},
        description="Shown to clients on their last screen, and wherever they may need to reach you.",
    )
    time_zone = SelectField("Time zone", choices=_zones)

    def validate_phone(self, field: Any) -> None:
        zone = self.time_zone.data
        if field.data and not organisation.dialled(field.data, zone or "UTC"):
            raise ValidationError(
                "That does not look like a telephone number. "
                "Write it as you would dial it, or beginning with + and the country's code."
            )


class SetUpForm(OrganisationFields, FlaskForm):
    code = StringField(
        "Set-up code",
        [InputRequired("Enter the set-up code.")],
        description="It was printed where the server was started.",
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    your_name = StringField(
        "Your name",
        [
            DataRequired("Enter your name, as clients know you."),
            Length(max=120, message="At most 120 letters."),
        ],
        filters=[stripped],
        description="As clients will read it, for example Dr Ada Hale.",
        render_kw={"autocomplete": "name"},
    )
    email = EmailField(
        "Email",
        [DataRequired("Enter your email address."), Email("That does not look like an email address.")],
        filters=[stripped],
        render_kw={"autocomplete": "username"},
    )
    password = PasswordField(
        "Password",
        [InputRequired("Choose a password.")],
        description=f"At least {passwords.SHORTEST} characters. Three or four words together make a good one.",
        render_kw={"autocomplete": "new-password"},
    )

    def validate_code(self, field: Any) -> None:
        if not setup.code_matches(field.data or ""):
            raise ValidationError("That is not the set-up code. It was printed where the server was started.")

    def validate_password(self, field: Any) -> None:
        fault = passwords.fault(
            field.data or "", self.your_name.data or "", self.email.data or "", self.name.data or ""
        )
        if fault:
            raise ValidationError(fault)


class SettingsForm(OrganisationFields, FlaskForm):
    address = TextAreaField(
        "Address",
        [Length(max=500, message="At most 500 letters.")],
        filters=[lines],
        render_kw={"rows": 3, "autocomplete": "off"},
    )
    logo = FileField(
        "Logo", description="PNG, JPEG or WebP, up to 300 KB. Shown in the call until the picture is there."
    )
    remove_logo = BooleanField("Remove the logo")
    opens_minutes = IntegerField(
        "Waiting room opens (minutes before)",
        [
            InputRequired("Enter a number of minutes."),
            whole_number,
            NumberRange(0, 240, "Between 0 and 240 minutes."),
        ],
        description="How early a client may enter the waiting room.",
    )
    grace_minutes = IntegerField(
        "Missed after (minutes past the end)",
        [
            InputRequired("Enter a number of minutes."),
            whole_number,
            NumberRange(0, 1440, "Between 0 and 1440 minutes."),
        ],
        description="How long after its end an appointment that was never held can still be started.",
    )

    def validate_logo(self, field: Any) -> None:
        if not field.data:
            return
        data = field.data.read(LARGEST_LOGO + 1)
        field.data.seek(0)
        if len(data) > LARGEST_LOGO:
            raise ValidationError("That picture is larger than 300 KB. Choose a smaller one.")
        if not organisation.picture_type(data):
            raise ValidationError("That is not a PNG, JPEG or WebP picture. Choose another file.")
