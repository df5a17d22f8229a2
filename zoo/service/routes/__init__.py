"""What the service answers: a file per group of addresses, each with a `router`."""
