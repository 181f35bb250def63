"""What several exercises of this chapter share."""

LAST = "The last query is the newest token. At which position does the first query stand?"
TWO_KINDS = "In one pair of columns, which number holds the sine and which the cosine?"
