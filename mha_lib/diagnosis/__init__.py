"""How a learner's function is run, judged, and told which mistake it makes. The exercises are in `mha_lib.checks`."""
