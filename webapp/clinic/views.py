"""First-run set-up, settings, and the clinic's logo."""

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.clinic import organisation, setup
from webapp.clinic.forms import SettingsForm, SetUpForm
from webapp.database import writing
from webapp.extensions import limiter
from webapp.staff import access, sessions

bp = Blueprint("clinic", __name__)

OPEN_BEFORE_SETUP = {"clinic.set_up", "clinic.create", "assets", "healthz"}


@bp.before_app_request
def _set_up_first() -> ResponseReturnValue | None:
    """Send every visit to an empty installation to the set-up page."""
    if request.endpoint in OPEN_BEFORE_SETUP or organisation.find():
        return None
    return redirect(url_for("clinic.set_up"))


@bp.get("/set-up")
def set_up() -> ResponseReturnValue:
    """Show the set-up page while there is no clinic; the code comes along in the printed address."""
    if organisation.find():
        return redirect("/")
    form = SetUpForm(formdata=None, code=request.args.get("code", "")[:64], time_zone="Europe/London")
    return render_template("clinic/set_up.html", form=form)


@bp.post("/set-up")
@limiter.limit("10/minute")
def create() -> ResponseReturnValue:
    """Create the clinic and its first administrator, and sign them in."""
    if organisation.find():
        return redirect("/")
    form = SetUpForm()
    if not form.validate():
        return render_template("clinic/set_up.html", form=form), 422
    person = setup.create(
        clinic=form.name.data or "",
        phone=form.phone.data or "",
        time_zone=form.time_zone.data,
        name=form.your_name.data or "",
        email=form.email.data or "",
        password=form.password.data or "",
    )
    if person:
        sessions.begin(person)
    return redirect("/")


@bp.get("/settings")
def settings() -> ResponseReturnValue:
    """Show the settings."""
    access.administrator()
    clinic = organisation.get()
    return render_template("clinic/settings.html", form=SettingsForm(formdata=None, obj=clinic), clinic=clinic)


@bp.post("/settings")
def save() -> ResponseReturnValue:
    """Save the settings."""
    access.administrator()
    clinic, form = organisation.get(), SettingsForm()
    if not form.validate():
        return render_template("clinic/settings.html", form=form, clinic=clinic), 422
    with writing() as session:
        clinic = session.merge(clinic)
        for field in ("name", "phone", "time_zone", "address", "opens_minutes", "grace_minutes"):
            setattr(clinic, field, getattr(form, field).data)
        clinic.phone_e164 = organisation.dialled(clinic.phone, clinic.time_zone) or ""
        picture = form.logo.data.read() if form.logo.data else None
        if picture or form.remove_logo.data:
            clinic.logo = picture
            clinic.logo_type = (organisation.picture_type(picture) or "") if picture else ""
    flash("Saved.")
    return redirect(url_for("clinic.settings"))


@bp.get("/logo")
def logo() -> ResponseReturnValue:
    """Send the clinic's logo."""
    clinic = organisation.get()
    if not clinic.logo:
        abort(404)
    # Asked for each time, so that a new logo is seen at once; answered with 304 where it is the same.
    response = Response(clinic.logo, mimetype=clinic.logo_type, headers={"Cache-Control": "private, no-cache"})
    response.add_etag()
    return response.make_conditional(request)
