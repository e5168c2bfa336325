"""Ending a guest's access: off their tasks, out of a project, or out of the workspace; and back in."""
