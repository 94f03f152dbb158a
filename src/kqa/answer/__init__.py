"""From a question to an answer: safety, choice of sentences, decision."""
