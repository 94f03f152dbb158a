"""What people and programs touch: command line, HTTP, pages."""
