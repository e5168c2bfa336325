"""The portal's settings in the tests' environment, for mypy and the command line of a developer."""

from tests import environment  # noqa: F401  # isort: skip  # sets the environment that settings reads
from portal.settings import *  # noqa: F403
