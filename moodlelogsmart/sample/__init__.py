"""The sample: an invented course of a term, with all that a report can show, as the files that Moodle exports."""
