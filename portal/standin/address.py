"""Where the stand-in hangs, on a port of its own as in the demo, and the key that opens it."""

BASE = "/standin/api/v1"
API_KEY = "standin-api-key-with-administrator-rights"
