"""The admin page's sections, one module each, over whichever office the signed-in admin has (`desk`)."""
