"""What runs in the sandbox, beside a stranger's code: no course code, no expected value, nothing worth stealing.

`course.grade` shares one module with it, `wire`: what the two say to each other. This folder is the only part of the
repository that the sandbox can see.
"""
