"""What a region is: its tables, its store, its recipe and the sources it is built from."""
