"""What several rooms of tests share: plain loops, modules with random parameters, tiny checkpoints, tolerances."""
