"""What Discord accepts: `limits` by its documented rules, `openapi` by its official description."""
