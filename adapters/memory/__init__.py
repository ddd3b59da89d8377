"""The recording platform of the tests: a platform like the others, whose network is a list."""
