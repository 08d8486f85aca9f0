"""The patterns on AWS, one a file."""
