"""What several exercises of this chapter share."""

READ_ALOUD = (
    "Read a row of your mask aloud: this query may attend to ... Is True the one who may, or the one who may not?"
)


BOOLEANS = "0 and 1 could mean either polarity, and True cannot. Which dtype does a comparison return?"
