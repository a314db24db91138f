"""Moves JSON between the seats of a room. Knows no appointment; imports nothing else of webapp."""
