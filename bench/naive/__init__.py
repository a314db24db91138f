"""A call without care, to compare with: two pages, one offer, one answer, and no thought of what may go wrong."""
