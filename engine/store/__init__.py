"""What a workspace remembers: database tables and files. Torch-free."""
