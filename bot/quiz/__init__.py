"""Quiz: items, the session machine, scoring, drawing of questions. Pure: no clock, no database, nothing awaited."""
