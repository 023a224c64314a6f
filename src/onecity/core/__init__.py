"""Ground floor: errors, words, grades and units that every other floor stands on."""
