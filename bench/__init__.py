"""What Anteroom's speed is measured with: one module per figure, run by `make bench-NAME`. See README.md."""
