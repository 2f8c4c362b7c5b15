"""What coding agents get of us: slash commands, the skill, and lines in their instructions."""
