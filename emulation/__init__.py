"""The embedded AWS: what `make run` and the tests run on instead of an account."""
