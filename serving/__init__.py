"""What stands around the Streamlit script in the ASGI application: health, cookies, sign-in routes, sockets."""
