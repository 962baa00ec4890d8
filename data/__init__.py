"""What everything stands on: settings, clock, database, private cluster, migrations, reference lists, demo files."""
