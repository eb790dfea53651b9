"""HTTP: the routes, the answers to what goes wrong, and the processes that serve them."""
