"""Django's PostgreSQL backend that refuses a server which could lose acknowledged commits."""
