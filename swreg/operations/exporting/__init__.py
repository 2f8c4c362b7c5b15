"""Give out what the registry keeps, in the words of others."""
