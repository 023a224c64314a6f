"""Which exchanges of data between departments spare people most: analysis of a catalogue."""
