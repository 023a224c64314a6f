"""Sources: each module reads one kind of file into the tables of a region."""
