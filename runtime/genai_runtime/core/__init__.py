"""The prompt pipeline, its ports and its HTTP surface; knows no cloud."""
