"""German: 28. Nov. 2026, 14:05; with no-break spaces between day and month."""

DATE_FORMAT = "j.\u00a0N Y"
DATETIME_FORMAT = "j.\u00a0N Y, H:i"
TIME_FORMAT = "H:i"
