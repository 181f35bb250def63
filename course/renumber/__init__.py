"""Insert, move or remove a chapter, and let its number follow: `python -m course.renumber`.

`order` says which chapter gets which number. `grammar` knows how numbers are written, `numbers` what becomes of them,
`follow` rewrites a text by both, and `texts` says which texts. `contents` keeps the lists of chapters, `book_map` the
map, `newcomer` writes what a new chapter needs. `seams` finds sentences that may have changed their meaning. `plan`
gathers all that is to be written before anything is, and `report` says what was done.
"""
