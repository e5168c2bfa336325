"""Pairs of addresses: two spellings of one person's, and two persons' that look alike."""

ONE_PERSON = [
    ("berta@b\xfccher.example", "berta@xn--bcher-kva.example"),
    ("berta@xn--bcher-kva.example", "berta@bu\u0308cher.example"),
    ("gerd@creative.example", "gerd@creative.example\u200b"),
    ("Berta@Creative.example", "berta@creative.EXAMPLE"),
    ("j\xfcrgen@creative.example", "ju\u0308rgen@creative.example"),
]
TWO_PERSONS = [
    ("dora@stra\xdfe.example", "dora@strasse.example"),
    ("gro\xdfmann@creative.example", "grossmann@creative.example"),
    ("o@\u03b2\u03cc\u03bb\u03bf\u03c2.example", "o@\u03b2\u03cc\u03bb\u03bf\u03c3.example"),
    ("carla+tag@creative.example", "carla@creative.example"),
]
