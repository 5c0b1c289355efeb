"""What is said to people: mails through the outbox, the inbox in the app, alerts and reports."""
