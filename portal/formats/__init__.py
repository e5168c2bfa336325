"""Formats of dates and times, by language; those of numbers are Django's."""
