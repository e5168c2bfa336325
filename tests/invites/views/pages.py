"""Reading pages in tests."""

import re


def text(response):
    return re.sub(r"\s+", " ", response.content.decode())
