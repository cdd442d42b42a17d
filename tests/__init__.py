"""All tests: unit (one file a source file), component (clusters in memory), e2e (real containers), bench."""
