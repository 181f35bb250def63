"""Chapter 21. Applications: made data from eight fields, and the rule by which a model wins or loses."""
