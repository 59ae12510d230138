"""More than one machine: jobs in Redis, their files in a store for all, and workers that may be anywhere."""
