"""Schools, their sites (điểm trường), and finding them from a home."""
