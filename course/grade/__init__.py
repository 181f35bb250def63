"""Grade strangers' notebooks: `python -m course.grade IN OUT`, or `course.grade.order.grade` from a program.

A submission's way: `submission` reads the file as data, `marking` draws the inputs and makes a job of each exercise,
`session` asks the child in the sandbox, `marking` compares what comes back with what never left, `results` and
`feedback` write it down. `sandbox`, `seccomp` and `places` start the child, `probe` tries whether it is closed,
`library` lends it what an answer may use, `run` does many at a time. `inside` is all that the sandbox sees of the
repository. `tests/attacks/guards.py` lists every guard, and the test that fails without it.
"""
