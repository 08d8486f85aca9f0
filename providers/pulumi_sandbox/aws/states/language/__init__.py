"""The Amazon States Language: checks of a definition, paths, templates, expressions, choices. Knows no cloud."""
