"""What all tests share."""

pytest_plugins = ["tests.append_only"]
