"""The meaning of events: who did it, what it is, what it means, and the sessions and cases that it belongs to."""
