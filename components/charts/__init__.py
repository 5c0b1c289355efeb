"""The panels of the Charts page and the view they share."""
