"""The admin's office: what the admin page may ask and do (`contract`), on the real desk (`real`) or on a simulated one
(`demo`), and the values both speak in (`model`)."""
