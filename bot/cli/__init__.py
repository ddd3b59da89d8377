"""The command line: `kompas run | chat | ask | match | check | preview | new | bench`. Each file is one of these."""
