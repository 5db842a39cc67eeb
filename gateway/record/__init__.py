"""The attendance record: what follows from the journal for each interview, as a sheet, a page and a picture."""
