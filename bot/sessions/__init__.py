"""The shell around the quiz machine: what waits, stores and sends."""
