"""Models: pure numbers, arrays in and frozen results out; none knows what a region is."""
