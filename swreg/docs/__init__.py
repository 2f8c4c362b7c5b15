"""Pages that people read: contexts as frozen values, and their rendering."""
