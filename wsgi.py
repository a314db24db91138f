"""What a WSGI server imports."""

import sys

from webapp import create_app
from webapp.config import BadSetting

try:
    app = create_app()
except BadSetting as mistake:
    sys.exit(f"Anteroom cannot start: {mistake}")
