"""What may be picked: tasks and roles from awork, and what awork knows of an address."""
