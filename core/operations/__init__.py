"""Looking after the running system: maintenance, backups, figures for admins, and what admins do to others' rows."""
