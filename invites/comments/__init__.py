"""The comment on the task with which an inviter tells the team of a guest."""
