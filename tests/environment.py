"""The environment of the tests: set before `portal.settings` reads it (see tests/settings.py)."""

import os

PINNED = {
    "DEMO": "1",
    "DEBUG": "0",
    "SECRET_KEY": "tests-only-" + "k" * 50,
    "PORTAL_URL": "http://localhost:8000",
    "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
    "AWORK_API_URL": "http://127.0.0.1:9/standin/api/v1",  # nobody listens: each test says where awork is
    "TOKEN_KEYS": "dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk=",
    "AUDIT_KEY": "dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk=",
}
UNSET = (
    *("AWORK_CLIENT_ID", "AWORK_CLIENT_SECRET", "AWORK_WORKSPACES", "AWORK_API_KEY", "AUDIT_CHECKPOINTS"),
    *(
        "TRUSTED_PROXIES",
        "STATIC_ROOT",
        "AUDIT_CHECKPOINTS_TOKEN",
        "DESK_TIME_ZONE",
        "EMAIL_URL",
        "EMAIL_FROM",
    ),
)

os.environ.update(PINNED)
for name in UNSET:
    os.environ.pop(name, None)
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # the browser's driver runs an event loop
