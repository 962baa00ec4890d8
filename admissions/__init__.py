"""The life of an application: people, schools, rounds, policies, runs, offers, notifications, audit."""
