"""Local stand-ins for the services the adapters talk to."""
