"""Appointments: the record, every move of it, the client's link, booking and the diary."""
