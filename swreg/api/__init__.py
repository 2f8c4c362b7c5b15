"""The Python face: loose words in, the operations of the command line, values out."""
