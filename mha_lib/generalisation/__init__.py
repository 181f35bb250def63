"""Chapter 18. Generalisation: what keeps few data from being learned by heart, and gates that close heads."""
