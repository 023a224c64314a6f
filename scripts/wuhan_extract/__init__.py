"""The steps that make the data below `regions/wuhan/data/` from open packages."""
