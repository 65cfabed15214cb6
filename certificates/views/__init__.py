"""The doors of the proof: anyone's, to verify, and its owner's, to see and keep it."""
