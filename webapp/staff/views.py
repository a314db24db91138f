"""Sign in and sign out."""

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_limiter.util import get_remote_address
from sqlalchemy import select

from webapp.database import db
from webapp.extensions import limiter
from webapp.staff import passwords, sessions
from webapp.staff.access import safe_next
from webapp.staff.forms import SignInForm
from webapp.staff.models import Person

bp = Blueprint("staff", __name__)


def _email_tried() -> str:
    return "sign-in:" + request.form.get("email", "").strip().casefold()[:254]


def _email_tried_from_here() -> str:
    return f"{_email_tried()} from {get_remote_address()}"


def _failed(response: Response) -> bool:
    return response.status_code == 422


@bp.get("/sign-in")
def sign_in() -> ResponseReturnValue:
    """Show the sign-in page, or go on where someone is signed in already."""
    if sessions.current():
        return redirect(safe_next(request.args.get("next")))
    return render_template("staff/sign_in.html", form=SignInForm())


@bp.post("/sign-in")
@limiter.limit("30/minute", deduct_when=_failed)
@limiter.limit("10/5 minutes", key_func=_email_tried_from_here, deduct_when=_failed)
@limiter.limit("100/hour", key_func=_email_tried, deduct_when=_failed)
def try_sign_in() -> ResponseReturnValue:
    """Sign in; one sentence for every failure, whether the email is known or not.

    Only failures count, and sooner where they come from one address: a stranger cannot easily shut a person out.
    """
    form = SignInForm()
    if form.validate():
        found = db.session.scalar(select(Person).where(Person.email == (form.email.data or "").strip().lower()))
        stored = found.password_hash if found and found.active else None
        if passwords.matches(stored, form.password.data or "") and found:
            sessions.begin(found)
            return redirect(safe_next(request.args.get("next")))
        form.form_errors.append("That email and password do not match. Check both and try again.")
    return render_template("staff/sign_in.html", form=form), 422


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """Sign this browser out."""
    sessions.end()
    return redirect(url_for("staff.sign_in"))
