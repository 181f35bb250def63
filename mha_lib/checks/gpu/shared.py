"""What several exercises of this chapter share."""

QUEUE = "launch returns at once. What has the card done by then?"
FIRST = "What happens in the first launch that happens in no other?"
CACHE = "Where is an input that the kernel has read a moment ago?"
ZEROS = "Do the bits of your input flip as those of real data do?"
