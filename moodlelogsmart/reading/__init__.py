"""Understanding files: whatever a log was exported as becomes table `raw`, and a `Reading` of what was understood."""
