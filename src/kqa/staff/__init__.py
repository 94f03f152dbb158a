"""What staff keep and change: verdicts, the queue, new articles, a new index."""
