"""The pure heart: frozen values and decisions. No files, no clock, no environment, no git."""
