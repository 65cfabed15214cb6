"""The academy's proposals that wait for a student, and their answers by a letter's link."""
