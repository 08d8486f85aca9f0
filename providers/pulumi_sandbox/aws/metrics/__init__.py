"""Measures what runs here, as far as it is truly known: functions, queues, and what functions write into their logs."""
