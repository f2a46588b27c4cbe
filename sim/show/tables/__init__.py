"""Tables for people: blocks of plain text, for the terminal and for Markdown alike."""
