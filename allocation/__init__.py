"""Who gets which seat: pure arithmetic on plain values. No database, no web; imports nothing of ours."""
