"""The results: one module a format, each writing from table `log` of a workspace."""
