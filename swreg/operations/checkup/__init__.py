"""What `doctor` looks at: one function per question, each saying what it found or nothing."""
