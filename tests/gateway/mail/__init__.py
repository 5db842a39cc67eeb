"""Mail, against a real SMTP server on loopback."""
