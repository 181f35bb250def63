"""Chapter 22. Fairness: gaps between groups, association tests, counterfactual pairs, and an audit."""
