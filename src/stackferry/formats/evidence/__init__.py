"""Evidence as files for people: a table for a spreadsheet, and a page for a browser or a printer."""
