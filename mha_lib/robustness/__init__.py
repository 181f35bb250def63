"""Chapter 23. Robustness: noise, attacks, calibration, and the whole book from memory."""
