"""The tiers of the suite, also where the tests of one plugin alone are run."""

pytest_plugins = ["tiers", "fork_server"]
