"""The portal's settings in the tests' environment, for mypy and the command line of a developer."""

import os
import shutil
from pathlib import Path

from tests import environment  # noqa: F401  # isort: skip  # sets the environment that settings reads
from portal.settings import *  # noqa: F403
from portal.settings import DATABASES

MEMORY = Path("/dev/shm")  # noqa: S108  # containers often have only 64 MB of it
if "sqlite" in DATABASES["default"]["ENGINE"] and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > 2**30:
    # Test data need not survive a power cut, so commits don't have to wait for the disk.
    DATABASES["default"]["TEST"] = {"NAME": str(MEMORY / f"desk-tests-{os.getpid()}.sqlite3")}
