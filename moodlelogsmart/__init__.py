"""Turn a Moodle activity log into an event log that says what learners did pedagogically."""

__version__ = "0.1.0"
