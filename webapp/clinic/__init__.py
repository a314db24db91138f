"""The organisation: first-run set-up and settings. Knows no appointment."""
