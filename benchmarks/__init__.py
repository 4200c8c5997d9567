"""What `make bench` measures; figures are ratios against a floor of the same run."""
