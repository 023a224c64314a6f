"""What the ledger's routes share: who may ask, what is asked, and the shapes of answers."""
