"""What things are called, in Chinese and English, and how numbers are written."""
