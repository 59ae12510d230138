"""The tables for analysis: what learners did, counted by learner, element, week, session and step."""
