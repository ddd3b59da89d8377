"""One folder per platform. An adapter turns what a person did into a Request and draws the Reply, no more."""
