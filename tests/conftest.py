"""Makes what tests share (`oracle`) importable from every folder of tests."""
