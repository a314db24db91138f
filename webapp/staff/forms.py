"""The sign-in form."""

from flask_wtf import FlaskForm
from wtforms import EmailField, PasswordField
from wtforms.validators import InputRequired


class SignInForm(FlaskForm):
    email = EmailField("Email", [InputRequired("Enter your email address.")], render_kw={"autocomplete": "username"})
    password = PasswordField(
        "Password", [InputRequired("Enter your password.")], render_kw={"autocomplete": "current-password"}
    )
