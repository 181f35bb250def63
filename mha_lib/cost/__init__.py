"""Chapter 14. Cost: operations and bytes counted, and attention block by block."""
