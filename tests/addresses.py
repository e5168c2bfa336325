"""Pairs of addresses: two spellings of one person's, and two persons' that look alike."""

from tests.cases import rows

ONE_PERSON = [(first, second) for first, second, whose in rows("same_address") if whose == "one"]
TWO_PERSONS = [(first, second) for first, second, whose in rows("same_address") if whose == "two"]
