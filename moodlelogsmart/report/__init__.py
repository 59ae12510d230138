"""What people read: figures, warnings, maps and words of the report. What it looks like is in templates/."""
