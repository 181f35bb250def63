"""Chapter 12. GPT: the causal model, its cache, sampling, and n-grams to compare it with."""
