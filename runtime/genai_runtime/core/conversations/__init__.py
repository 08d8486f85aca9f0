"""What is kept of answers and conversations, so that a later request goes on from it and a client can read it again."""
