"""Your own library: `python -m course.mine` gathers what you got right, and says where you stand.

`answers` finds each exercise in your notebooks, `source` makes plain Python of it, `judging` asks the checkers in
processes of their own, `gather` decides what is yours, `package` writes `mine/`, `table` tells it. `look_up` in
`lookup` serves `checks.yours("name")` in a notebook.
"""
