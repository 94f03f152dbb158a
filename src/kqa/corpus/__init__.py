"""From files to articles, segments and passages."""
