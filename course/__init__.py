"""Tools for authors, learners and teachers, run from a checkout.

    python -m course.build          book/*.md -> solutions/*.ipynb -> notebooks/*.ipynb
    python -m course.check 03       is my answer to chapter 3 right?
    python -m course.mine           my right answers as a library, and where I stand
    python -m course.release OUT    what a course hands out
    python -m course.grade IN OUT   points and feedback for what comes back
    python -m course.plan           chapters, points and minutes, week by week
    python -m course.pretrain       the book's own text encoder
    python -m course.renumber       insert, move or remove a chapter, and let its number follow everywhere

A chapter's way through the modules: `chapter` reads it, `structure` looks for an author's slips, `execute` runs it,
`normalise` makes the result the same on every machine, `outputs` looks at what was printed, `blank` takes the answers
out. `stale` knows when all this must be done again, `reach` what a chapter uses of the library; `build` does it for the
chapters that need it.
A learner's notebook: `learner` reads it, `merge` puts its answers into the shipped notebook, `validate` runs nbval.
What is right in all of them: `gather` in `mine` finds it, and `package` writes it down.
"""
