"""Use cases: a context and plain arguments in, records out. Knows no GraphQL."""
